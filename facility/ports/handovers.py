"""The port of the shift handover log."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from facility.domain.handover import Addition, Handover


@dataclass(frozen=True, slots=True)
class HandoverFilter:
    """Which records; None asks for nothing. `person`: handed over or took over."""

    positions: Collection[str] | None = None
    person: int | None = None
    first: date | None = None
    last: date | None = None
    untaken: bool = False
    limit: int = 50
    offset: int = 0


class Handovers(Protocol):
    """Signed records of shifts."""

    def add(self, handover: Handover) -> Handover | None:
        """With its number; None when the shift has one already."""
        ...

    def get(self, handover: int) -> Handover:
        """NotFound."""
        ...

    def of_shift(self, position: str, day: date, shift: str) -> Handover | None:
        """The record of a shift."""
        ...

    def find(self, wanted: HandoverFilter) -> tuple[list[Handover], int]:
        """One page, latest shift first, and how many there are."""
        ...

    def take(self, handover: int, person: int, words: str, at: datetime) -> bool:
        """Sign as who takes over; False when somebody did already."""
        ...

    def append(self, addition: Addition) -> bool:
        """A correction; False when (handover, key) is there already."""
        ...

    def additions(self, handover: int) -> list[Addition]:
        """Oldest first."""
        ...
