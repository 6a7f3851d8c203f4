"""Carry out: the steps of the people on an order, from accepting it to its checks."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from facility.domain.asset import Site
from facility.domain.checklist import Given
from facility.domain.clock import Pause
from facility.domain.errors import Conflict
from facility.domain.notice import NoticeState
from facility.domain.order import FINAL, WITH_REASON, Order, OrderEvent, OrderState, OrderStep, next_order_state
from facility.failpoint import failpoint
from facility.flow.check_work import bench_for, drawn
from facility.flow.credit import credit
from facility.flow.follow_order import follow_order
from facility.flow.look_over import first_measured, results_of
from facility.flow.open_findings import open_findings
from facility.ports import WorkUnit


def carry_out(
    site: Site,
    unit: WorkUnit,
    *,
    order: int,
    version: int,
    step: OrderStep,
    person: int,
    key: str,
    at: datetime,
    note: str = "",
    given: Mapping[str, Given] | None = None,
    until: datetime | None = None,
    why: Pause = Pause.OTHER,
) -> Order:
    """The order after the step; `given`: what was found, by line of the checklist; `until`, `why`: how long and why it is on hold.
    Idempotent by `key`: a step that was taken before changes nothing. Conflict, NotFound, ChecklistLacks.

    Whoever acts next is told by `tell_of_orders` on the next tick, from the order's new state.
    """
    before = unit.orders.get(order)
    if seen_before(unit, order, key):
        return before
    if before.version != version:
        raise Conflict(f"order {order} has changed meanwhile: look at it again")
    if step is OrderStep.ASSIGN:
        raise Conflict(f"order {order}: to assign it, name the person")
    if step in WITH_REASON and not note.strip():
        raise Conflict(f"order {order}: write the reason")
    if until is not None and until <= at:
        raise Conflict(f"order {order}: on hold until a time that is past; name a later one, or none")
    after = _after(site, unit, before, step, person, at, until)
    detail = why.value if step is OrderStep.HOLD else ""
    results = results_of(site, unit, before, step, given or {}, person, key, at)
    unit.orders.log(OrderEvent(order, key, at, step.value, person, note, *first_measured(results), detail))
    unit.results.add(result for _, result in results)
    if step is OrderStep.FINISH:
        open_findings(site, unit, after, results, at)
    withdraw(unit, order, at)
    credit(site, unit, after, step, person, note, at)
    stored = unit.orders.change(after)
    follow_order(unit, stored, at)
    failpoint("order.before_commit")
    return stored


def seen_before(unit: WorkUnit, order: int, key: str) -> bool:
    """The step with this key was taken already (a phone that sent it twice)."""
    return any(event.key == key for event in unit.orders.events(order))


def withdraw(unit: WorkUnit, order: int, at: datetime) -> None:
    """Messages about the order's earlier state are not sent any more."""
    for notice in unit.notices.of_order(order):
        if notice.state is NoticeState.WAITING:
            unit.notices.change(replace(notice, state=NoticeState.WITHDRAWN, done_at=at))


def _after(
    site: Site, unit: WorkUnit, order: Order, step: OrderStep, person: int, at: datetime, until: datetime | None
) -> Order:
    bench = bench_for(site, unit, order)
    if step is OrderStep.PASS_CHECK:
        order = drawn(site, unit, order, bench, person)
    state = next_order_state(order, step, person, bench)
    after = replace(
        order,
        state=state,
        held_until=until if state is OrderState.ON_HOLD else None,
        closed_at=at if state in FINAL else None,
    )
    match step:
        case OrderStep.FINISH:
            return replace(after, finished_by=person)
        case OrderStep.PASS_CHECK:
            return replace(after, checked_by=person)
        case OrderStep.FAIL_SPOT_CHECK:
            return replace(after, checked_by=None)
        case OrderStep.PASS_SPOT_CHECK:
            return replace(after, spot_checked_by=person)
    return after
