"""Follow an order: what its end means for the request that it carries out."""

from dataclasses import replace
from datetime import datetime

from facility.domain.order import Order, OrderState
from facility.domain.request import Request, RequestEvent, RequestState, caller_of
from facility.ports import WorkUnit


def follow_order(unit: WorkUnit, order: Order, at: datetime) -> None:
    """Closed: the request is finished, and its results count for whoever did the work. Cancelled: it is open again, without an order."""
    if order.request is None or order.state not in (OrderState.CLOSED, OrderState.CANCELLED):
        return
    request = unit.requests.get(order.request)
    if request.order != order.id or request.state is not RequestState.OPEN:
        return
    key = f"order-{order.id}-{order.state}"
    unit.requests.log(RequestEvent(request.id, key, at, f"order_{order.state}", None, detail=str(order.id)))
    if order.state is OrderState.CANCELLED:
        unit.requests.change(replace(request, order=None))
    else:
        finished(unit, replace(request, responsible=order.finished_by), at)


def finished(unit: WorkUnit, request: Request, at: datetime) -> Request:
    """It is done: the call back is due, or nothing more."""
    needs_call = caller_of(request) is not None
    state = RequestState.FINISHED if needs_call else RequestState.CLOSED
    return unit.requests.change(replace(request, state=state, finished_at=at, closed_at=None if needs_call else at))
