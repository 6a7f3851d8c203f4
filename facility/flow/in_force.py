"""The plans in force: those of the site file, with what people switched off."""

from dataclasses import replace
from datetime import date, timedelta

from facility.domain.asset import Site
from facility.flow.reconcile_plans import assets_of
from facility.ports import WorkUnit


def in_force(site: Site, unit: WorkUnit) -> Site:
    """The site with its plans as people have switched them."""
    off = {plan: switch.off_from for plan, switch in unit.plan_switches.all().items() if switch.off_from is not None}
    if not off:
        return site
    plans = {id: replace(plan, off_from=off[id]) if id in off else plan for id, plan in site.plans.items()}
    return replace(site, plans=plans)


def switched(site: Site, plan: str, off_from: date | None) -> Site:
    """The site with one plan switched."""
    return replace(site, plans={**site.plans, plan: replace(site.plans[plan], off_from=off_from)})


def withdraw_off(site: Site, unit: WorkUnit, today: date) -> int:
    """Take back the foreseen slots of plans that are off then, also of those that follow from what happens; how many."""
    return sum(
        unit.occurrences.withdraw(plan.id, asset, max(today, plan.off_from - timedelta(days=1)))
        for plan in site.plans.values()
        if plan.off_from is not None
        for asset in assets_of(site, plan)
    )
