"""Answer an alert beside acknowledging it: comment, told by telephone, reset at the panel, over (of one raised by hand)."""

from dataclasses import dataclass, replace
from datetime import datetime

from facility.domain.alert import Alert, AlertEvent, AlertStep
from facility.domain.errors import Conflict, Unfit
from facility.flow.compose import ALERT
from facility.flow.follow import take_step
from facility.flow.written import past, seen_as, words
from facility.ports import WorkUnit


@dataclass(frozen=True, slots=True)
class Told:
    """What a telephone call proved: the positions whose deadlines it met (none: the person has no step of the ladder)."""

    alert: Alert
    met: tuple[str, ...]


def comment(unit: WorkUnit, number: int, person: int, text: str, now: datetime) -> Alert:
    """A line in the alert's history; NotFound, Unfit."""
    alert = unit.alerts.get(number)
    unit.alerts.log(AlertEvent(number, now, "comment", person, words("comment", text)))
    return alert


def told_by_telephone(
    unit: WorkUnit, number: int, told: int, person: int, at: datetime, note: str, now: datetime
) -> Told:
    """Somebody was told by telephone at `at`, says `person`: a proof like any other; NotFound, Unfit.

    It meets the deadlines of the steps in which that person was to be told, or whose position the person fills.
    """
    alert = unit.alerts.get(number)
    who = unit.people.get(told)
    at = past("at", at, now)
    if at < alert.onset:
        raise Unfit("at", "told_before_onset", "lies before the alert's onset")
    said = words("note", note, needed=False)
    unit.alerts.log(AlertEvent(number, at, "told_by_phone", person, f"{who.name}: {said}" if said else who.name))
    entered = {"told": f"person:{told}", "at": at.isoformat(), "note": said}
    unit.audit.note(now, person, "alert.told_by_phone.entered", f"alert:{number}", entered)
    steps = {notice.rung for notice in unit.notices.of_alert(number) if _is_for(notice.message.id, notice.person, told)}
    met = []
    for deadline in unit.alerts.deadlines(number):
        wanted = deadline.step in steps or deadline.position in who.positions
        if wanted and deadline.waived_at is None and (deadline.met_at is None or deadline.met_at > at):
            unit.alerts.change_deadline(replace(deadline, met_at=at, notice=None, proof="told_by_phone"))
            met.append(deadline.position)
    return Told(alert, tuple(met))


def reset(unit: WorkUnit, number: int, person: int, at: datetime, now: datetime, seen: int | None = None) -> Alert:
    """A person has reset the panel; Conflict while the panel still reports it, or when the alert is not latched."""
    alert = seen_as(unit.alerts.get(number), seen)
    if not alert.latched:
        raise Conflict(f"alert {number} is not latched: it returns by itself")
    if not alert.state.active:
        raise Conflict(f"alert {number} was reset already")
    if alert.returned_at is None and not alert.by_hand:
        raise Conflict(f"alert {number}: the panel still reports it; reset the panel first")
    return take_step(unit, alert, AlertStep.RESET, "reset", past("at", at, now), person)


def over(
    unit: WorkUnit, number: int, person: int, at: datetime, note: str, now: datetime, seen: int | None = None
) -> Alert:
    """What was raised by hand is over; Conflict for what a device tells of, Unfit."""
    alert = seen_as(unit.alerts.get(number), seen)
    if not alert.by_hand:
        raise Conflict(f"alert {number} was raised by a device: it returns when its condition ends")
    if not alert.state.active:
        raise Conflict(f"alert {number} is over already")
    said = words("note", note, needed=False)
    if said:
        unit.alerts.log(AlertEvent(number, now, "comment", person, said))
    step = AlertStep.RESET if alert.latched else AlertStep.RETURN
    return take_step(unit, alert, step, "over", past("at", at, now), person)


def _is_for(message: str, person: int, told: int) -> bool:
    return message == ALERT and person == told
