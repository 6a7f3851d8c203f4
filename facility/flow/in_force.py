"""The plans in force: those of the site file, with what people switched off and what they changed."""

from dataclasses import replace
from datetime import date, timedelta

from facility.domain.asset import Site
from facility.domain.plan import Plan
from facility.flow.reconcile_plans import assets_of
from facility.ports import WorkUnit


def in_force(site: Site, unit: WorkUnit) -> Site:
    """The site with its plans as people have switched and changed them."""
    off = {plan: switch.off_from for plan, switch in unit.plan_switches.all().items() if switch.off_from is not None}
    changes = {plan: change for plan, change in unit.plan_changes.all().items() if change.changes}
    if not off and not changes:
        return site

    def stands(plan: Plan) -> Plan:
        changed = changes[plan.id].upon(plan) if plan.id in changes else plan
        return replace(changed, off_from=off[plan.id]) if plan.id in off else changed

    return replace(site, plans={id: stands(plan) for id, plan in site.plans.items()})


def switched(site: Site, plan: str, off_from: date | None) -> Site:
    """The site with one plan switched."""
    return with_plan(site, replace(site.plans[plan], off_from=off_from))


def with_plan(site: Site, plan: Plan) -> Site:
    """The site with one plan in the place of that of its name."""
    return replace(site, plans={**site.plans, plan.id: plan})


def withdraw_off(site: Site, unit: WorkUnit, today: date) -> int:
    """Take back the foreseen slots of plans that are off then, also of those that follow from what happens; how many."""
    return sum(
        unit.occurrences.withdraw(plan.id, asset, max(today, plan.off_from - timedelta(days=1)))
        for plan in site.plans.values()
        if plan.off_from is not None
        for asset in assets_of(site, plan)
    )
