"""Duty rosters: shifts that repeat, who stands in them, and the exceptions of single days. Wall times in the site's zone."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Shift:
    """A named part of the day (班次). An end that is not after the start lies on the next day; equal: 24 hours."""

    name: str
    start: time
    end: time

    @property
    def over_midnight(self) -> bool:
        """It ends on the day after it began."""
        return self.end <= self.start


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is on duty for a position (排班表). The cycle of days begins on `first_day` and repeats for ever.

    `turns`: person → one word a day of the cycle, the name of a shift or "" for a free day; all of one length.
    """

    id: str
    position: str
    first_day: date
    shifts: Mapping[str, Shift]
    turns: Mapping[int, tuple[str, ...]]

    @property
    def cycle(self) -> int:
        """Days after which it repeats."""
        return max((len(turn) for turn in self.turns.values()), default=1)

    def people(self, day: date, shift: str) -> tuple[int, ...]:
        """Who stands in the shift that begins on this day, by the pattern alone."""
        if day < self.first_day:
            return ()
        place = (day - self.first_day).days % self.cycle
        return tuple(person for person, turn in self.turns.items() if turn[place] == shift)


@dataclass(frozen=True, slots=True)
class Swap:
    """The exception of one shift of one day: these people instead of the pattern's; nobody when it is empty."""

    roster: str
    day: date
    shift: str
    people: tuple[int, ...]
    reason: str = ""


Swaps = Mapping[tuple[str, date, str], Swap]


@dataclass(frozen=True, slots=True)
class Slot:
    """One shift of one day: from `begin` until before `end` (instants), with the people who stand in it."""

    roster: str
    day: date
    shift: Shift
    begin: datetime
    end: datetime
    people: tuple[int, ...]
    swapped: bool = False


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two shifts of a cycle that run at the same time; `day` counts from 1."""

    day: int
    shift: str
    other_day: int
    other: str


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A part of the cycle in which nobody stands: from a day (from 1) and time until a day and time."""

    day: int
    since: time
    until_day: int
    until: time


@dataclass(frozen=True, slots=True)
class _Span:
    begin: int  # minutes since the cycle began
    end: int
    day: int
    shift: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """A roster's staffed shifts laid out over one cycle, in minutes of the wall clock."""

    spans: tuple[_Span, ...]
    length: int = field(default=1440)

    def overlaps(self) -> list[Overlap]:
        """Pairs that run at the same time, also across the end of the cycle."""
        if not self.spans:
            return []
        first = self.spans[0]
        again = _Span(first.begin + self.length, first.end + self.length, first.day, first.shift)
        pairs = pairwise((*self.spans, again))
        return [Overlap(a.day, a.shift, b.day, b.shift) for a, b in pairs if b.begin < a.end]

    def uncovered(self) -> list[Uncovered]:
        """Times without anybody; one that spans the cycle's end is one."""
        if not self.spans:
            return [Uncovered(1, time(), self.length // 1440 + 1, time())]
        begins = [*(span.begin for span in self.spans[1:]), self.spans[0].begin + self.length]
        found, covered = [], 0
        for span, following in zip(self.spans, begins, strict=True):
            covered = max(covered, span.end)
            if following > covered:
                again = self.length if covered >= self.length else 0  # it begins with the next cycle
                found.append(Uncovered(*_of_minutes(covered - again), *_of_minutes(following - again)))
        return found


def pattern(roster: Roster) -> Pattern:
    """The roster's cycle laid out."""
    spans = []
    for place in range(roster.cycle):
        for shift in roster.shifts.values():
            if any(turn[place] == shift.name for turn in roster.turns.values()):
                begin = place * 1440 + _minutes(shift.start)
                end = place * 1440 + _minutes(shift.end) + (1440 if shift.over_midnight else 0)
                spans.append(_Span(begin, end, place + 1, shift.name))
    return Pattern(tuple(sorted(spans, key=lambda span: (span.begin, span.end))), roster.cycle * 1440)


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant (UTC) of a wall time. Never falls when the wall time grows.

    A time that comes twice (clocks go back) is its first; one that is left out (clocks go forward) is the leap.
    """
    wall = datetime.combine(day, at.replace(fold=0), zone)
    found = wall.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return found
    return _leap(wall.replace(fold=1).astimezone(UTC), found, zone)


def _leap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant between the two at which the clocks are moved."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


def slots(roster: Roster, swaps: Swaps, first: date, last: date, zone: ZoneInfo) -> Iterator[Slot]:
    """All staffed shifts that begin from day `first` to day `last`, by day and start. Empty ones are left out."""
    day = max(first, roster.first_day)
    ordered = sorted(roster.shifts.values(), key=lambda shift: shift.start)
    while day <= last:
        for shift in ordered:
            slot = _slot(roster, swaps, day, shift, zone)
            if slot.people and slot.begin < slot.end:
                yield slot
        day += DAY


def slot_at(roster: Roster, swaps: Swaps, at: datetime, zone: ZoneInfo) -> Slot | None:
    """The staffed shift that runs at this instant; None in a gap. The one that began last, should two run."""
    today = at.astimezone(zone).date()
    running = [slot for slot in slots(roster, swaps, today - DAY, today, zone) if slot.begin <= at < slot.end]
    return running[-1] if running else None


def governs_from(roster: Roster, zone: ZoneInfo) -> datetime:
    """The instant from which the roster decides: its first shift's begin; the first day's, when that day is free."""
    starts = [shift.start for shift in roster.shifts.values() if roster.people(roster.first_day, shift.name)]
    return instant(roster.first_day, min(starts, default=time()), zone)


def clashing(roster: Roster, swaps: Swaps, swap: Swap, zone: ZoneInfo) -> Slot | None:
    """A staffed shift that runs at the same time as the one that `swap` fills; None when there is none."""
    known = {**swaps, (swap.roster, swap.day, swap.shift): swap}
    wanted = _slot(roster, known, swap.day, roster.shifts[swap.shift], zone)
    if not swap.people:
        return None
    others = slots(roster, known, swap.day - DAY, swap.day + DAY, zone)
    return next(
        (
            slot
            for slot in others
            if (slot.day, slot.shift) != (wanted.day, wanted.shift)
            and slot.begin < wanted.end
            and wanted.begin < slot.end
        ),
        None,
    )


def by_place(swaps: Iterable[Swap]) -> dict[tuple[str, date, str], Swap]:
    """Swaps by roster, day and shift."""
    return {(swap.roster, swap.day, swap.shift): swap for swap in swaps}


def _slot(roster: Roster, swaps: Swaps, day: date, shift: Shift, zone: ZoneInfo) -> Slot:
    swap = swaps.get((roster.id, day, shift.name))
    people = roster.people(day, shift.name) if swap is None else swap.people
    begin = instant(day, shift.start, zone)
    end = instant(day + DAY if shift.over_midnight else day, shift.end, zone)
    return Slot(roster.id, day, shift, begin, end, people, swap is not None)


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _of_minutes(minutes: int) -> tuple[int, time]:
    """Day from 1 and time of day."""
    return minutes // 1440 + 1, time(minutes % 1440 // 60, minutes % 60)
