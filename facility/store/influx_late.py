"""Marks of late lines in InfluxDB: which 5-minute windows of which assets are to be computed again.

`facility_late,site=<id>,asset=<id> class_text="<class>",since=<s>,until=<s> <when it was written, ns>`, beside the readings. A line is late
when its window ended 30 s ago; windows are rolled up 90 s after their end. What is between, and the 15 s of a request, is
how much the clocks of two machines may differ.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from facility.domain.rollup import FINE
from facility.store.influx_wire import ns

MEASUREMENT = "facility_late"
GRACE = timedelta(seconds=30)
WIDTH = int(FINE.width.total_seconds()) * 10**9  # ns

_LINE = re.compile(rb"^([^,\s]+),(\S+) .* (-?[0-9]+)$", re.MULTILINE)
_ENDS = 20  # a space and the digits of nanoseconds, from 2001 to 2286


def is_late(at: int, now: datetime) -> bool:
    """A line of this time (Unix ns) that was stored at `now` is late."""
    return at < _bound(now)


def late_marks(lines: bytes, now: datetime) -> bytes:
    """The marks for the late ones among lines that were stored at `now`; mostly there are none."""
    bound = _bound(now)
    ends = [line[-_ENDS:] for line in lines.splitlines() if line]
    if not ends or (min(ends) >= b" %d" % bound and all(end[1:].isdigit() for end in ends)):
        return b""  # compared as text, which costs less than reading the numbers
    found: dict[tuple[str, str], set[int]] = {}
    for measurement, tags, at in _LINE.findall(lines):
        if int(at) < bound:
            found.setdefault((measurement.decode(), tags.decode()), set()).add(int(at) // WIDTH)
    stamp = ns(now)
    marks = []
    for (measurement, tags), numbers in found.items():
        for number, (start, end) in enumerate(_runs(sorted(numbers))):
            fields = f'class_text="{measurement}",since={start * WIDTH // 10**9},until={end * WIDTH // 10**9}'
            marks.append(f"{MEASUREMENT},{tags} {fields} {stamp + number}\n")
    return "".join(marks).encode()


def _bound(now: datetime) -> int:
    return ns(FINE.floor(now - GRACE))


def _runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Neighbouring numbers as [start, end)."""
    start = previous = numbers[0]
    for number in numbers[1:]:
        if number != previous + 1:
            yield start, previous + 1
            start = number
        previous = number
    yield start, previous + 1
