"""Handle a request: confirm, hand on, tell how it stands, answer, pause, escalate, say that it repeats another, withdraw."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from facility.domain.asset import Site
from facility.domain.clock import Pause
from facility.domain.errors import Conflict, Unfit
from facility.domain.order import FINAL as FINAL_ORDERS
from facility.domain.order import OrderEvent, OrderState, OrderStep
from facility.domain.request import (
    FINAL,
    UNFINISHED,
    DutyOf,
    OutsideStep,
    Request,
    RequestEvent,
    RequestKind,
    RequestState,
    StepName,
    repeats_of,
)
from facility.flow.carry_out import withdraw as withdraw_messages
from facility.flow.follow_order import finished
from facility.flow.take_request import begin, tell
from facility.flow.written import words
from facility.ports import RequestFilter, WorkUnit

LOOKED_AT = 500
ESCALATED, REPEATED = "escalated_complaint", "repeat_request"


@dataclass(frozen=True, slots=True)
class Act:
    """Who does it, when, on which version; `key`: the same act sent twice counts once."""

    request: int
    version: int
    person: int
    key: str
    at: datetime


def confirm(site: Site, unit: WorkUnit, act: Act, category: str = "", duty: DutyOf = DutyOf.CENTRE) -> Request:
    """What came by the public form is a request, of this category and whose duty; Conflict, NotFound, Unfit."""
    request = seen(unit, act, {RequestState.TO_CONFIRM})
    if category and category not in site.categories:
        raise Unfit("category", "request_category", f"must be one of {', '.join(site.categories)}")
    if not _log(unit, act, "confirmed", detail=duty.value):
        return request
    sure = replace(
        request,
        state=RequestState.OPEN,
        confirmed_at=act.at,
        receiver=act.person,
        category=category or request.category,
        duty=duty,
    )
    return begin(site, unit, unit.requests.change(sure), act.at)


def withdraw(unit: WorkUnit, act: Act, reason: str) -> Request:
    """It was none, or whoever reported it took it back; its order is cancelled. Conflict, NotFound, Unfit."""
    request = seen(unit, act, UNFINISHED)
    why = words("reason", reason)
    if not _log(unit, act, "withdrawn", why):
        return request
    gone = unit.requests.change(replace(request, state=RequestState.WITHDRAWN, closed_at=act.at))
    if request.order is not None:
        _cancel_order(unit, act, request.order, why)
    return gone


def hand_on(site: Site, unit: WorkUnit, act: Act, duty: DutyOf, reason: str) -> Request:
    """It is somebody else's duty (or the centre's after all); its order is cancelled, or one is opened. Conflict, NotFound, Unfit."""
    request = seen(unit, act, {RequestState.OPEN})
    why = words("reason", reason)
    if request.duty is duty or not _log(unit, act, "handed_on", why, duty.value):
        return request
    order = request.order if duty is DutyOf.CENTRE else None
    changed = unit.requests.change(replace(request, duty=duty, order=order))
    if request.order is not None and order is None:
        _cancel_order(unit, act, request.order, why)
    return begin(site, unit, changed, act.at) if duty is DutyOf.CENTRE else changed


def give_feedback(unit: WorkUnit, act: Act, said: str) -> Request:
    """Whoever reported it was told how it stands; Conflict, NotFound, Unfit."""
    request = seen(unit, act, {RequestState.OPEN})
    _log(unit, act, "feedback", words("note", said))
    return request


def assign_request(unit: WorkUnit, act: Act, to: int) -> Request:
    """One without an order is given to a person, who answers for it; Conflict, NotFound."""
    request = seen(unit, act, {RequestState.OPEN})
    if request.order is not None:
        raise Conflict(f"request {request.id} has an order: assign order {request.order}")
    person = unit.people.get(to)
    if not _log(unit, act, "assigned", person.name):
        return request
    return unit.requests.change(replace(request, responsible=person.id))


def answer(unit: WorkUnit, act: Act, said: str) -> Request:
    """Answered: what was asked or complained of is settled, without an order or after it. Conflict, NotFound, Unfit."""
    request = seen(unit, act, {RequestState.OPEN})
    if request.order is not None and unit.orders.get(request.order).state not in FINAL_ORDERS:
        raise Conflict(f"order {request.order} of request {request.id} is not done yet")
    _check_outside(unit, request)
    if not _log(unit, act, "answered", words("note", said)):
        return request
    return finished(unit, replace(request, responsible=request.responsible or act.person), act.at)


def pause(unit: WorkUnit, act: Act, why: Pause, reason: str) -> Request:
    """It waits; of one with an order the order is put on hold instead. Conflict, NotFound, Unfit."""
    request = seen(unit, act, {RequestState.OPEN})
    if request.order is not None:
        raise Conflict(f"request {request.id} has an order: put order {request.order} on hold")
    _log(unit, act, "paused", words("reason", reason), why.value)
    return request


def resume(unit: WorkUnit, act: Act) -> Request:
    """It goes on; Conflict, NotFound."""
    request = seen(unit, act, {RequestState.OPEN})
    _log(unit, act, "resumed")
    return request


def escalate(site: Site, unit: WorkUnit, act: Act, reason: str) -> Request:
    """A complaint becomes the manager's: level 1, with the clock from now. Conflict, NotFound, Unfit."""
    request = seen(unit, act, {RequestState.OPEN, RequestState.FINISHED})
    if request.kind is not RequestKind.COMPLAINT:
        raise Conflict(f"request {request.id} is no complaint")
    if request.escalated_at is not None or not _log(unit, act, "escalated", words("reason", reason)):
        return request
    reopened = replace(request, state=RequestState.OPEN, escalated_at=act.at, finished_at=None)
    return tell(site, unit, unit.requests.change(reopened), ESCALATED, act.at, act.at, act.person)


