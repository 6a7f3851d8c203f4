"""Figures about alerts: how many, from where, how soon known, promises kept. An empty period has no figure, never 0 % or 100 %.

The limits are those of ISA-18.2 and EEMUA 191: a flood is more than ten alerts in ten minutes, it ends at five; a rule chatters
when its condition comes three times in a minute or ten times in an hour; an alert is stale when it is active for a day.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from math import ceil

from facility.domain.alert import Alert

FLOOD_WINDOW = timedelta(minutes=10)
FLOOD_ABOVE, FLOOD_ENDS_AT = 10, 5  # alerts in the window
CHATTERS = ((3, timedelta(minutes=1)), (10, timedelta(hours=1)))  # so many onsets inside so long
STALE_AFTER = timedelta(hours=24)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

Key = tuple[str, str]
"""Asset (or link) and rule."""


@dataclass(frozen=True, slots=True)
class Told:
    """An alert with the promise to tell somebody of it."""

    alert: Alert
    due_at: datetime
    met_at: datetime | None
    missed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Onset:
    """A condition came."""

    asset: str
    rule: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Flood:
    """More alerts than a person can follow. `peak`: most alerts in ten minutes. `id` is 0 until stored."""

    id: int
    began_at: datetime
    ended_at: datetime | None
    peak: int


@dataclass(frozen=True, slots=True)
class Ratio:
    """`part` of `whole`; without a whole there is no share."""

    part: int
    whole: int

    @property
    def share(self) -> float | None:
        """0 to 1; None: no data."""
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class Times:
    """Lengths of time: how many there are, and their median, 90th percentile and longest; None: no data."""

    count: int
    median: timedelta | None
    p90: timedelta | None
    longest: timedelta | None


@dataclass(frozen=True, slots=True)
class Chatter:
    """A rule whose condition comes and goes: most onsets in a minute, in an hour, and in all."""

    key: Key
    in_a_minute: int
    in_an_hour: int
    onsets: int


@dataclass(frozen=True, slots=True)
class Bar:
    """An hour or a day with its alerts by level."""

    at: datetime
    by_level: Mapping[int, int]

    @property
    def count(self) -> int:
        """Of all levels."""
        return sum(self.by_level.values())


def floods_now(standing: bool, raised: int) -> bool:
    """Is it a flood, after `raised` alerts in the last ten minutes, when it was one (`standing`) or not?"""
    return raised > FLOOD_ENDS_AT if standing else raised > FLOOD_ABOVE


def counted(told: Iterable[Told], key: Callable[[Alert], str]) -> dict[str, Ratio]:
    """How many alerts each key has of all, most first."""
    counts = Counter(key(one.alert) for one in told)
    return {name: Ratio(count, counts.total()) for name, count in counts.most_common()}


def top(told: Iterable[Told], most: int = 10) -> dict[Key, Ratio]:
    """The rules of assets with most alerts, and their share of all."""
    counts = Counter((one.alert.asset, one.alert.rule) for one in told)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {key: Ratio(count, counts.total()) for key, count in ordered[:most]}


def chattering(onsets: Iterable[Onset]) -> list[Chatter]:
    """Rules that chatter, the worst first."""
    times: dict[Key, list[datetime]] = {}
    for onset in onsets:
        times.setdefault((onset.asset, onset.rule), []).append(onset.at)
    found = []
    for key, moments in times.items():
        most = [densest(sorted(moments), window) for _, window in CHATTERS]
        if any(count >= limit for count, (limit, _) in zip(most, CHATTERS, strict=True)):
            found.append(Chatter(key, most[0], most[1], len(moments)))
    return sorted(found, key=lambda chatter: (-chatter.onsets, chatter.key))


def densest(moments: Sequence[datetime], window: timedelta) -> int:
    """The most moments (in order) inside any window of this length."""
    most = first = 0
    for last, at in enumerate(moments):
        while at - moments[first] >= window:
            first += 1
        most = max(most, last - first + 1)
    return most


def times_to_acknowledge(told: Iterable[Told]) -> Times:
    """From the raising of an alert to its acknowledgement, of those that were acknowledged."""
    lengths = sorted(
        one.alert.acknowledged_at - one.alert.raised_at for one in told if one.alert.acknowledged_at is not None
    )
    if not lengths:
        return Times(0, None, None, None)
    return Times(len(lengths), ranked(lengths, 0.5), ranked(lengths, 0.9), lengths[-1])


def ranked(lengths: Sequence[timedelta], share: float) -> timedelta:
    """The percentile by nearest rank of lengths in order."""
    return lengths[max(0, ceil(share * len(lengths)) - 1)]


def in_time(told: Iterable[Told], now: datetime) -> Ratio:
    """Deadlines kept, of those kept or missed; one that still runs is neither."""
    verdicts = [kept for one in told if (kept := was_kept(one, now)) is not None]
    return Ratio(sum(verdicts), len(verdicts))


def was_kept(one: Told, now: datetime) -> bool | None:
    """Was somebody told in time? None: the deadline still runs."""
    if one.met_at is not None:
        return one.met_at <= one.due_at
    return False if one.missed_at is not None or now > one.due_at else None


def bars(told: Iterable[Told], since: datetime, until: datetime, zone: tzinfo) -> list[Bar]:
    """Alerts of each hour of the site's zone, or of each day when the period is longer than two days; empty ones included."""
    step = HOUR if until - since <= 2 * DAY else DAY
    counts: dict[datetime, Counter[int]] = {}
    for one in told:
        counts.setdefault(_begin(one.alert.raised_at, step, zone), Counter())[one.alert.level] += 1
    found, at = [], _begin(since, step, zone)
    while at < until:
        found.append(Bar(at, dict(sorted(counts.get(at, Counter()).items()))))
        at = _begin(at + step * 1.5, step, zone)  # the middle of the next one: days of 23 and 25 hours are right
    return found


def time_in_flood(floods: Iterable[Flood], since: datetime, until: datetime) -> timedelta:
    """How much of the period lay in a flood."""
    return sum(
        (max(timedelta(0), min(flood.ended_at or until, until) - max(flood.began_at, since)) for flood in floods),
        timedelta(0),
    )


def _begin(at: datetime, step: timedelta, zone: tzinfo) -> datetime:
    local = at.astimezone(zone)
    day = local.replace(minute=0, second=0, microsecond=0)
    return (day if step < DAY else day.replace(hour=0)).astimezone(at.tzinfo)
