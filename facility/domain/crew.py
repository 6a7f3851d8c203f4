"""The crew of a position: who on duty can do its work, by skill too; the one answer for days, orders and suggestions."""

from datetime import datetime

from facility.domain.asset import Site
from facility.domain.duty import DutyBook, on_duty, turning_points
from facility.domain.person import Person
from facility.domain.skill import Skill


def crew(site: Site, book: DutyBook, position: str, skill: Skill | None, at: datetime) -> list[Person]:
    """Who is on duty for the position, the first one first; of these only who has the skill, when one is needed.

    When nobody of the position has it, those on duty for other positions of the team with the same role who do.
    """
    own = able(book, position, skill, at)
    if own or skill is None or not _anybody_has(book, skill, at):
        return own
    others = (person for each in alike(site, position) for person in able(book, each, skill, at))
    return list({person.id: person for person in others}.values())


def able(book: DutyBook, position: str, skill: Skill | None, at: datetime) -> list[Person]:
    """Who is on duty for this position alone and has the skill, when one is needed."""
    people = [one.person for one in on_duty(book, position, at).people]
    day = at.astimezone(book.zone).date()
    return [person for person in people if skill is None or person.has(skill, day)]


def first_of_crew(
    site: Site, book: DutyBook, position: str, skill: Skill | None, at: datetime, until: datetime
) -> Person | None:
    """Who works: the first of the crew at this instant, else the first who comes on duty before `until`."""
    if not position or (skill is not None and not _anybody_has(book, skill, at)):
        return None
    moments = (at, *(moment for moment in turning_points(book, at, until) if moment > at))
    return next((people[0] for moment in moments if (people := crew(site, book, position, skill, moment))), None)


def alike(site: Site, position: str) -> list[str]:
    """Other positions of the same team with the same role, in the order of the site file."""
    own = site.positions.get(position)
    if own is None:
        return []
    return [
        each.id
        for each in site.positions.values()
        if (each.team, each.role) == (own.team, own.role) and each.id != own.id
    ]


def _anybody_has(book: DutyBook, skill: Skill, at: datetime) -> bool:
    """Now or, since a licence is not got by waiting, ever after: no need to look at each shift of a year."""
    day = at.astimezone(book.zone).date()
    return any(person.has(skill, day) for person in book.people.values())