def proposed_repeats(unit: WorkUnit, request: Request) -> list[Request]:
    """Earlier requests that it may repeat, while nobody has said yes or no."""
    if request.repeats is not None or request.state in FINAL:
        return []
    if any(event.what == "no_repeat" for event in unit.requests.events([request.id]).get(request.id, [])):
        return []
    known, _ = unit.requests.find(RequestFilter(kinds=[RequestKind.REPAIR], limit=LOOKED_AT))
    return repeats_of(request, known)


def confirm_repeat(site: Site, unit: WorkUnit, act: Act, of: int) -> Request:
    """It repeats `of`: level 2, the area's administrator hears of it. Conflict, NotFound."""
    request = seen(unit, act, {RequestState.OPEN, RequestState.FINISHED})
    if of not in {one.id for one in proposed_repeats(unit, request)}:
        raise Conflict(f"request {request.id} does not repeat request {of}")
    if not _log(unit, act, "repeats", detail=str(of)):
        return request
    return tell(site, unit, unit.requests.change(replace(request, repeats=of)), REPEATED, act.at, act.at, act.person)


def deny_repeat(unit: WorkUnit, act: Act) -> Request:
    """It is another matter; Conflict, NotFound."""
    request = seen(unit, act, {RequestState.OPEN, RequestState.FINISHED})
    _log(unit, act, "no_repeat")
    return request


def promise_step(unit: WorkUnit, act: Act, name: StepName, due_on: date) -> Request:
    """A date for a step of what is not the centre's duty; Conflict, NotFound."""
    request = _outside(unit, act)
    done = next((step for step in unit.requests.steps(request.id) if step.name is name and step.done_at), None)
    if done is not None:
        raise Conflict(f"the {name} of request {request.id} is done")
    if _log(unit, act, "promised", due_on.isoformat(), name.value):
        unit.requests.put_step(OutsideStep(request.id, name, due_on))
    return request


def do_step(site: Site, unit: WorkUnit, act: Act, name: StepName, said: str) -> Request:
    """A step is done: what came of it. Conflict, NotFound, Unfit."""
    request = _outside(unit, act)
    known = next((step for step in unit.requests.steps(request.id) if step.name is name), None)
    if known is not None and known.done_at is not None:
        raise Conflict(f"the {name} of request {request.id} is done")
    text = words("note", said)
    if _log(unit, act, "step_done", text, name.value):
        due_on = known.due_on if known else act.at.astimezone(site.zone).date()
        unit.requests.put_step(OutsideStep(request.id, name, due_on, act.at, act.person, text))
    return request


def _outside(unit: WorkUnit, act: Act) -> Request:
    request = seen(unit, act, {RequestState.OPEN})
    if request.duty is DutyOf.CENTRE:
        raise Conflict(f"request {request.id} is the centre's duty: it has an order, or an answer")
    return request


def _check_outside(unit: WorkUnit, request: Request) -> None:
    """What is another's duty ends with a plan, its execution, an evaluation and a summary."""
    if request.duty is DutyOf.CENTRE or request.kind is RequestKind.ENQUIRY:
        return
    done = {step.name for step in unit.requests.steps(request.id) if step.done_at is not None}
    missing = [name.value for name in StepName if name not in done]
    if missing:
        raise Conflict(f"request {request.id} needs first: {', '.join(missing)}")


def _cancel_order(unit: WorkUnit, act: Act, number: int, why: str) -> None:
    """Whoever takes the request back takes its order back, whatever their part in it."""
    order = unit.orders.get(number)
    if order.state in FINAL_ORDERS:
        return
    unit.orders.log(OrderEvent(order.id, act.key, act.at, OrderStep.CANCEL.value, act.person, why))
    withdraw_messages(unit, order.id, act.at)
    unit.orders.change(replace(order, state=OrderState.CANCELLED, closed_at=act.at, held_until=None))


def seen(unit: WorkUnit, act: Act, states: frozenset[RequestState] | set[RequestState]) -> Request:
    """The request, if it still is as the person saw it, or if this very act was done before; Conflict, NotFound."""
    request = unit.requests.get(act.request)
    if any(event.key == act.key for event in unit.requests.events([act.request]).get(act.request, [])):
        return request
    if request.version != act.version:
        raise Conflict(f"request {request.id} has changed meanwhile: look at it again")
    if request.state not in states:
        raise Conflict(f"request {request.id} is {request.state}: this is not possible now")
    return request


def _log(unit: WorkUnit, act: Act, what: str, note: str = "", detail: str = "") -> bool:
    return unit.requests.log(RequestEvent(act.request, act.key, act.at, what, act.person, note, detail))
