"""The ports of what was found, photographed and used in an order."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from facility.domain.checklist import Result
from facility.domain.evidence import Photo, Used


class Results(Protocol):
    """What the checks of orders found, line by line. Rows are only added."""

    def add(self, results: Iterable[Result]) -> None:
        """Store the lines of one check."""
        ...

    def of_order(self, order: int) -> list[Result]:
        """All checks of an order, oldest first, lines in their order."""
        ...


class Photos(Protocol):
    """Photos of orders."""

    def add(self, photo: Photo, picture: bytes) -> Photo:
        """Store a photo; the stored one when its order has this key already."""
        ...

    def of_order(self, order: int) -> list[Photo]:
        """Oldest first, without the pictures."""
        ...

    def picture(self, order: int, photo: int) -> bytes:
        """The picture (JPEG) of an order's photo; NotFound."""
        ...


class UsedThings(Protocol):
    """Parts, materials and paid work of orders."""

    def add(self, used: Used) -> Used:
        """Store one; the stored one when its order has this key already."""
        ...

    def of_order(self, order: int) -> list[Used]:
        """Oldest first, struck ones too."""
        ...

    def strike(self, order: int, used: int, by: int, at: datetime) -> None:
        """It counts no more; struck again changes nothing. NotFound."""
        ...
