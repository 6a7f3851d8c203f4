"""The port of conditions."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Protocol

from facility.domain.condition import Condition, Edge


class Conditions(Protocol):
    """Conditions, taken in from the collectors' journals."""

    def take(self, edges: Iterable[Edge]) -> int:
        """Take edges in, in their order; those already taken (collector, sequence) are skipped. Returns how many were new."""
        ...

    def reconcile(self, collector: str, open_now: Collection[Edge], at: datetime) -> int:
        """Make the collector's open set equal to `open_now` (its OPENED edges). Returns how many rows were mended."""
        ...

    def put_site(self, condition: Condition) -> None:
        """Store a site rule's condition (collector ""): opened, or ended when `ended_at` is set."""
        ...

    def open(self) -> list[Condition]:
        """All open conditions."""
        ...

    def recent(self, limit: int) -> list[Condition]:
        """The latest conditions, newest onset first."""
        ...

    def unweighed(self, since: datetime, limit: int) -> list[Condition]:
        """Ended conditions that were not weighed since they ended, and ended at or after `since`; oldest end first."""
        ...

    def weighed(self, conditions: Iterable[Condition]) -> None:
        """Remember that it was decided whether these are news; one that opens again is weighed again."""
        ...

    def ended(self, rule: str, since: datetime) -> list[Condition]:
        """Conditions of a rule, of any asset, that ended at or after `since`."""
        ...

    def between(self, asset: str, rule: str, since: datetime, until: datetime) -> list[Condition]:
        """Conditions of a rule of an asset that were open at any time of [since, until); oldest onset first."""
        ...

    def last_end(self, asset: str, rule: str) -> datetime | None:
        """When the latest ended condition of the rule ended."""
        ...
