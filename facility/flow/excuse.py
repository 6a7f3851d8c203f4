"""Excuse a slot of planned work whose order is not open yet: who, and why. An open one is excused by cancelling its order."""

from dataclasses import replace
from datetime import datetime

from facility.domain.errors import Conflict
from facility.domain.occurrence import Occurrence, OccurrenceState
from facility.ports import WorkUnit


def excuse(unit: WorkUnit, occurrence: int, person: int, reason: str, at: datetime) -> Occurrence:
    """The excused occurrence; Conflict without a reason, or when it is not PLANNED any more; NotFound."""
    found = unit.occurrences.get(occurrence)
    if not reason.strip():
        raise Conflict(f"slot {found.slot.key} of {found.plan}: write the reason")
    if found.state is not OccurrenceState.PLANNED:
        raise Conflict(f"slot {found.slot.key} of {found.plan} is {found.state}: only what is planned can be excused")
    excused = replace(found, state=OccurrenceState.EXCUSED, ended_by=person, reason=reason.strip())
    unit.occurrences.change(excused)
    detail = {"plan": found.plan, "asset": found.asset, "slot": found.slot.key, "reason": excused.reason}
    unit.audit.note(at, person, "plan.excused", f"occurrence:{occurrence}", detail)
    return excused
