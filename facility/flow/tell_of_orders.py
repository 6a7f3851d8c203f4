"""Tell of orders: whoever acts next on an order gets a message; it follows from the order's state, once a version."""

import logging
from datetime import datetime

from facility.domain.asset import Site
from facility.domain.order import Order, OrderState
from facility.domain.person import Person
from facility.flow import compose
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
    memory.told_orders &= {(order.id, order.version) for order in unfinished}
    for order in unfinished:
        if (order.id, order.version) not in memory.told_orders:
            _tell(site, unit, order, now)
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


def _tell(site: Site, unit: WorkUnit, order: Order, now: datetime) -> None:
    layout = LAYOUTS.get(order.state)
    if layout is None:
        return
    people = _acting_next(site, unit, order)
    if not people:
        log.error("order %d (%s): nobody fills a position that could act on it", order.id, order.state)
    for person in people:
        queue_order(site, unit, order, person, compose.order_message(layout, order), now)


def _acting_next(site: Site, unit: WorkUnit, order: Order) -> list[Person]:
    if order.state in (OrderState.ISSUED, OrderState.REWORK):
        return [unit.people.get(order.person)] if order.person is not None else []
    return checkers(site, unit, order)
