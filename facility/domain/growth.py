"""Growth: what a counter counted in each hour, day or month of the site's zone, over wraps, resets, gaps and days of 23 or 25 hours."""

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from facility.domain.counter import Counter, increase
from facility.domain.rollup import Rollup, inside


class Bar(StrEnum):
    """How long one bar is."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Growth:
    """[since, until): what was counted, None when no reading tells; `whole` is False when a part of the time had no readings.

    What was counted over a silence stands in the bar in which the silence ended: it is not known when it was counted.
    """

    since: datetime
    until: datetime
    increase: float | None
    whole: bool

    def per_hour(self, now: datetime) -> float | None:
        """The mean rate over the hours that have passed: a day in which clocks change has 23 or 25."""
        passed = (min(self.until, now) - self.since) / timedelta(hours=1)
        return None if self.increase is None or passed <= 0 else self.increase / passed


def edges(since: datetime, until: datetime, bar: Bar, zone: ZoneInfo) -> list[datetime]:
    """Starts of all bars that touch [since, until), and the end of the last; UTC, on the zone's own hours, midnights, months."""
    found = []
    for start in _starts(since, bar, zone):
        found.append(start)
        if start >= until:
            break
    return found


def growths(
    parts: Sequence[Rollup], bars: Sequence[datetime], counter: Counter, longest: timedelta, now: datetime
) -> list[Growth]:
    """One Growth between each two edges. `parts`: windows oldest first, none across an edge, some before the first edge
    so that the step into the first bar is known. `longest`: the longest silence between two windows that is no gap.
    """
    sums: list[list[float]] = [[] for _ in bars[1:]]
    torn = [True] * len(sums)
    for earlier, later in pairwise([None, *parts]):
        if later is None or not bars[0] <= later.at < bars[-1]:
            continue
        number = bisect_right(bars, later.at) - 1
        sums[number].append(inside(later, counter))
        if earlier is not None:
            sums[number].append(increase(earlier.last, later.first, counter))
    for number in _whole(parts, bars, longest, now):
        torn[number] = False
    return [
        Growth(since, until, math.fsum(steps) if steps else None, not tear)
        for (since, until), steps, tear in zip(pairwise(bars), sums, torn, strict=True)
    ]


def _whole(parts: Sequence[Rollup], bars: Sequence[datetime], longest: timedelta, now: datetime) -> Iterator[int]:
    """Numbers of the bars in whose time, as far as it has passed, no silence was longer than `longest`."""
    if not parts:
        return
    ends = [(bars[0] - longest - timedelta(days=1), parts[0].at), *((one.at + one.width, None) for one in parts)]
    starts = [*(part.at for part in parts[1:]), max(now, parts[-1].at + parts[-1].width)]
    silences = [ends[0], *((end, start) for (end, _), start in zip(ends[1:], starts, strict=True))]
    gaps = [(start, end) for start, end in silences if end is not None and end - start > longest]
    for number, (since, until) in enumerate(pairwise(bars)):
        if not any(start < until and end > since for start, end in gaps):
            yield number


def _starts(since: datetime, bar: Bar, zone: ZoneInfo) -> Iterator[datetime]:
    if bar is Bar.HOUR:  # hours of the zone's present offset; an hour that is passed twice is two bars
        offset = since.astimezone(zone).utcoffset() or timedelta(0)
        start = since.astimezone(UTC) - (since.astimezone(UTC) - datetime.min.replace(tzinfo=UTC) + offset) % timedelta(
            hours=1
        )
        while True:
            yield start
            start += timedelta(hours=1)
    day = since.astimezone(zone).date()
    if bar is Bar.MONTH:
        day = day.replace(day=1)
    while True:
        yield midnight(day, zone)
        day = day + timedelta(days=1) if bar is Bar.DAY else _next_month(day)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day in a zone, UTC."""
    return datetime.combine(day, time(0), zone).astimezone(UTC)


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
