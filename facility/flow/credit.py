"""Credit: what a step of a planned order means for the slots that it fulfils, its own and those of the services it took in."""

from dataclasses import replace
from datetime import datetime, time, timedelta

from facility.domain.asset import Site
from facility.domain.occurrence import Occurrence, OccurrenceState
from facility.domain.order import Order, OrderState, OrderStep
from facility.domain.slot import Slot, moment_of
from facility.domain.trigger import Use
from facility.ports import WorkUnit

SENT_BACK = (OrderStep.SEND_BACK, OrderStep.FAIL_SPOT_CHECK)


def credit(
    site: Site, unit: WorkUnit, order: Order, step: OrderStep, person: int | None, note: str, at: datetime
) -> None:
    """After the step. Finished inside a window counts for it, also when the checks come later; sent back counts no more.

    A cancelled order excuses its slots: who, and the reason that was given.
    """
    for own in unit.occurrences.of_order(order.id):
        if own.state is OccurrenceState.OPEN:
            _credit_own(site, unit, own, order, step, person, note, at)
        for smaller in unit.occurrences.merged_into(own.id):
            _credit_smaller(site, unit, smaller, order, step, at)


def ends_at(site: Site, slot: Slot) -> datetime:
    """The instant at which a window is over: a shift's end, or the midnight after its last day; UTC."""
    if slot.ends is not None:
        return moment_of(slot.last, slot.ends, site.zone)
    return moment_of(slot.last + timedelta(days=1), time(0), site.zone)


def begins_at(site: Site, slot: Slot) -> datetime:
    """The instant at which it begins, UTC."""
    return moment_of(slot.first, slot.begins or time(0), site.zone)


def _credit_own(
    site: Site,
    unit: WorkUnit,
    own: Occurrence,
    order: Order,
    step: OrderStep,
    person: int | None,
    note: str,
    at: datetime,
) -> None:
    if step is OrderStep.FINISH:
        own = replace(own, finished_at=at, used=_used(site, unit, own))
    elif step in SENT_BACK:
        own = replace(own, finished_at=None)
    if order.state is OrderState.CLOSED:
        own = replace(own, state=OccurrenceState.DONE)
    elif order.state is OrderState.CANCELLED:
        own = replace(own, state=OccurrenceState.EXCUSED, ended_by=person, reason=note)
    unit.occurrences.change(own)


def _credit_smaller(
    site: Site, unit: WorkUnit, smaller: Occurrence, order: Order, step: OrderStep, at: datetime
) -> None:
    if smaller.state is not OccurrenceState.MERGED:
        return
    if step is OrderStep.FINISH and begins_at(site, smaller.slot) <= at < ends_at(site, smaller.slot):
        unit.occurrences.change(replace(smaller, finished_at=at))
    elif step in SENT_BACK and smaller.finished_at is not None:
        unit.occurrences.change(replace(smaller, finished_at=None))
    elif order.state is OrderState.CANCELLED:
        unit.occurrences.change(reopened(smaller))


def _used(site: Site, unit: WorkUnit, own: Occurrence) -> float | None:
    """Where the next service by use is counted from."""
    plan = site.plans.get(own.plan)
    if plan is None or not isinstance(plan.trigger, Use):
        return own.used
    usage = unit.usage.get(own.asset, plan.trigger.point)
    return own.used if usage is None else usage.total


def reopened(smaller: Occurrence) -> Occurrence:
    """A merged slot that needs an order of its own after all."""
    return replace(smaller, state=OccurrenceState.PLANNED, order=None, into=None, finished_at=None)
