"""The port of vacant homes that orders list."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from facility.domain.home import Home
from facility.domain.home_visit import HomeVisit


class HomeVisits(Protocol):
    """The vacant homes of orders, each once in an order."""

    def add(self, order: int, homes: Sequence[Home]) -> None:
        """List these homes, in this order; those that the order lists already stay as they are."""
        ...

    def of_order(self, order: int) -> list[HomeVisit]:
        """In the order in which they were listed, also those that were left out."""
        ...

    def of_home(self, home: int) -> list[HomeVisit]:
        """In which orders it is listed and not left out, oldest first."""
        ...

    def leave_out(self, order: int, home: int, at: datetime) -> None:
        """It is not visited any more; nothing when it is left out already."""
        ...
