"""The port of homes and their people."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from facility.domain.home import Address, Asked, Home, Resident


@dataclass(frozen=True, slots=True)
class HomeFilter:
    """Which homes are wanted; what is empty asks for nothing. `vacant` None: both."""

    asked: Asked = field(default_factory=Asked)
    building: str = ""
    vacant: bool | None = None
    limit: int = 50
    offset: int = 0


class Homes(Protocol):
    """Homes of the estate, and who lives there."""

    def add(self, home: Home) -> Home:
        """Store a new one, with its id; Conflict when there is one at this address."""
        ...

    def add_all(self, homes: Sequence[Home]) -> None:
        """Store many new ones at once; Conflict, and the transaction must not be kept, when an address is taken."""
        ...

    def get(self, home: int) -> Home:
        """By id; NotFound."""
        ...

    def at(self, address: Address) -> Home | None:
        """By address; None when there is none."""
        ...

    def all(self) -> list[Home]:
        """By address."""
        ...

    def change(self, home: Home) -> Home:
        """Store its new address and vacancy, with the next version; NotFound; Conflict when it is not in `home.version` any more."""
        ...

    def find(self, wanted: HomeFilter) -> tuple[list[Home], int]:
        """One page by address, and how many there are on all pages. People who moved out are not searched."""
        ...

    def buildings(self) -> list[str]:
        """All buildings with homes."""
        ...

    def add_resident(self, resident: Resident) -> Resident:
        """Store a new one, with their id."""
        ...

    def add_residents(self, residents: Sequence[Resident]) -> None:
        """Store many new ones of homes that exist, at once; Conflict, and the transaction must not be kept, when a pseudonym is taken."""
        ...

    def resident(self, resident: int) -> Resident:
        """By id; NotFound."""
        ...

    def change_resident(self, resident: Resident) -> None:
        """Store what is known now; NotFound."""
        ...

    def residents(self, homes: Collection[int], *, left: bool = False) -> list[Resident]:
        """The people of these homes, owners first; `left`: also those who moved out."""
        ...

    def left_until(self, last: date) -> list[Resident]:
        """Who moved out on this day or before it, earliest first."""
        ...

    def erase(self, resident: int) -> None:
        """Delete all that is known of a person; NotFound."""
        ...
