"""Assign: an order is given to a person, or to another one (改派)."""

from dataclasses import replace
from datetime import datetime

from facility.domain.asset import Site
from facility.domain.errors import Conflict
from facility.domain.order import Order, OrderEvent, OrderStep, next_order_state
from facility.flow.carry_out import seen_before, withdraw
from facility.flow.check_work import bench_for
from facility.flow.enter_absence import present
from facility.ports import WorkUnit


def assign(site: Site, unit: WorkUnit, *, order: int, version: int, to: int, by: int, key: str, at: datetime) -> Order:
    """The order, ISSUED to person `to`, who is told by the next tick. Idempotent by `key`; Conflict, NotFound."""
    before = unit.orders.get(order)
    if seen_before(unit, order, key):
        return before
    if before.version != version:
        raise Conflict(f"order {order} has changed meanwhile: look at it again")
    person = present(unit.people.get(to))
    state = next_order_state(before, OrderStep.ASSIGN, by, bench_for(site, unit, before))
    after = replace(before, state=state, person=person.id, held_until=None)
    unit.orders.log(OrderEvent(order, key, at, OrderStep.ASSIGN.value, by, person.name))
    withdraw(unit, order, at)
    return unit.orders.change(after)
