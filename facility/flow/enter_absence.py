"""Enter an absence, and its end. While it lasts, deputies and whoever else is on duty take over by themselves."""

from dataclasses import replace
from datetime import datetime

from facility.domain.duty import Absence
from facility.domain.duty_errors import DutyRefused
from facility.domain.person import Person, PersonEvent
from facility.ports import WorkUnit

LONGEST_REASON = 200


def enter_absence(
    unit: WorkUnit,
    person: int,
    begin: datetime,
    until: datetime | None,
    reason: str,
    now: datetime,
    by: int | None = None,
) -> Absence:
    """The stored absence; Conflict when it is over already, ends before it begins, or overlaps another one; NotFound."""
    who = present(unit.people.get(person))
    if until is not None and until <= begin:
        raise DutyRefused(
            "absence_ends", f"the absence of {who.login} ends before it begins: give a later end", person=who.name
        )
    if until is not None and until <= now:
        raise DutyRefused(
            "absence_past",
            f"the absence of {who.login} lies in the past: nothing can be handed over any more",
            person=who.name,
        )
    if len(reason) > LONGEST_REASON:
        raise DutyRefused("reason_long", f"the reason is longer than {LONGEST_REASON} characters", most=LONGEST_REASON)
    for known in unit.duties.absences_of(person):
        if _overlap(known, begin, until):
            raise DutyRefused(
                "absence_twice", f"{who.login} is away at that time already: end that absence first", person=who.name
            )
    stored = unit.duties.put_absence(Absence(0, person, begin, until, reason.strip()))
    unit.duties.log(PersonEvent(person, now, "absent", by, f"{begin.isoformat()}/{until.isoformat() if until else ''}"))
    return stored


def end_absence(unit: WorkUnit, person: int, now: datetime, by: int | None = None, absence: int = 0) -> Absence:
    """End the absence that lasts now (or the named one) at once; Conflict when there is none.

    One that has not begun is cancelled: it ends where it begins.
    """
    who = unit.people.get(person)
    known = unit.duties.absences_of(person)
    wanted = (found for found in known if (found.id == absence if absence else found.covers(now)))
    found = next((one for one in wanted if one.until is None or one.until > max(now, one.begin)), None)
    if found is None:
        raise DutyRefused("not_away", f"{who.login} is not away now: there is nothing to end", person=who.name)
    ended = replace(found, until=max(now, found.begin))
    unit.duties.put_absence(ended)
    unit.duties.log(PersonEvent(person, now, "back", by, ended.begin.isoformat()))
    return ended


def present(person: Person) -> Person:
    """The person; Conflict when they have left."""
    if person.retired_at is not None:
        raise DutyRefused("has_left", f"{person.login} has left and takes no duties any more", person=person.name)
    return person


def _overlap(known: Absence, begin: datetime, until: datetime | None) -> bool:
    if known.until is not None and known.until <= known.begin:
        return False  # cancelled
    return (until is None or known.begin < until) and (known.until is None or begin < known.until)
