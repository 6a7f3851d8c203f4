"""Keep skills: what a person has learnt is entered or taken back; planned work is given accordingly from then on."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from facility.domain.person import Person, PersonEvent
from facility.domain.skill import Skill
from facility.flow.enter_absence import present
from facility.ports import WorkUnit


def keep_skills(
    unit: WorkUnit, person: int, skills: Mapping[Skill, date | None], now: datetime, by: int | None = None
) -> Person:
    """The person with these skills, each with the last day of its licence, and no others; DutyRefused, NotFound."""
    known = present(unit.people.get(person))
    if known.skills == skills:
        return known
    unit.duties.log(PersonEvent(person, now, "skills", by, in_short(skills)))
    return unit.people.put(replace(known, skills=skills))


def in_short(skills: Mapping[Skill, date | None]) -> str:
    """For the record and the command line: `electrician (2029-06-30), pumps`."""
    return ", ".join(f"{skill} ({last})" if last else str(skill) for skill, last in skills.items())
