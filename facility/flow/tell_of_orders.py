"""Tell of orders: whoever acts next on an order gets a message; it follows from the order's state, once a version."""

import logging
from datetime import datetime, timedelta

from facility.domain.asset import Site
from facility.domain.duty import next_on_duty
from facility.domain.order import Order, OrderState
from facility.domain.person import Person
from facility.domain.three_checks import hands_of
from facility.flow import compose
from facility.flow.check_work import bench_for
from facility.flow.duty import duty_book
from facility.flow.hand_over import hand_over
from facility.flow.memory import Memory
from facility.flow.notify import queue_order
from facility.ports import WorkUnit

log = logging.getLogger(__name__)

SOON = timedelta(days=1)
MOST = 5000  # unfinished orders looked at; more than an estate ever has

LAYOUTS = {
    OrderState.ISSUED: compose.ORDER_ISSUED,
    OrderState.UNASSIGNED: compose.ORDER_UNASSIGNED,
    OrderState.SELF_CHECKED: compose.ORDER_CHECK,
    OrderState.AWAITING_SPOT_CHECK: compose.ORDER_SPOT_CHECK,
    OrderState.REWORK: compose.ORDER_REWORK,
}


def tell_of_orders(site: Site, unit: WorkUnit, memory: Memory, now: datetime) -> int:
    """Queue what is not queued yet; returns the number of unfinished orders."""
    unfinished = unit.orders.recent(MOST, unfinished_only=True)
    memory.lonely_orders &= {order.id for order in unfinished}
    memory.told_orders &= {(order.id, order.version) for order in unfinished}
    for order in hand_over(site, unit, unfinished, now):
        if (order.id, order.version) not in memory.told_orders and _tell(site, unit, order, memory, now):
            memory.told_orders.add((order.id, order.version))
    return len(unfinished)


def checkers(site: Site, unit: WorkUnit, order: Order, now: datetime) -> list[Person]:
    """Who is asked to check an order: the foremen of its team; none who worked on it; else the supervisors, else the managers.

    Those on duty, or who come on duty within a day.
    """
    book = duty_book(site, unit, now)
    position = site.positions.get(order.position)
    team = position.team if position else ""
    worked = hands_of(unit.orders.events(order.id)).worked
    for role, teams in (
        ("foreman", {team}),
        ("foreman", set(site.teams)),
        ("supervisor", set(site.teams)),
        ("manager", set(site.teams)),
    ):
        wanted = [found.id for found in site.positions.values() if found.role == role and found.team in teams]
        duties = [next_on_duty(book, id, now, now + SOON) for id in wanted]
        people = {one.person.id: one.person for duty in duties for one in duty.people}
        free = [person for id, person in people.items() if id not in worked]
        if free:
            return free
    return []


def _tell(site: Site, unit: WorkUnit, order: Order, memory: Memory, now: datetime) -> bool:
    """Queue the messages; False when there is nobody yet: it is tried again."""
    layout = LAYOUTS.get(order.state)
    if layout is None:
        return True
    people = _acting_next(site, unit, order, now)
    if not people and order.id not in memory.lonely_orders:
        memory.lonely_orders.add(order.id)
        log.error("order %d (%s): nobody fills a position that could act on it", order.id, order.state)
    drill = unit.alerts.get(order.alert).drill if order.alert is not None and people else None
    for person in people:
        queue_order(site, unit, order, person, compose.order_message(layout, order, drill), now)
    return bool(people)


def _acting_next(site: Site, unit: WorkUnit, order: Order, now: datetime) -> list[Person]:
    if order.state in (OrderState.ISSUED, OrderState.REWORK):
        return [unit.people.get(order.person)] if order.person is not None else []
    if order.state is OrderState.AWAITING_SPOT_CHECK:
        return [unit.people.get(person) for person in sorted(bench_for(site, unit, order).spot_checkers)]
    return checkers(site, unit, order, now)
