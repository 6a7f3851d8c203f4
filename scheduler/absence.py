"""A store that is away: one line in the log when it goes and one when it is back, and growing pauses between."""

import logging
from dataclasses import dataclass, field

from facility.domain.errors import StoreError

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0  # seconds


@dataclass(slots=True)
class Absence:
    """Of one store, judged on the monotonic clock."""

    name: str
    since: float | None = None
    _pause: float = field(default=FIRST_PAUSE, init=False)
    _next: float = field(default=0.0, init=False)

    def may_try(self, at: float) -> bool:
        """The pause is over."""
        return self.since is None or at >= self._next

    def lost(self, error: StoreError, at: float) -> None:
        """It could not be used."""
        if self.since is None:
            self.since, self._pause = at, FIRST_PAUSE
            log.error("%s; trying again until it is back", error)
        self._next = at + self._pause
        self._pause = min(2 * self._pause, LONGEST_PAUSE)

    def back(self, at: float) -> None:
        """It was used."""
        if self.since is not None:
            log.warning("%s is back after %.0f s", self.name, at - self.since)
            self.since = None
