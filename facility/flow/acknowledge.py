"""Acknowledge: a person says "I know and act"; escalation ends."""

from dataclasses import replace
from datetime import datetime

from facility.domain.alert import Alert, AlertEvent, AlertState, AlertStep, next_state
from facility.domain.notice import NoticeState
from facility.ports import WorkUnit


def acknowledge(unit: WorkUnit, alert: int, person: int, at: datetime) -> Alert:
    """The alert afterwards; the same person again changes nothing; NotFound, Conflict.

    Withdrawn are the notices to this person and to later rungs. Whoever else had to be told first is still told:
    a technician's acknowledgement does not keep a level-1 alert from the manager.
    """
    before = unit.alerts.get(alert)
    if before.acknowledged_by == person:
        return before
    state = next_state(before.state, AlertStep.ACKNOWLEDGE)
    closed_at = at if state is AlertState.CLOSED else None
    after = replace(before, state=state, acknowledged_at=at, acknowledged_by=person, closed_at=closed_at)
    unit.alerts.change(after)
    unit.alerts.log(AlertEvent(alert, at, "acknowledged", person))
    if state is AlertState.CLOSED:
        unit.alerts.log(AlertEvent(alert, at, "closed"))
    notices = unit.notices.of_alert(alert)
    first = {notice.person for notice in notices if notice.rung == 0}
    for notice in notices:
        if notice.state is NoticeState.WAITING and (notice.rung > 0 or notice.person == person):
            unit.notices.change(replace(notice, state=NoticeState.WITHDRAWN, done_at=at))
    if person in first:
        _prove(unit, alert, at)
    return after


def _prove(unit: WorkUnit, alert: int, at: datetime) -> None:
    """Who had to be told and answers has been told, whatever the channel said."""
    deadline = unit.alerts.deadline(alert)
    if deadline.met_at is None:
        unit.alerts.change_deadline(replace(deadline, met_at=at))
