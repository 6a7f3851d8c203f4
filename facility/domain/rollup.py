"""Roll-ups: the values of a window of time as one row, so that years are read as quickly as an hour. Windows are aligned to UTC."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import pairwise

from facility.domain.counter import Counter, increase

EPOCH = datetime.fromtimestamp(0, UTC)

Counters = Mapping[tuple[str, str], Mapping[str, Counter]]
"""(asset class, asset) → the points that are counters."""


class Level(Enum):
    """How coarse: the width of its windows. The finer level is computed from readings, the coarser from the finer."""

    FIVE_MINUTES = timedelta(minutes=5)
    ONE_HOUR = timedelta(hours=1)

    @property
    def width(self) -> timedelta:
        """Length of a window."""
        return self.value

    @property
    def suffix(self) -> str:
        """As it stands in names of tables and buckets."""
        return {"FIVE_MINUTES": "5m", "ONE_HOUR": "1h"}[self.name]

    def floor(self, at: datetime) -> datetime:
        """Start of the window that holds `at`."""
        return at - (at - EPOCH) % self.value


FINE, COARSE = Level.FIVE_MINUTES, Level.ONE_HOUR


@dataclass(frozen=True, slots=True)
class Rollup:
    """One window of one point. `increase`: what a counter counted between its first and last value; None: nobody counted."""

    at: datetime
    width: timedelta
    mean: float
    low: float
    high: float
    first: float
    last: float
    count: int
    increase: float | None = None


@dataclass(frozen=True, slots=True)
class Rolled:
    """What one step of rolling up did. `until`: all before is rolled up, None when there is nothing yet. `more`: call again."""

    windows: int = 0
    late: int = 0  # windows computed again because a late line came
    until: datetime | None = None
    more: bool = False


def summary(at: datetime, width: timedelta, values: Sequence[float], counter: Counter | None = None) -> Rollup:
    """The values of one window, in the order of their times; at least one."""
    counted = math.fsum(increase(*pair, counter) for pair in pairwise(values)) if counter else None
    mean = math.fsum(values) / len(values)
    return Rollup(at, width, mean, min(values), max(values), values[0], values[-1], len(values), counted)


def joined(at: datetime, width: timedelta, parts: Sequence[Rollup], counter: Counter | None = None) -> Rollup:
    """Finer windows as one, oldest first; at least one. The steps between them count too."""
    number = sum(part.count for part in parts)
    return Rollup(
        at,
        width,
        math.fsum(part.mean * part.count for part in parts) / number,
        min(part.low for part in parts),
        max(part.high for part in parts),
        parts[0].first,
        parts[-1].last,
        number,
        _counted(parts, counter) if counter else None,
    )


def coarser(parts: Iterable[Rollup], level: Level, counter: Counter | None = None) -> list[Rollup]:
    """Windows of `level` from finer ones, oldest first."""
    groups: dict[datetime, list[Rollup]] = {}
    for part in parts:
        groups.setdefault(level.floor(part.at), []).append(part)
    return [joined(at, level.width, group, counter) for at, group in groups.items()]


def inside(part: Rollup, counter: Counter) -> float:
    """What was counted inside a window; from its ends when it was rolled up before the point was known to be a counter."""
    return increase(part.first, part.last, counter) if part.increase is None else part.increase


def _counted(parts: Sequence[Rollup], counter: Counter) -> float:
    steps = (increase(earlier.last, later.first, counter) for earlier, later in pairwise(parts))
    return math.fsum([*steps, *(inside(part, counter) for part in parts)])
