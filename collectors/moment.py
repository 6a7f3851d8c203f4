"""Acquisition times: when a reading was made, by one look at the clock."""

from facility.domain.moment import nanoseconds
from facility.ports import Clock

FRESH = 0.05  # seconds for which one look at the clock serves


class Stamps:
    """Acquisition times: one look at the clock serves for a moment, in which the monotonic clock counts on. Never backwards.

    All links share one with the monitor, so that none of them gives the old time when that has seen the clock set.
    """

    __slots__ = ("_at", "_clock", "_latest", "_mono")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._at = self._latest = 0
        self._mono = float("-inf")

    def look(self) -> int:
        """Unix nanoseconds by the clock itself."""
        self._mono = self._clock.monotonic()
        self._at = at = nanoseconds(self._clock.now())
        return at

    def at(self, mono: float) -> int:
        """Unix nanoseconds (whole microseconds) at `mono` seconds of the monotonic clock, just read."""
        passed = mono - self._mono
        at = self._at + int(passed * 1e6) * 1000 if 0.0 <= passed < FRESH else self.look()
        if at > self._latest:
            self._latest = at
        return self._latest
