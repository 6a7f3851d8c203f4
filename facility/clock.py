"""Clocks. Production: an anchor plus the monotonic clock. Tests: the same, moved from outside through a shared file.

`FACILITY_CLOCK=/path` names a file of two little-endian doubles: seconds to add to the monotonic clock (time that
passed), and seconds to add to the wall clock alone (a step). Every process that maps the file moves together.
"""

import logging
import mmap
import os
import struct
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

log = logging.getLogger(__name__)

SHIFT = struct.Struct("<dd")
STEP = 2.0  # seconds between wall and anchored clock that count as a step of the wall clock
SLEW = 0.05  # share of the elapsed time by which the anchored clock may follow the wall clock
LOOK = 0.25  # real seconds between two looks at a clock that may be moved
PLAUSIBLE = datetime(2025, 1, 1, tzinfo=UTC).timestamp()  # before it, the machine has not been told the time yet
EPOCH = datetime.fromtimestamp(0, UTC)


class SystemClock:
    """`now()` is the wall clock at start plus the monotonic time since; it follows a stepped wall clock slowly, never backwards.

    One jump is followed at once: a machine that started without the time (1970) and then learns it.
    """

    def __init__(self, shift_file: Path | None = None) -> None:
        self._shift = _map(shift_file) if shift_file else None
        self._lock = threading.Lock()
        self._anchor_wall = self._wall()
        self._anchor_mono = self.monotonic()
        self._difference = 0.0
        self.steps = 0

    def monotonic(self) -> float:
        """Seconds of the monotonic clock."""
        return time.monotonic() if self._shift is None else time.monotonic() + self._shifts()[0]

    def nap(self, seconds: float) -> float:
        """Real seconds to sleep at a stretch while `seconds` of this clock pass: few where a test may move it."""
        return seconds if self._shift is None else min(seconds, LOOK)

    def now(self) -> datetime:
        """Present time in UTC."""
        with self._lock:
            return EPOCH + timedelta(seconds=self._anchored())

    def _anchored(self) -> float:
        mono, wall = self.monotonic(), self._wall()
        elapsed = mono - self._anchor_mono
        anchored = self._anchor_wall + elapsed
        difference = wall - anchored
        self._notice(difference)
        if anchored < PLAUSIBLE <= wall:
            anchored = wall
        else:
            anchored += max(-SLEW * elapsed, min(SLEW * elapsed, difference))
        self._anchor_wall, self._anchor_mono = anchored, mono
        return anchored

    def _notice(self, difference: float) -> None:
        if abs(difference - self._difference) > STEP:
            self.steps += 1
            log.warning("wall clock stepped: it is now %+.1f s from ours, which follows slowly", difference)
        self._difference = difference

    def _wall(self) -> float:
        advanced, stepped = self._shifts()
        return time.time() + advanced + stepped

    def _shifts(self) -> tuple[float, float]:
        if self._shift is None:
            return 0.0, 0.0
        advanced, stepped = SHIFT.unpack_from(self._shift)
        return float(advanced), float(stepped)


def clock_from_environment() -> SystemClock:
    """The clock that every program uses."""
    path = os.environ.get("FACILITY_CLOCK")
    return SystemClock(Path(path) if path else None)


def _map(path: Path) -> mmap.mmap:
    with path.open("r+b") as file:
        return mmap.mmap(file.fileno(), SHIFT.size)
