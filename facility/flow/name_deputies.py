"""Name deputies: who stands in for a person who is away, or for a position that would be empty, in this order."""

from collections.abc import Sequence
from datetime import datetime

from facility.domain.asset import Site
from facility.domain.duty import circle
from facility.domain.duty_errors import DutyRefused
from facility.domain.errors import NotFound
from facility.domain.person import PersonEvent
from facility.flow.enter_absence import present
from facility.ports import WorkUnit


def deputies_of_person(
    unit: WorkUnit, person: int, deputies: Sequence[int], now: datetime, by: int | None = None
) -> None:
    """Replace the deputies of a person; Conflict for themselves, for a circle, for somebody who left; NotFound."""
    present(unit.people.get(person))
    known = dict(unit.duties.deputies().of_person)
    known[person] = tuple(dict.fromkeys(deputies))
    names = {number: present(unit.people.get(number)).login for number in known[person]}
    found = circle(known)
    if found:
        around = " → ".join(names.get(number) or unit.people.get(number).login for number in found)
        english = f"deputies stand in for each other in a circle: {around}. Take one of them out"
        raise DutyRefused("circle", english, around=around)
    unit.duties.put_deputies(person, known[person])
    unit.duties.log(PersonEvent(person, now, "deputies", by, ", ".join(names.values())))


def deputies_of_position(
    site: Site, unit: WorkUnit, position: str, deputies: Sequence[int], now: datetime, by: int | None = None
) -> None:
    """Replace the deputies of a position; NotFound, Conflict for somebody who left."""
    if position not in site.positions:
        raise NotFound("position", position)
    chosen = tuple(dict.fromkeys(deputies))
    before = unit.duties.deputies().of_position.get(position, ())
    for number in chosen:
        present(unit.people.get(number))
    unit.duties.put_deputies(position, chosen)
    for number in {*chosen, *before}:
        what = "deputy_of" if number in chosen else "no_deputy_of"
        unit.duties.log(PersonEvent(number, now, what, by, position))
