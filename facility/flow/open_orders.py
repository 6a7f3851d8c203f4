"""Open orders: the corrective order of an alert, and the planned order of an occurrence."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

from facility.domain.alert import Alert, AlertEvent
from facility.domain.asset import Asset, Site
from facility.domain.crew import first_of_crew
from facility.domain.occurrence import Occurrence, OccurrenceState
from facility.domain.order import Order, OrderEvent, OrderState, Origin, WorkKind
from facility.domain.plan import Plan
from facility.domain.slot import moment_of
from facility.flow.duty import duty_book
from facility.flow.notify import representative
from facility.flow.skill_of import skill_of
from facility.flow.vacant_homes import vacant_homes
from facility.ports import WorkUnit

END_OF_DAY = time(23, 59)  # what is the centre's duty is finished the same day (当日完成)
START_OF_WORK = time(8, 0)  # planned work opened in the night goes to the person of the day
ASSIGNED = "assigned"  # at once: somebody was on duty
SHORTEST = timedelta(hours=4)  # what breaks late in the evening has at least so long


def open_corrective(site: Site, unit: WorkUnit, alert: Alert, now: datetime) -> Order:
    """The repair order of an alert, assigned to who is on duty in the maintaining position; the existing one if there is one."""
    existing = unit.orders.of_alert(alert.id)
    if existing is not None:
        return existing
    owner = representative(site, alert.asset)
    order = open_order(
        site,
        unit,
        Order(
            id=0,
            kind=WorkKind.REPAIR,
            asset=alert.asset,
            title_id=alert.kind,
            state=OrderState.UNASSIGNED,
            position=owner.maintaining if owner else "",
            person=None,
            opened_at=now,
            due_at=due_today(site, now),
            alert=alert.id,
            origin=Origin.ALERT,
        ),
        now,
    )
    unit.alerts.log(AlertEvent(alert.id, now, "order_opened", None, str(order.id)))
    return order


def open_planned(site: Site, unit: WorkUnit, plan: Plan, occurrences: Sequence[Occurrence], now: datetime) -> Order:
    """The order of an occurrence, or of those of a round in walking order, due at the end of the window.

    They are OPEN afterwards; one that was missed stays so, and its order makes up for it.
    """
    first = occurrences[0]
    day = max(first.day or first.slot.first, now.astimezone(site.zone).date())
    order = open_order(
        site,
        unit,
        Order(
            id=0,
            kind=plan.kind,
            asset=first.asset,
            title_id=plan.id,
            state=OrderState.UNASSIGNED,
            position=position_for(plan, site.assets[first.asset]),
            person=None,
            opened_at=now,
            due_at=max(first.slot.due_at(site.zone), now + SHORTEST),
            occurrence=first.id,
            origin=Origin.PLAN,
        ),
        max(now, moment_of(day, first.slot.begins or START_OF_WORK, site.zone)),
    )
    if plan.vacant_homes:
        unit.home_visits.add(order.id, vacant_homes(site, unit, plan, first.asset))
    for each in occurrences:
        state = each.state if each.state is OccurrenceState.MISSED else OccurrenceState.OPEN
        unit.occurrences.change(
            replace(each, state=state, order=order.id, reason=each.reason if state is each.state else "")
        )
    return order


def due_today(site: Site, now: datetime) -> datetime:
    """When a repair that is opened now is due: the same day, but never sooner than SHORTEST."""
    return max(moment_of(now.astimezone(site.zone).date(), END_OF_DAY, site.zone), now + SHORTEST)


def position_for(plan: Plan, asset: Asset) -> str:
    """The position of the asset that does this plan's work."""
    return asset.operating if plan.by == "operating" else asset.maintaining


def open_order(site: Site, unit: WorkUnit, order: Order, at: datetime) -> Order:
    """Store the order, assigned to who is on duty at `at` or comes next before it is due, and has the skill that it asks for;
    unassigned when nobody does: its first event names the skill.
    """
    book = duty_book(site, unit, order.opened_at)
    skill = skill_of(site, book, order)
    person = first_of_crew(site, book, order.position, skill, at, max(at, order.due_at))
    if person is not None:
        order = replace(order, state=OrderState.ISSUED, person=person.id)
    stored = unit.orders.add(order)
    detail = ASSIGNED if order.person is not None else skill or ""
    unit.orders.log(OrderEvent(stored.id, "opened", order.opened_at, "opened", None, detail=detail))
    return stored
