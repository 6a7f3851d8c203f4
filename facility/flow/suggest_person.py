"""Suggest a person for an order that nobody has: on duty for its position, with the fewest orders; else the nearest to that.

Only who has the skill that the order asks for.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from facility.domain.asset import Site
from facility.domain.crew import able, alike
from facility.domain.duty import DutyBook, turning_points
from facility.domain.order import Order
from facility.domain.person import Person
from facility.flow.skill_of import skill_of

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
    for because, people in _tiers(site, book, order, now):
        person = least_loaded(people, loads)
        if person is not None:
            return Suggestion(person, because, loads.get(person.id, 0))
    return None


def least_loaded(people: Collection[Person], loads: Mapping[int, int]) -> Person | None:
    """Whoever has the fewest orders; of several, the one who was entered first."""
    return min(people, key=lambda person: (loads.get(person.id, 0), person.id), default=None)


def _tiers(site: Site, book: DutyBook, order: Order, now: datetime) -> Iterator[tuple[Because, list[Person]]]:
    position, skill = order.position, skill_of(site, book, order)
    if position not in site.positions:
        return
    yield Because.ON_DUTY, able(book, position, skill, now)
    coming = (able(book, position, skill, moment) for moment in turning_points(book, now, now + SOON))
    yield Because.COMES, next((people for people in coming if people), [])
    yield Because.OF_TEAM, [person for id in alike(site, position) for person in able(book, id, skill, now)]
