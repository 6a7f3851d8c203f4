"""Show contact: the number to call whoever reported something; each showing is noted, without the number."""

from datetime import datetime

from facility.domain.errors import Conflict
from facility.domain.request import Reporter
from facility.ports import WorkUnit


def show_contact(unit: WorkUnit, request: int, by: int, now: datetime) -> Reporter:
    """Who reported it; NotFound."""
    found = unit.requests.get(request)
    unit.audit.note(now, by, "request.phone_shown", f"request:{request}", {})
    return found.reporter


def show_contact_of_order(unit: WorkUnit, order: int, by: int, now: datetime) -> Reporter:
    """Who is to be visited, for the person who has the order; Conflict, NotFound."""
    found = unit.orders.get(order)
    if found.request is None or found.person != by or found.closed_at is not None:
        raise Conflict(f"order {order}: only the person who works on it sees whom to call")
    return show_contact(unit, found.request, by, now)
