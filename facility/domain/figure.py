"""The figures for which the centre answers: each is a list of cases, of which some count. An empty period has no figure, never 100 %."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from facility.domain.slot import moment_of

MIDNIGHT = datetime.min.time()


class Behind(StrEnum):
    """What a case is, so that it can be opened."""

    ORDER = "order"
    OCCURRENCE = "occurrence"
    ALERT = "alert"
    REQUEST = "request"
    ASSET = "asset"
    BUILDING = "building"


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of the estate, from `first` to `last`."""

    first: date
    last: date

    @classmethod
    def month(cls, year: int, month: int) -> "Period":
        """A calendar month."""
        following = date(year + month // 12, month % 12 + 1, 1)
        return cls(date(year, month, 1), following - timedelta(days=1))

    def since(self, zone: ZoneInfo) -> datetime:
        """Its beginning, UTC."""
        return moment_of(self.first, MIDNIGHT, zone)

    def until(self, zone: ZoneInfo) -> datetime:
        """The midnight at its end, UTC."""
        return moment_of(self.last + timedelta(days=1), MIDNIGHT, zone)

    @property
    def days(self) -> list[date]:
        """All of them."""
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]

    def months_before(self, number: int) -> list["Period"]:
        """The last months, up to the one in which it ends, oldest first."""
        found, at = [], self.last.replace(day=1)
        for _ in range(number):
            found.append(Period.month(at.year, at.month))
            at = (at - timedelta(days=1)).replace(day=1)
        return found[::-1]


@dataclass(frozen=True, slots=True)
class Case:
    """One of the whole. `part`, `whole`: what it adds to numerator and denominator (1, or hours); `key`: by which it is opened.

    `person`, `team`: whose it is; `at`: when it was decided.
    """

    behind: Behind
    key: str
    part: float
    at: datetime | None = None
    whole: float = 1.0
    person: int | None = None
    team: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """Its cases, and what is wanted: `target` is the least share (0 to 1); None: it is only shown."""

    id: str
    target: float | None
    cases: tuple[Case, ...]

    @property
    def part(self) -> float:
        """The numerator."""
        return sum(case.part for case in self.cases)

    @property
    def whole(self) -> float:
        """The denominator."""
        return sum(case.whole for case in self.cases)

    @property
    def share(self) -> float | None:
        """0 to 1; None: no data."""
        return self.part / self.whole if self.whole else None

    @property
    def reached(self) -> bool | None:
        """It is as wanted; None without data or target."""
        share = self.share
        return None if share is None or self.target is None else share >= self.target

    def of(self, team: str = "", person: int | None = None) -> "Figure":
        """The same for a team or a person."""
        kept = (
            case for case in self.cases if (not team or case.team == team) and (person is None or case.person == person)
        )
        return Figure(self.id, self.target, tuple(kept))


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which something was so; `until` None: it still is."""

    since: datetime
    until: datetime | None


def length_within(stretches: Iterable[Stretch], since: datetime, until: datetime) -> timedelta:
    """How long any of them lasted inside [since, until); what overlaps counts once."""
    inside = sorted(
        (max(one.since, since), min(one.until or until, until))
        for one in stretches
        if one.since < until and (one.until is None or one.until > since)
    )
    total, end = timedelta(0), since
    for begin, finish in inside:
        total += max(timedelta(0), finish - max(begin, end))
        end = max(end, finish)
    return total


def lasts_at(stretches: Iterable[Stretch], at: datetime) -> bool:
    """One of them lasts at this instant."""
    return any(one.since <= at and (one.until is None or one.until > at) for one in stretches)


@dataclass(frozen=True, slots=True)
class Reliability:
    """Of a class of equipment: failures, hours in order, hours of repair; the means are None without a failure."""

    asset_class: str
    assets: int
    failures: int
    up: timedelta
    down: timedelta

    @property
    def between_failures(self) -> timedelta | None:
        """MTBF: time in order by failure."""
        return self.up / self.failures if self.failures else None

    @property
    def to_repair(self) -> timedelta | None:
        """MTTR: time out of order by failure."""
        return self.down / self.failures if self.failures else None


def by_age(ages: Sequence[timedelta], limits: Sequence[timedelta]) -> list[int]:
    """How many are up to each limit old, and beyond the last."""
    counts = [0] * (len(limits) + 1)
    for age in ages:
        place = next((number for number, limit in enumerate(limits) if age <= limit), len(limits))
        counts[place] += 1
    return counts
