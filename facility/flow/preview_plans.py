"""Preview plans: what a changed site file would do to foreseen slots and open orders. Tried on the ledger itself, and taken back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from facility.domain.asset import Site
from facility.domain.occurrence import Occurrence
from facility.domain.order import Order
from facility.flow.level_work import level_work
from facility.flow.reconcile_plans import AHEAD, reconcile_plans
from facility.ports import Work, WorkUnit


@dataclass(frozen=True, slots=True)
class PlanPreview:
    """Foreseen slots that come, go, and get another day (from, to); open orders of plans that change or leave: they stay."""

    come: tuple[Occurrence, ...]
    go: tuple[Occurrence, ...]
    move: tuple[tuple[Occurrence, Occurrence], ...]
    orders: tuple[Order, ...]
    plans: tuple[str, ...]  # that are new, changed or gone


class _TakenBack(Exception):
    """Ends the transaction without keeping anything."""


def preview_plans(now_site: Site, next_site: Site, work: Work, now: datetime) -> PlanPreview:
    """The difference; nothing is kept. The estate must be the same one."""
    today = now.astimezone(next_site.zone).date()
    found: list[PlanPreview] = []
    try:
        with work.writing() as unit:
            reconcile_plans(now_site, unit, today)
            level_work(now_site, unit, today, now)
            before = _foreseen(unit, today)
            reconcile_plans(next_site, unit, today)
            level_work(next_site, unit, today, now)
            found.append(_difference(before, _foreseen(unit, today), _changed(now_site, next_site), unit))
            raise _TakenBack
    except _TakenBack:
        return found[0]


def _foreseen(unit: WorkUnit, today: date) -> Mapping[tuple[str, str, str], Occurrence]:
    horizon = today + AHEAD + timedelta(days=1)
    return {(each.plan, each.asset, each.slot.key): each for each in unit.occurrences.between(today, horizon)}


def _difference(
    before: Mapping[tuple[str, str, str], Occurrence],
    after: Mapping[tuple[str, str, str], Occurrence],
    changed: tuple[str, ...],
    unit: WorkUnit,
) -> PlanPreview:
    open_ones = (each.order for each in before.values() if each.order is not None and each.plan in changed)
    return PlanPreview(
        come=tuple(after[key] for key in after if key not in before),
        go=tuple(before[key] for key in before if key not in after),
        move=tuple((before[key], after[key]) for key in after if key in before and after[key].day != before[key].day),
        orders=tuple(unit.orders.get(order) for order in sorted(set(open_ones))),
        plans=changed,
    )


def _changed(now_site: Site, next_site: Site) -> tuple[str, ...]:
    """Plans whose slots, assets or work are not what they were."""
    names = sorted({*now_site.plans, *next_site.plans})
    return tuple(
        name
        for name in names
        if name not in now_site.plans or name not in next_site.plans or now_site.plans[name] != next_site.plans[name]
    )
