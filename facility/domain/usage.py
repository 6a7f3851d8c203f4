"""Use of an asset: how far a counting point has come in all, over wraps and resets of its counter."""

from dataclasses import dataclass, replace
from datetime import datetime

from facility.domain.counter import Counter, increase


@dataclass(frozen=True, slots=True)
class Usage:
    """`reading`: what the counter said last, at `at`; `total`: all that it has counted since it is watched, in its unit."""

    asset: str
    point: str
    at: datetime
    reading: float
    total: float = 0.0

    def read(self, reading: float, at: datetime, counter: Counter) -> "Usage":
        """After another good reading; an older one changes nothing."""
        if at <= self.at:
            return self
        return replace(self, at=at, reading=reading, total=self.total + increase(self.reading, reading, counter))
