"""Breaker: a unit that does not answer is left alone for a while, longer each time, so that its neighbours are read.

Trying a dead unit holds the bus for a whole timeout. That is free while nobody else is hurt by it; otherwise it is
paid from an allowance, a small share of the link's time.
"""

import random
from dataclasses import dataclass

from facility.domain.reading import BadReason

OPENS_AFTER = 2  # reads in a row without an answer
FIRST_REST, LONGEST_REST = 2.0, 60.0  # seconds; doubled from one to the other
SHARE = 0.004  # of the link's time may go to dead units at the cost of the others
DEEPEST = 4.0  # seconds that the allowance can save up


@dataclass(slots=True, eq=False)
class Breaker:
    """One unit's breaker. Open: the unit is not asked, but for one try when its rest is over."""

    silent: int = 0  # reads in a row without an answer
    rest: float = 0.0
    opened: bool = False
    try_at: float = 0.0
    reason: BadReason = BadReason.TIMEOUT  # of the latest failure: what its points say while it is left alone

    def answered(self) -> bool:
        """The unit spoke (an exception is an answer too). True when it had been given up."""
        was_open, self.opened, self.silent = self.opened, False, 0
        self.rest = self.rest / 2 if self.rest > FIRST_REST else 0.0  # one that comes and goes is not trusted at once
        return was_open

    def kept_silent(self, now: float, reason: BadReason = BadReason.TIMEOUT) -> bool:
        """No usable answer. True when the breaker opened by it."""
        self.silent += 1
        self.reason = reason
        if self.silent < OPENS_AFTER and not self.opened:
            return False
        self.rest = min(LONGEST_REST, max(FIRST_REST, 2 * self.rest))
        self.try_at = now + self.rest * random.uniform(0.8, 1.2)
        was_open, self.opened = self.opened, True
        return not was_open

    def hurry(self, now: float) -> None:
        """A neighbour came back: this one may have too."""
        self.try_at = min(self.try_at, now)


@dataclass(slots=True)
class Allowance:
    """Bus time for dead units, in seconds: grows with time, is spent by tries, and may be overdrawn but not by choice."""

    now: float
    saved: float = DEEPEST

    def covers(self, now: float, seconds: float) -> bool:
        """Enough is saved for a try that may take so long."""
        self.saved = min(DEEPEST, self.saved + SHARE * max(0.0, now - self.now))
        self.now = now
        return self.saved >= min(DEEPEST, seconds)

    def spend(self, seconds: float) -> None:
        """Bus time that brought no answer."""
        self.saved -= seconds
