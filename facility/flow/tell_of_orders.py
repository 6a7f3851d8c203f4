"""Tell of orders: whoever acts next on an order gets a message; it follows from the order's state, once a version."""

import logging
from dataclasses import replace
from datetime import datetime

from facility.domain.asset import Site
from facility.domain.order import Order, OrderEvent, OrderState, OrderStep
from facility.domain.person import Person
from facility.flow import compose
from facility.flow.carry_out import withdraw
from facility.flow.memory import Memory
from facility.flow.notify import queue_order
from facility.ports import WorkUnit

log = logging.getLogger(__name__)

MOST = 5000  # unfinished orders looked at; more than an estate ever has

LAYOUTS = {
    OrderState.ISSUED: compose.ORDER_ISSUED,
    OrderState.UNASSIGNED: compose.ORDER_UNASSIGNED,
    OrderState.SELF_CHECKED: compose.ORDER_CHECK,
    OrderState.REWORK: compose.ORDER_REWORK,
}


def tell_of_orders(site: Site, unit: WorkUnit, memory: Memory, now: datetime) -> int:
    """Queue what is not queued yet; returns the number of unfinished orders."""
    unfinished = unit.orders.recent(MOST, unfinished_only=True)
    memory.lonely_orders &= {order.id for order in unfinished}
    memory.told_orders &= {(order.id, order.version) for order in unfinished}
    for order in (_fill(unit, found, now) for found in unfinished):
        if (order.id, order.version) not in memory.told_orders and _tell(site, unit, order, memory, now):
            memory.told_orders.add((order.id, order.version))
    return len(unfinished)


def checkers(site: Site, unit: WorkUnit, order: Order) -> list[Person]:
    """Who may check an order: the foremen of its team; another than who finished it; else the supervisors, else the managers."""
    position = site.positions.get(order.position)
    team = position.team if position else ""
    for role, teams in (
        ("foreman", {team}),
        ("foreman", set(site.teams)),
        ("supervisor", set(site.teams)),
        ("manager", set(site.teams)),
    ):
        wanted = [found.id for found in site.positions.values() if found.role == role and found.team in teams]
        people = {person.id: person for id in wanted for person in unit.people.holders(id)}
        people.pop(order.finished_by or 0, None)
        if people:
            return list(people.values())
    return []


def _fill(unit: WorkUnit, order: Order, now: datetime) -> Order:
    """An order without a person goes to who fills its position by now."""
    if order.state is not OrderState.UNASSIGNED:
        return order
    holders = unit.people.holders(order.position) if order.position else []
    if not holders:
        return order
    unit.orders.log(OrderEvent(order.id, f"filled:{order.version}", now, OrderStep.ASSIGN.value, None, holders[0].name))
    withdraw(unit, order.id, now)
    return unit.orders.change(replace(order, state=OrderState.ISSUED, person=holders[0].id))


def _tell(site: Site, unit: WorkUnit, order: Order, memory: Memory, now: datetime) -> bool:
    """Queue the messages; False when there is nobody yet: it is tried again."""
    layout = LAYOUTS.get(order.state)
    if layout is None:
        return True
    people = _acting_next(site, unit, order)
    if not people and order.id not in memory.lonely_orders:
        memory.lonely_orders.add(order.id)
        log.error("order %d (%s): nobody fills a position that could act on it", order.id, order.state)
    drill = unit.alerts.get(order.alert).drill if order.alert is not None and people else None
    for person in people:
        queue_order(site, unit, order, person, compose.order_message(layout, order, drill), now)
    return bool(people)


def _acting_next(site: Site, unit: WorkUnit, order: Order) -> list[Person]:
    if order.state in (OrderState.ISSUED, OrderState.REWORK):
        return [unit.people.get(order.person)] if order.person is not None else []
    return checkers(site, unit, order)
