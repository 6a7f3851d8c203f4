"""Open planned work by hand: a slot of today for a plan that waits for somebody, and its order."""

from datetime import datetime, timedelta

from facility.domain.asset import Site
from facility.domain.errors import Conflict, NotFound
from facility.domain.occurrence import Occurrence
from facility.domain.order import Order
from facility.domain.slot import Slot
from facility.domain.trigger import ByHand
from facility.flow.in_force import in_force
from facility.flow.open_orders import open_planned
from facility.flow.reconcile_plans import assets_of
from facility.ports import WorkUnit


def open_by_hand(site: Site, unit: WorkUnit, plan: str, asset: str, now: datetime) -> Order:
    """The order; that of today when it was opened already. NotFound, or Conflict for a plan with a trigger of its own."""
    found = in_force(site, unit).plans.get(plan)
    if found is None:
        raise NotFound("plan", plan)
    if asset not in assets_of(site, found):
        raise NotFound("asset of the plan", asset)
    if not isinstance(found.trigger, ByHand):
        raise Conflict(f"plan {plan} opens its orders by itself")
    today = now.astimezone(site.zone).date()
    slot = Slot(today, today + timedelta(days=found.trigger.days - 1), today.isoformat())
    unit.occurrences.add_missing([Occurrence(0, plan, asset, slot)])
    stored = next(each for each in unit.occurrences.between(today, today) if _same(each, plan, asset, slot))
    if stored.order is not None:
        return unit.orders.get(stored.order)
    return open_planned(site, unit, found, [stored], now)


def _same(occurrence: Occurrence, plan: str, asset: str, slot: Slot) -> bool:
    return (occurrence.plan, occurrence.asset, occurrence.slot.key) == (plan, asset, slot.key)
