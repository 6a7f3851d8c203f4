"""The port of calendar feeds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class CalendarFeed:
    """An address at which a person's calendar reads orders: their own, or a team's. `id` is 0 until stored."""

    id: int
    token_hash: str
    person: int
    team: str  # empty: the person's own
    made_at: datetime
    revoked_at: datetime | None = None


class CalendarFeeds(Protocol):
    """Feeds that people made."""

    def add(self, feed: CalendarFeed) -> CalendarFeed:
        """Store a new one with its id."""
        ...

    def at(self, token_hash: str) -> CalendarFeed | None:
        """The one behind an address that was not revoked."""
        ...

    def of(self, person: int) -> list[CalendarFeed]:
        """Those of a person that were not revoked, newest first."""
        ...

    def revoke(self, feed: int, person: int, at: datetime) -> None:
        """It works no more; NotFound for one of somebody else."""
        ...
