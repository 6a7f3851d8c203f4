"""Tell of due times: who works on an order hears before it is due and when it is overdue; a day later its foreman hears."""

from datetime import datetime, timedelta

from facility.domain.asset import Site
from facility.domain.duty import next_on_duty
from facility.domain.notice import Notice
from facility.domain.order import AT_WORK, Order, OrderState
from facility.domain.person import Person, ways
from facility.domain.role import Role
from facility.flow.check_work import team_of
from facility.flow.compose import ORDER_DUE_SOON, ORDER_OVERDUE, ORDER_OVERDUE_DAY, order_message
from facility.flow.duty import duty_book
from facility.flow.notify import ORDER_LEVEL, order_channels
from facility.flow.quiet import quiet_until
from facility.ports import OrderFilter, WorkUnit

BEFORE = timedelta(hours=4)  # of an order that was opened earlier than that
DAY = timedelta(days=1)
MOST = 5000
NOBODY_HAS_IT = frozenset({OrderState.UNASSIGNED})


def tell_of_due(site: Site, unit: WorkUnit, now: datetime) -> int:
    """Queue what is news; returns how many messages. Each is queued once for an order and its due time, whoever has it by then."""
    wanted = OrderFilter(states=AT_WORK | NOBODY_HAS_IT, due_before=now + BEFORE, limit=MOST)
    return sum(
        _tell(site, unit, order, layout, now) for order in unit.orders.find(wanted) for layout in _due(order, now)
    )


def foremen_of(site: Site, unit: WorkUnit, order: Order, now: datetime) -> list[Person]:
    """The foremen of its team who are on duty or come within a day; else supervisors, else managers."""
    book, team = duty_book(site, unit, now), team_of(site, order)
    for role, teams in ((Role.FOREMAN, {team}), (Role.SUPERVISOR, set(site.teams)), (Role.MANAGER, set(site.teams))):
        wanted = [each.id for each in site.positions.values() if each.role == role and each.team in teams]
        people = {one.person.id: one.person for id in wanted for one in next_on_duty(book, id, now, now + DAY).people}
        if people:
            return list(people.values())
    return []


def _due(order: Order, now: datetime) -> list[str]:
    """What is to be said of the order's due time now."""
    if now <= order.due_at:
        return [ORDER_DUE_SOON] if order.opened_at <= order.due_at - BEFORE else []
    return [ORDER_OVERDUE] if now <= order.due_at + DAY else [ORDER_OVERDUE, ORDER_OVERDUE_DAY]


def _tell(site: Site, unit: WorkUnit, order: Order, layout: str, now: datetime) -> int:
    message = order_message(layout, order, None)
    said = [notice.message for notice in unit.notices.of_order(order.id)]
    if any((each.id, each.params.get("due_at")) == (layout, message.params["due_at"]) for each in said):
        return 0
    told = 0
    for person in _hearers(site, unit, order, layout, now):
        next_at = quiet_until(person, ORDER_LEVEL, now, site.zone) or now
        if layout == ORDER_DUE_SOON and next_at >= order.due_at:
            continue  # it is overdue by then, and that is said
        channel = ways(person, order_channels(site))[0]
        key = f"{layout}:{order.id}:{message.params['due_at']}:{person.id}:{channel}"
        new = Notice(0, key, person.id, channel, message, ORDER_LEVEL, now, next_at, order=order.id)
        told += unit.notices.add(new)
    return told


def _hearers(site: Site, unit: WorkUnit, order: Order, layout: str, now: datetime) -> list[Person]:
    """Who has it; the foremen where nobody has, and after a day."""
    if layout != ORDER_OVERDUE_DAY and order.person is not None:
        return [unit.people.get(order.person)]
    return foremen_of(site, unit, order, now)
