"""Clocks: what the events of an order or a request say about its four clocks."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from facility.domain.asset import Site
from facility.domain.clock import ClockId, ClockReading, Facts, Pause, Paused, read_clocks
from facility.domain.order import AWAITS_CHECK, Order, OrderEvent, OrderState, OrderStep, WorkKind
from facility.domain.request import Request, RequestEvent, RequestState
from facility.flow.open_orders import ASSIGNED
from facility.ports import WorkUnit

DONE = frozenset({*AWAITS_CHECK, OrderState.CLOSED})


def clocks_of_request(site: Site, unit: WorkUnit, request: Request, now: datetime) -> Mapping[ClockId, ClockReading]:
    """How they stand; those of an order count for the request that it carries out."""
    events = unit.requests.events([request.id]).get(request.id, [])
    order = unit.orders.get(request.order) if request.order is not None else None
    of_order = unit.orders.events(order.id) if order else []
    return read_clocks(site.clocks.values(), facts_of(request, events, order, of_order), site.zone, now)


def clocks_of_order(site: Site, unit: WorkUnit, order: Order, now: datetime) -> Mapping[ClockId, ClockReading]:
    """Those of a fault's repair, or of the request behind it; none for planned work, which has its window."""
    if order.kind is not WorkKind.REPAIR:
        return {}
    if order.request is not None:
        return clocks_of_request(site, unit, unit.requests.get(order.request), now)
    onset = unit.alerts.get(order.alert).onset if order.alert is not None else order.opened_at
    facts = _of_order(order, unit.orders.events(order.id), onset)
    return read_clocks(site.clocks.values(), facts, site.zone, now)


def facts_of(
    request: Request, events: Sequence[RequestEvent], order: Order | None, of_order: Sequence[OrderEvent]
) -> Facts:
    """What happened to a request and to its order."""
    own = Facts(
        received_at=request.received_at,
        entered_at=request.entered_at,
        confirmed_at=request.confirmed_at,
        assigned_at=_first(events, "assigned"),
        feedback_at=_first(events, "feedback"),
        finished_at=request.finished_at,
        over_at=request.closed_at if request.state is RequestState.WITHDRAWN else None,
        pauses=_pauses([(event.at, event.what, event.detail) for event in events], "paused"),
    )
    if order is None:
        return own
    work = _of_order(order, of_order, request.received_at)
    return Facts(
        received_at=own.received_at,
        entered_at=own.entered_at,
        confirmed_at=own.confirmed_at,
        assigned_at=work.assigned_at,
        feedback_at=own.feedback_at,
        finished_at=work.finished_at,
        over_at=own.over_at,
        pauses=(*own.pauses, *work.pauses),
    )


def _of_order(order: Order, events: Sequence[OrderEvent], since: datetime) -> Facts:
    assigned = [
        event.at
        for event in events
        if event.step == OrderStep.ASSIGN or (event.step == "opened" and event.detail == ASSIGNED)
    ]
    finishes = [event.at for event in events if event.step == OrderStep.FINISH]
    return Facts(
        received_at=since,
        entered_at=order.opened_at,
        confirmed_at=order.opened_at,
        assigned_at=min(assigned, default=order.opened_at if order.person is not None else None),
        finished_at=max(finishes) if finishes and order.state in DONE else None,
        over_at=order.closed_at if order.state is OrderState.CANCELLED else None,
        pauses=_pauses([(event.at, event.step, event.detail) for event in events], OrderStep.HOLD.value),
    )


def _first(events: Sequence[RequestEvent], what: str) -> datetime | None:
    return next((event.at for event in events if event.what == what), None)


_NO_END = frozenset({"feedback", "repeats", "no_repeat", "entered"})
"""Events that leave a pause as it is."""


def _pauses(events: Sequence[tuple[datetime, str, str]], beginning: str) -> tuple[Paused, ...]:
    """A pause lasts until the next event that goes on."""
    found: list[Paused] = []
    for at, what, detail in events:
        if found and found[-1].until is None and what not in _NO_END:
            found[-1] = Paused(found[-1].why, found[-1].since, at)
        if what == beginning:
            found.append(Paused(Pause(detail) if detail in set(Pause) else Pause.OTHER, at))
    return tuple(found)
