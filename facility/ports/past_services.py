"""The port of past services."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from facility.domain.past_service import PastService


class PastServices(Protocol):
    """Work that was done before the program was there."""

    def put(self, service: PastService) -> None:
        """Insert, or bring who and the remark of the same row up to date."""
        ...

    def all(self) -> list[PastService]:
        """Oldest first."""
        ...

    def of_asset(self, asset: str, limit: int) -> list[PastService]:
        """Of one asset, newest first."""
        ...

    def latest(self, plans: Sequence[str]) -> Mapping[tuple[str, str], date]:
        """The last day of each (plan, asset) of these plans."""
        ...
