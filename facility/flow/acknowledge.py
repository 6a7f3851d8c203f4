"""Acknowledge: a person says "I know and act"; escalation ends."""

from dataclasses import replace
from datetime import datetime

from facility.domain.alert import Alert, AlertEvent, AlertState, AlertStep, next_state
from facility.domain.errors import Taken
from facility.domain.notice import NoticeState
from facility.flow.compose import ALERT
from facility.ports import WorkUnit


def acknowledge(unit: WorkUnit, alert: int, person: int, at: datetime) -> Alert:
    """The alert afterwards; the same person again changes nothing; NotFound, Conflict, Taken (who was faster).

    Withdrawn are the notices to this person and to later rungs. Whoever else had to be told first is still told:
    a technician's acknowledgement does not keep a level-1 alert from the manager.
    """
    before = unit.alerts.get(alert)
    if before.acknowledged_by == person:
        return before
    if before.acknowledged_by is not None and before.acknowledged_at is not None:
        name = unit.people.get(before.acknowledged_by).name
        raise Taken(f"alert {alert}", "acknowledged", name, before.acknowledged_at)
    state = next_state(before.state, AlertStep.ACKNOWLEDGE, latched=before.latched)
    closed_at = at if state is AlertState.CLOSED else None
    after = unit.alerts.change(
        replace(before, state=state, acknowledged_at=at, acknowledged_by=person, closed_at=closed_at)
    )
    unit.alerts.log(AlertEvent(alert, at, "acknowledged", person))
    if state is AlertState.CLOSED:
        unit.alerts.log(AlertEvent(alert, at, "closed"))
    mine = _withdraw(unit, after, person, at)
    _settle_promises(unit, after, mine, at)
    return after


def _withdraw(unit: WorkUnit, alert: Alert, person: int, at: datetime) -> set[int]:
    """Take back what need not be sent any more; returns the steps in which this person was to be told."""
    mine = set()
    for notice in unit.notices.of_alert(alert.id):
        if notice.message.id != ALERT or notice.round != alert.round:
            continue
        if notice.person == person:
            mine.add(notice.rung)
        if notice.state is NoticeState.WAITING and (notice.rung > 0 or notice.person == person):
            unit.notices.change(replace(notice, state=NoticeState.WITHDRAWN, done_at=at))
    return mine


def _settle_promises(unit: WorkUnit, alert: Alert, mine: set[int], at: datetime) -> None:
    """Who had to be told and answers has been told, whatever the channel said; later steps need not be told."""
    for deadline in unit.alerts.deadlines(alert.id):
        if deadline.round != alert.round or deadline.met_at is not None:
            continue
        if deadline.step in mine:
            unit.alerts.change_deadline(replace(deadline, met_at=at, proof="acknowledged"))
        elif deadline.step > 0 and deadline.missed_at is None:
            unit.alerts.change_deadline(replace(deadline, waived_at=at))
