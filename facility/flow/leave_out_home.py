"""Leave out a home: somebody lives in a vacant one again, so nobody walks in there on a round any more."""

from dataclasses import replace
from datetime import datetime

from facility.domain.home import Home
from facility.domain.home_visit import HomeVisit
from facility.domain.occurrence import OccurrenceState, Reason
from facility.domain.order import AT_WORK, Order, OrderEvent, OrderState, OrderStep
from facility.flow.carry_out import withdraw
from facility.ports import WorkUnit

LIVED_IN = "home_lived_in"
"""What an order's history says of a home that is left out; the note is its address."""

TO_WALK = AT_WORK | {OrderState.UNASSIGNED}


def leave_out_home(unit: WorkUnit, home: Home, now: datetime, by: int | None = None) -> None:
    """Somebody lives there again: orders that are still to be walked leave the home out, and their history says so.

    An order without any home left is cancelled, and its slot excused.
    """
    for visit in unit.home_visits.of_home(home.id):
        order = unit.orders.get(visit.order)
        if order.state in TO_WALK:
            _leave_out(unit, order, visit, now, by)


def _leave_out(unit: WorkUnit, order: Order, visit: HomeVisit, now: datetime, by: int | None) -> None:
    unit.home_visits.leave_out(order.id, visit.home, now)
    unit.orders.log(OrderEvent(order.id, f"home:{visit.home}", now, LIVED_IN, by, str(visit.address)))
    if any(each.left_out_at is None for each in unit.home_visits.of_order(order.id)):
        return
    key = f"no_home:{order.version}"
    unit.orders.log(OrderEvent(order.id, key, now, OrderStep.CANCEL.value, None))
    withdraw(unit, order.id, now)
    unit.orders.change(replace(order, state=OrderState.CANCELLED, closed_at=now, held_until=None))
    for slot in unit.occurrences.of_order(order.id):
        if slot.state is OccurrenceState.OPEN:
            ended = replace(slot, state=OccurrenceState.EXCUSED, reason=Reason.NO_VACANT_HOME)
            unit.occurrences.change(ended)
