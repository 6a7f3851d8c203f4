"""The ports of service orders and of the ledger of planned work."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Protocol

from facility.domain.occurrence import Occurrence
from facility.domain.order import Order, OrderEvent


class Orders(Protocol):
    """Service orders with their events."""

    def add(self, order: Order) -> Order:
        """Store a new order; for an alert, an occurrence or a rule to tune that has one already, return that one."""
        ...

    def get(self, order: int) -> Order:
        """One order; NotFound."""
        ...

    def change(self, order: Order) -> Order:
        """Store the order if its `version` is still the stored one (Conflict otherwise); returns it with the next version."""
        ...

    def log(self, event: OrderEvent) -> bool:
        """Append to an order's history; False when (order, key) is there already."""
        ...

    def events(self, order: int) -> list[OrderEvent]:
        """An order's history, oldest first."""
        ...

    def recent(self, limit: int, *, unfinished_only: bool = False) -> list[Order]:
        """Orders, newest first."""
        ...

    def checked_since_failure(self, finisher: int | None, positions: Collection[str]) -> int | None:
        """How many orders of this finisher, or of these positions, passed the second check since one failed its spot check.

        The fewer of the two; None when none ever failed.
        """
        ...

    def of_alert(self, alert: int) -> Order | None:
        """The corrective order of an alert."""
        ...


class Occurrences(Protocol):
    """The ledger of planned work."""

    def add_missing(self, occurrences: Iterable[Occurrence]) -> int:
        """Insert those whose (plan, asset, slot) is not there; returns how many were new."""
        ...

    def between(self, first: date, last: date) -> list[Occurrence]:
        """Occurrences whose window touches these days."""
        ...

    def unfinished_before(self, day: date) -> list[Occurrence]:
        """PLANNED or OPEN occurrences whose window ended before `day`."""
        ...

    def of_order(self, order: int) -> Occurrence | None:
        """The occurrence that an order fulfils."""
        ...

    def change(self, occurrence: Occurrence) -> None:
        """Store the occurrence's new state and order."""
        ...
