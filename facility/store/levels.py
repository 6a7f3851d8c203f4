"""Which level of roll-ups answers which stretch of time: the coarsest that fits the asked windows.

Readings answer where nothing is rolled up yet, and where windows are asked that no level has.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from facility.domain.counter import Counter
from facility.domain.rollup import COARSE, EPOCH, FINE, Level, Rollup, joined
from facility.ports import Sample

SETTLE = timedelta(seconds=90)
"""A window is rolled up this long after its end: what is on its way then arrives in time for it."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Kept:
    """How many days each level is kept; 0: for ever."""

    raw: int = 0
    fine: int = 0
    coarse: int = 0

    def days(self, level: Level | None) -> int:
        """Of readings (None) or of a level."""
        return {None: self.raw, FINE: self.fine, COARSE: self.coarse}[level]

    def floor(self, level: Level | None, now: datetime) -> datetime:
        """Before this moment the level has lost readings, on a whole hour."""
        days = self.days(level)
        return COARSE.floor(now - days * DAY) + COARSE.width if days else EPOCH


@dataclass(frozen=True, slots=True)
class Stretch:
    """[since, until) is read from one level; None: from readings."""

    level: Level | None
    since: datetime
    until: datetime


def plan(
    since: datetime, until: datetime, every: timedelta, rolled: datetime | None, kept: Kept, now: datetime | None = None
) -> list[Stretch]:
    """Stretches without holes, oldest first. `rolled`: all 5-minute windows before this moment are there."""
    if rolled is None:
        return [Stretch(None, since, until)]
    now = now or datetime.now(UTC)
    ends = {FINE: rolled, COARSE: COARSE.floor(rolled)}
    floors = {level: kept.floor(level, now) for level in (None, FINE, COARSE)}
    cuts = {since, until, *ends.values(), *floors.values(), *(level.floor(until) for level in Level)}
    bounds = sorted(cut for cut in cuts if since <= cut <= until)
    stretches: list[Stretch] = []
    for start, end in pairwise(bounds):
        level = _level(start, end, since, every, ends, floors)
        if stretches and stretches[-1].level is level:
            stretches[-1] = Stretch(level, stretches[-1].since, end)
        else:
            stretches.append(Stretch(level, start, end))
    return stretches


def _level(
    start: datetime,
    end: datetime,
    since: datetime,
    every: timedelta,
    ends: Mapping[Level, datetime],
    floors: Mapping[Level | None, datetime],
) -> Level | None:
    there = [level for level in (COARSE, FINE) if end <= ends[level] and start >= floors[level]]
    for level in there:
        fits = every % level.width == timedelta(0) and level.floor(since) == since
        if fits and level.floor(end) == end:
            return level
    if start >= floors[None] or not there:
        return None
    return there[-1]  # the readings are gone: what is finest of the rest


def windows(parts: Iterable[Rollup], since: datetime, every: timedelta, counter: Counter | None = None) -> list[Rollup]:
    """Parts gathered into windows of `every` that start at `since`; a part wider than a window stands in that of its start."""
    groups: dict[int, list[Rollup]] = {}
    for part in parts:
        groups.setdefault((part.at - since) // every, []).append(part)
    found = []
    for number, group in groups.items():
        at = since + number * every
        alone = len(group) == 1 and group[0].at == at
        found.append(group[0] if alone else joined(at, max(every, group[-1].width), group, counter))
    return found


def samples(parts: Iterable[Rollup]) -> list[Sample]:
    """As charts take them."""
    return [Sample(part.at, part.mean, part.low, part.high, part.last, part.count, part.width) for part in parts]
