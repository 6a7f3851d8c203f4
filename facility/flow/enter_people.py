"""Enter people from a file: new ones are added, those known are brought up to date by login. Nobody is removed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from facility.domain.errors import Conflict, NotFound
from facility.domain.person import Person, PersonEvent
from facility.ports import WorkUnit


def merged(person: Person, known: Person | None) -> Person:
    """The person as they will stand: quiet hours and skills stay when the file gives none, verification as long as the address.

    Conflict for somebody who has left.
    """
    if known is None:
        return person
    if known.retired_at is not None:
        raise Conflict(f"{person.login} left on {known.retired_at:%Y-%m-%d}: give the new person another login")
    verified = {
        channel: at
        for channel, at in known.verified.items()
        if person.contacts.get(channel) == known.contacts.get(channel)
    }
    quiet, skills = person.quiet or known.quiet, person.skills or known.skills
    return replace(person, id=known.id, quiet=quiet, skills=skills, verified=verified)


def differs(person: Person, known: Person) -> bool:
    """Also in the order of the ways of contact."""
    return person != known or tuple(person.contacts) != tuple(known.contacts)


def enter_people(unit: WorkUnit, people: Sequence[Person], now: datetime, by: int | None = None) -> list[Person]:
    """Those who were new or changed, as they stand now; Conflict."""
    known = {person.login: person for person in unit.people.all(retired=True)}
    entered = []
    for person in people:
        wanted, before = merged(person, known.get(person.login)), known.get(person.login)
        if before is None or differs(wanted, before):
            entered.append(unit.people.put(wanted))
            what = "entered" if before is None else "changed"
            unit.duties.log(PersonEvent(entered[-1].id, now, what, by, ", ".join(wanted.positions)))
    return entered


def verify_way(unit: WorkUnit, login: str, channel: str, now: datetime, by: int | None = None) -> Person:
    """The person, with this way of contact marked as one that reaches them; NotFound."""
    person = unit.people.named(login)
    if channel not in person.contacts:
        raise NotFound(f"way of contact of {login}", channel)
    unit.duties.log(PersonEvent(person.id, now, "verified", by, channel))
    return unit.people.put(replace(person, verified={**person.verified, channel: now}))
