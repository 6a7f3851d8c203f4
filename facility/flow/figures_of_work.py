"""Figures of orders and plans: repairs in time, plans kept, checks passed, clocks kept."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from facility.domain.asset import Site
from facility.domain.clock import ClockId, Stand
from facility.domain.figure import Behind, Case, Period
from facility.domain.occurrence import Occurrence, OccurrenceState
from facility.domain.order import Order, OrderState, OrderStep, WorkKind
from facility.flow.clocks import clocks_of_order
from facility.flow.in_force import in_force
from facility.flow.open_orders import position_for
from facility.ports import WorkUnit


def repair_timeliness(site: Site, unit: WorkUnit, period: Period, now: datetime) -> Sequence[Case]:
    """Repairs that were due in the period: finished by then. Cancelled ones are none."""
    until = min(period.until(site.zone), now)
    return [
        case_of(site, one.order, one.finished_at is not None and one.finished_at <= one.order.due_at, one.order.due_at)
        for one in unit.order_records.due(period.since(site.zone), until)
        if one.order.kind is WorkKind.REPAIR and one.order.state is not OrderState.CANCELLED
    ]


def plan_compliance(site: Site, unit: WorkUnit, period: Period, now: datetime) -> Sequence[Case]:
    """Slots whose window ended in the period: done, or done by a larger service. Excused ones are none."""
    today = now.astimezone(site.zone).date()
    ended = [
        one
        for one in unit.occurrences.between(period.first, period.last)
        if period.first <= one.slot.last <= period.last
        and one.slot.last < today
        and one.state is not OccurrenceState.EXCUSED
    ]
    site = in_force(site, unit)
    return [_slot(site, unit, one) for one in ended]


def checks_passed(site: Site, unit: WorkUnit, period: Period, now: datetime) -> Sequence[Case]:
    """Second checks of the period that passed; sent back: not."""
    return _steps(site, unit, period, OrderStep.PASS_CHECK, OrderStep.SEND_BACK)


def spot_checks_passed(site: Site, unit: WorkUnit, period: Period, now: datetime) -> Sequence[Case]:
    """Spot checks of the period that passed."""
    return _steps(site, unit, period, OrderStep.PASS_SPOT_CHECK, OrderStep.FAIL_SPOT_CHECK)


def assigned_next_day(site: Site, unit: WorkUnit, period: Period, now: datetime) -> Sequence[Case]:
    """Faults of the period with a person by the end of the next day."""
    return _clocks(site, unit, period, now, ClockId.ASSIGNED)


def completed_in_five_days(site: Site, unit: WorkUnit, period: Period, now: datetime) -> Sequence[Case]:
    """Faults of the period that were finished within five days."""
    return _clocks(site, unit, period, now, ClockId.COMPLETED)


def backlog(site: Site, unit: WorkUnit) -> Sequence[Order]:
    """Repairs that are open now, oldest first."""
    orders = unit.orders.recent(5000, unfinished_only=True)
    return sorted((order for order in orders if order.kind is WorkKind.REPAIR), key=lambda order: order.opened_at)


def case_of(site: Site, order: Order, counts: bool, at: datetime) -> Case:
    """An order as a case of whoever did it, or has it."""
    position = site.positions.get(order.position)
    person = order.finished_by if order.finished_by is not None else order.person
    return Case(Behind.ORDER, str(order.id), float(counts), at, person=person, team=position.team if position else "")


def _steps(site: Site, unit: WorkUnit, period: Period, passed: OrderStep, failed: OrderStep) -> Sequence[Case]:
    taken = unit.order_records.steps([passed.value, failed.value], period.since(site.zone), period.until(site.zone))
    return [case_of(site, order, event.step == passed, event.at) for event, order in taken]


def _clocks(site: Site, unit: WorkUnit, period: Period, now: datetime, clock: ClockId) -> Sequence[Case]:
    """Of orders that were opened in the period: those whose clock is decided."""
    since, until = period.since(site.zone), period.until(site.zone)
    cases = []
    for order in _opened(unit, since, until):
        reading = clocks_of_order(site, unit, order, now).get(clock)
        if reading is not None and reading.stand in (Stand.MET, Stand.LATE, Stand.OVERDUE):
            cases.append(case_of(site, order, reading.stand is Stand.MET, reading.met_at or order.opened_at))
    return cases


def _opened(unit: WorkUnit, since: datetime, until: datetime) -> Iterable[Order]:
    for one in unit.order_records.touching(since, until):
        if one.order.opened_at >= since and one.order.kind is WorkKind.REPAIR:
            yield one.order


def _slot(site: Site, unit: WorkUnit, one: Occurrence) -> Case:
    order = unit.orders.get(one.order) if one.order is not None else None
    plan, asset = site.plans.get(one.plan), site.assets.get(one.asset)
    planned = position_for(plan, asset) if plan and asset else ""
    position = site.positions.get(order.position if order else planned)
    kept = one.state is OccurrenceState.DONE or (
        one.finished_at is not None and one.state is not OccurrenceState.MISSED
    )
    return Case(
        Behind.ORDER if one.order is not None else Behind.OCCURRENCE,
        str(one.order) if one.order is not None else f"{one.plan} {one.asset} {one.slot.key}",
        float(kept),
        one.finished_at,
        person=order.finished_by if order else None,
        team=position.team if position else "",
    )
