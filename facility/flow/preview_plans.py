"""Preview plans: what a changed site file would do to foreseen slots and open orders. Tried on the ledger itself, and taken back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from facility.domain.asset import Site
from facility.domain.occurrence import Occurrence
from facility.domain.order import Order
from facility.domain.plan import Plan
from facility.flow.in_force import in_force, switched, with_plan, withdraw_off
from facility.flow.level_work import level_work
from facility.flow.reconcile_plans import AHEAD, PORTION, reconcile_plans
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
    """The difference; nothing is kept. The estate must be the same one. What people switched off is off in both."""
    return _tried(work, lambda unit: (in_force(now_site, unit), in_force(next_site, unit)), now)


def preview_switch(site: Site, work: Work, plan: str, off_from: date | None, now: datetime) -> PlanPreview:
    """What switching a plan off from a day, or on (None), would do; nothing is kept."""

    def sites(unit: WorkUnit) -> tuple[Site, Site]:
        present = in_force(site, unit)
        return present, switched(present, plan, off_from)

    return _tried(work, sites, now)


def preview_change(site: Site, work: Work, wanted: Plan, now: datetime) -> PlanPreview:
    """What changing a plan to how it is wanted would do; nothing is kept."""

    def sites(unit: WorkUnit) -> tuple[Site, Site]:
        present = in_force(site, unit)
        return present, with_plan(present, wanted)

    return _tried(work, sites, now)


def _tried(work: Work, sites: Callable[[WorkUnit], tuple[Site, Site]], now: datetime) -> PlanPreview:
    found: list[PlanPreview] = []
    try:
        with work.writing() as unit:
            now_site, next_site = sites(unit)
            today = now.astimezone(next_site.zone).date()
            reconcile_plans(now_site, unit, today)
            level_work(now_site, unit, today, now)
            before = _foreseen(unit, today)
            reconcile_plans(next_site, unit, today)
            withdraw_off(next_site, unit, today)
            level_work(next_site, unit, today, now)
            after = _foreseen(unit, today)
            found.append(_difference(before, after, _changed(now_site, next_site), unit, today + AHEAD))
            raise _TakenBack
    except _TakenBack:
        return found[0]


def _foreseen(unit: WorkUnit, today: date) -> Mapping[tuple[str, str, str], Occurrence]:
    horizon = today + AHEAD + PORTION  # as far as the ledger may be filled
    return {(each.plan, each.asset, each.slot.key): each for each in unit.occurrences.between(today, horizon)}


def _difference(
    before: Mapping[tuple[str, str, str], Occurrence],
    after: Mapping[tuple[str, str, str], Occurrence],
    changed: tuple[str, ...],
    unit: WorkUnit,
    until: date,
) -> PlanPreview:
    """What comes is told `until` the day to which the ledger is always filled: beyond, new slots are no difference."""
    open_ones = (each.order for each in before.values() if each.order is not None and each.plan in changed)
    return PlanPreview(
        come=tuple(each for key, each in after.items() if key not in before and each.slot.first <= until),
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
