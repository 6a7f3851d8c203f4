"""The port of time."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Time. `now()` is an anchor plus the monotonic clock, so that a step of the wall clock is absorbed in one place."""

    def now(self) -> datetime:
        """The present time, UTC, never going back."""
        ...

    def monotonic(self) -> float:
        """Seconds since some start; the base of every wait and timeout."""
        ...

    def nap(self, seconds: float) -> float:
        """Real seconds to sleep at a stretch while `seconds` of this clock pass: few where it may be moved."""
        ...
