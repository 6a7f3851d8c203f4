"""The ports of what keeps alerts quiet, and of outages that were announced."""

from datetime import datetime
from typing import Protocol

from facility.domain.announcement import Announcement
from facility.domain.suppression import Suppression


class Suppressions(Protocol):
    """Shelves and what is out of service."""

    def add(self, suppression: Suppression) -> Suppression | None:
        """Store it; None when one of its kind stands for (asset, rule)."""
        ...

    def get(self, suppression: int) -> Suppression:
        """One of them; NotFound."""
        ...

    def standing(self) -> list[Suppression]:
        """Those that have not ended, oldest first."""
        ...

    def change(self, suppression: Suppression) -> None:
        """Store its end."""
        ...


class Announcements(Protocol):
    """Outages that the utility announced."""

    def add(self, announcement: Announcement) -> Announcement:
        """Store it."""
        ...

    def get(self, announcement: int) -> Announcement:
        """One of them; NotFound."""
        ...

    def since(self, at: datetime) -> list[Announcement]:
        """Those that end at or after `at`, the cancelled ones too, earliest first."""
        ...

    def change(self, announcement: Announcement) -> None:
        """Store that it was cancelled."""
        ...
