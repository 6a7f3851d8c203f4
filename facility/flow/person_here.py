"""Who acts, or was told, by login."""

from facility.domain.errors import NotFound
from facility.domain.person import Person
from facility.ports import WorkUnit


def person_here(unit: WorkUnit, login: str) -> Person:
    """The person with this login; NotFound also for one who has left."""
    person = unit.people.named(login)
    if person.retired_at is not None:
        raise NotFound("person", login)
    return person
