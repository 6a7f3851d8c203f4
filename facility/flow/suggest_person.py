"""Suggest a person for an order that nobody has: on duty for its position, with the fewest orders; else the nearest to that."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from facility.domain.asset import Site
from facility.domain.duty import DutyBook, next_on_duty, on_duty
from facility.domain.order import Order
from facility.domain.person import Person

SOON = timedelta(days=1)


class Because(StrEnum):
    """Why somebody is suggested."""

    ON_DUTY = "on_duty"  # for the order's position, now
    COMES = "comes"  # on duty for it within a day
    OF_TEAM = "of_team"  # on duty for another position of the team, of the same role


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Somebody, why, and how many orders this person has to work on."""

    person: Person
    because: Because
    load: int


def suggest_person(
    site: Site, book: DutyBook, order: Order, loads: Mapping[int, int], now: datetime
) -> Suggestion | None:
    """None: nobody is on duty within a day whose work this could be."""
    for because, people in _tiers(site, book, order.position, now):
        person = least_loaded(people, loads)
        if person is not None:
            return Suggestion(person, because, loads.get(person.id, 0))
    return None


def least_loaded(people: Collection[Person], loads: Mapping[int, int]) -> Person | None:
    """Whoever has the fewest orders; of several, the one who was entered first."""
    return min(people, key=lambda person: (loads.get(person.id, 0), person.id), default=None)


def _tiers(site: Site, book: DutyBook, position: str, now: datetime) -> Iterator[tuple[Because, list[Person]]]:
    own = site.positions.get(position)
    if own is None:
        return
    yield Because.ON_DUTY, [one.person for one in on_duty(book, position, now).people]
    yield Because.COMES, [one.person for one in next_on_duty(book, position, now, now + SOON).people]
    alike = [each.id for each in site.positions.values() if (each.team, each.role) == (own.team, own.role)]
    yield Because.OF_TEAM, [one.person for id in alike for one in on_duty(book, id, now).people]
