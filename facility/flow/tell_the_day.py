"""Tell the day: each morning one message to everybody for whom something waits, and none to others."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from facility.domain.asset import Site
from facility.domain.notice import Notice, NoticeState
from facility.domain.order import AT_WORK, GROUPS, Order, OrderState
from facility.domain.person import Person, ways
from facility.domain.text import Message
from facility.flow.check_work import bench_for
from facility.flow.compose import MY_DAY
from facility.flow.notify import ORDER_LEVEL, order_channels
from facility.flow.quiet import quiet_until
from facility.ports import OrderFilter, WorkUnit

log = logging.getLogger(__name__)

MOST = 5000
LISTED = 5
"""Orders named in one message; the page shows all."""


@dataclass(slots=True)
class Day:
    """What waits for one person."""

    today: list[Order] = field(default_factory=list)  # due by the end of the day, not overdue
    overdue: list[Order] = field(default_factory=list)
    checks: int = 0
    spot_checks: int = 0


def tell_the_day(site: Site, unit: WorkUnit, now: datetime) -> int:
    """Queue the morning's messages, once a day from the site's time on; returns how many. What is not sent by midnight is withdrawn."""
    local = now.astimezone(site.zone)
    _withdraw_old(site, unit, now)
    if local.time() < site.morning or not unit.notices.begin_day(local.date(), now):
        return 0
    told = 0
    people = {person.id: person for person in unit.people.all()}
    for number, day in _days(site, unit, now).items():
        if number in people:
            told += _tell(site, unit, people[number], day, now)
    log.info("morning messages of %s: %d", local.date(), told)
    return told


def _days(site: Site, unit: WorkUnit, now: datetime) -> Mapping[int, Day]:
    """By person; nobody for whom nothing waits."""
    today, found = now.astimezone(site.zone).date(), dict[int, Day]()
    for order in unit.orders.find(OrderFilter(states=GROUPS["open"], limit=MOST)):
        if order.state in AT_WORK and order.person is not None:
            if order.due_at < now:
                found.setdefault(order.person, Day()).overdue.append(order)
            elif order.due_at.astimezone(site.zone).date() <= today:
                found.setdefault(order.person, Day()).today.append(order)
        elif order.state is OrderState.SELF_CHECKED:
            for person in bench_for(site, unit, order).checkers:
                found.setdefault(person, Day()).checks += 1
        elif order.state is OrderState.AWAITING_SPOT_CHECK:
            for person in bench_for(site, unit, order).spot_checkers:
                found.setdefault(person, Day()).spot_checks += 1
    return found


def _tell(site: Site, unit: WorkUnit, person: Person, day: Day, now: datetime) -> bool:
    local, next_at = now.astimezone(site.zone), quiet_until(person, ORDER_LEVEL, now, site.zone) or now
    if next_at.astimezone(site.zone).date() != local.date():
        return False  # asleep for the rest of the day
    channel = ways(person, order_channels(site))[0]
    params = {
        "day": local.date().isoformat(),
        "today": len(day.today),
        "overdue": len(day.overdue),
        "checks": day.checks,
        "spot_checks": day.spot_checks,
        "orders": [_line(order) for order in (*day.overdue, *day.today)[:LISTED]],
    }
    key = f"my_day:{local.date()}:{person.id}:{channel}"
    return unit.notices.add(
        Notice(0, key, person.id, channel, Message(MY_DAY, params), ORDER_LEVEL, now, next_at)
    )  # fmt: skip


def _line(order: Order) -> dict[str, object]:
    return {
        "order": order.id,
        "kind": order.kind.value,
        "title_id": order.title_id,
        "subject": order.subject,
        "asset": order.asset,
        "place": order.place,
        "due_at": order.due_at.isoformat(),
    }


def _withdraw_old(site: Site, unit: WorkUnit, now: datetime) -> None:
    today = now.astimezone(site.zone).date().isoformat()
    for notice in unit.notices.waiting():
        if notice.message.id == MY_DAY and str(notice.message.params["day"]) < today:
            unit.notices.change(replace(notice, state=NoticeState.WITHDRAWN, done_at=now))
