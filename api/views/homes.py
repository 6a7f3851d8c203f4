"""Homes as pages show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from facility.domain.home import Home, Resident


@dataclass(frozen=True, slots=True)
class ResidentView:
    """A person of a home; `phone` masked unless its being shown was noted. `version`: changes with what is stored of them."""

    number: int
    name: str
    standing: str
    phone: str
    plates: tuple[str, ...]
    came_on: date | None
    version: str = ""


@dataclass(frozen=True, slots=True)
class HomeView:
    """One home with its people, owners first."""

    number: int
    address: str
    building: str
    unit: str
    home: str
    vacant_since: date | None
    residents: tuple[ResidentView, ...]
    phones_shown: bool = False


@dataclass(frozen=True, slots=True)
class HomeList:
    """One page of homes by address, all buildings to choose from, and how many homes fit on all pages."""

    homes: tuple[HomeView, ...]
    buildings: tuple[str, ...]
    total: int
    page: int
    pages: int


def home_view(
    home: Home, people: Sequence[Resident], *, phones_shown: bool = False, versions: Mapping[int, str] | None = None
) -> HomeView:
    """A home as a page shows it."""
    known = versions or {}
    shown = tuple(
        ResidentView(one.id, one.name, str(one.standing), one.phone, one.plates, one.came_on, known.get(one.id, ""))
        for one in people
    )
    at = home.address
    return HomeView(home.id, str(at), at.building, at.unit, at.number, home.vacant_since, shown, phones_shown)
