"""List unresolved: each evening what the centre owes becomes the list of the day; each morning what has no person is told."""

import logging
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, time, timedelta

from facility.domain.asset import Site
from facility.domain.notice import Notice
from facility.domain.order import AWAITS_CHECK, Order, WorkKind
from facility.domain.person import Person, ways
from facility.domain.request import UNFINISHED, DutyOf, Request
from facility.domain.role import Role
from facility.domain.text import Message
from facility.flow.clocks import clocks_of_order, clocks_of_request
from facility.flow.compose import UNASSIGNED, UNRESOLVED
from facility.flow.notify import ORDER_LEVEL, area_of, order_channels
from facility.flow.quiet import quiet_until
from facility.ports import DailyList, RequestFilter, WorkUnit

log = logging.getLogger(__name__)

MOST = 5000
HEARERS = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})


def list_unresolved(site: Site, unit: WorkUnit, now: datetime) -> DailyList | None:
    """The list that is due, if it is not made yet; None otherwise. One that comes late (after a stop) says so by its time."""
    day = _day_of(now, site.day_list.made, site)
    if unit.daily_lists.get(day) is not None:
        return None
    rows = (row for row in _rows(site, unit, now) if _is_of(row, day, site))
    made = DailyList(day, now, tuple(rows))
    if not unit.daily_lists.add(made):
        return None
    log.info("daily list of %s: %d unresolved", day, len(made.rows))
    if made.rows:
        lonely = sum(row["person"] is None for row in made.rows)
        message = Message(UNRESOLVED, {"day": day.isoformat(), "number": len(made.rows), "lonely": lonely})
        _tell(site, unit, _with_roles(site, unit, HEARERS), f"unresolved:{day}", message, now)
    return made


def prompt_unassigned(site: Site, unit: WorkUnit, now: datetime) -> int:
    """Tell each administrator what of the latest list has no person yet, once a day; how many were told."""
    local = now.astimezone(site.zone)
    days = unit.daily_lists.days(1)
    if local.time() < site.day_list.prompted or not days or days[0] != local.date() - timedelta(days=1):
        return 0
    listed = unit.daily_lists.get(days[0])
    by_owner: dict[str, int] = {}
    for row in listed.rows if listed else ():
        area = _still_without_a_person(unit, row)
        if area is not None:
            owner = site.areas[area].owner if area in site.areas else ""
            by_owner[owner] = by_owner.get(owner, 0) + 1
    told = 0
    for owner, number in by_owner.items():
        message = Message(UNASSIGNED, {"day": local.date().isoformat(), "number": number})
        people = unit.people.holders(owner) if owner else _with_roles(site, unit, {Role.MANAGER})
        told += _tell(site, unit, people, f"unassigned:{local.date()}", message, now)
    return told


def unresolved_orders(unit: WorkUnit) -> Iterator[tuple[Order, Request | None]]:
    """Repairs that are the centre's duty and not done yet, with the request behind them."""
    for order in unit.orders.recent(MOST, unfinished_only=True):
        if order.kind is WorkKind.REPAIR and order.state not in AWAITS_CHECK:
            yield order, unit.requests.get(order.request) if order.request is not None else None


def unresolved_requests(unit: WorkUnit) -> list[Request]:
    """Requests without an order that the centre owes an answer."""
    found, _ = unit.requests.find(RequestFilter(states=UNFINISHED, limit=MOST, oldest_first=True))
    return [request for request in found if request.order is None and request.duty is DutyOf.CENTRE]


def _rows(site: Site, unit: WorkUnit, now: datetime) -> Iterator[Mapping[str, object]]:
    for order, behind in unresolved_orders(unit):
        clocks = clocks_of_order(site, unit, order, now)
        yield {
            "order": order.id,
            "request": behind.id if behind else None,
            "area": behind.area if behind else area_of(site, order.asset),
            "person": order.person,
            "state": order.state.value,
            "since": behind.received_at if behind else order.opened_at,
            "clocks": {reading.id.value: reading.stand.value for reading in clocks.values()},
        }
    for request in unresolved_requests(unit):
        yield {
            "order": None,
            "request": request.id,
            "area": request.area,
            "person": request.responsible,
            "state": request.state.value,
            "since": request.received_at,
            "clocks": {one.id.value: one.stand.value for one in clocks_of_request(site, unit, request, now).values()},
        }


def _is_of(row: Mapping[str, object], day: date, site: Site) -> bool:
    """It was there on the day: a list that is made late leaves out what came after it."""
    since = row["since"]
    return isinstance(since, datetime) and since.astimezone(site.zone).date() <= day


def _still_without_a_person(unit: WorkUnit, row: Mapping[str, object]) -> str | None:
    """The row's area while nobody has it and it is not finished; None otherwise."""
    order, request = row["order"], row["request"]
    if isinstance(order, int):
        now_is = unit.orders.get(order)
        lonely = now_is.person is None and now_is.closed_at is None
    else:
        asked = unit.requests.get(int(str(request)))
        lonely = asked.responsible is None and asked.order is None and asked.state in UNFINISHED
    return str(row["area"]) if lonely else None


def _day_of(now: datetime, made: time, site: Site) -> date:
    local = now.astimezone(site.zone)
    return local.date() if local.time() >= made else local.date() - timedelta(days=1)


def _with_roles(site: Site, unit: WorkUnit, roles: Collection[Role]) -> list[Person]:
    positions = {position.id for position in site.positions.values() if position.role in roles}
    return [person for person in unit.people.all() if positions & set(person.positions)]


def _tell(site: Site, unit: WorkUnit, people: Collection[Person], key: str, message: Message, now: datetime) -> int:
    told = 0
    for person in people:
        channel = ways(person, order_channels(site))[0]
        next_at = quiet_until(person, ORDER_LEVEL, now, site.zone) or now
        new = Notice(0, f"{key}:{person.id}:{channel}", person.id, channel, message, ORDER_LEVEL, now, next_at)
        told += unit.notices.add(new)
    return told
