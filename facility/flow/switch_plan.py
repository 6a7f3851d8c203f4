"""Switch a plan off from a day, or on again: with a reason, by a person; its foreseen slots go, begun ones are excused by name."""

from dataclasses import replace
from datetime import date, datetime

from facility.domain.asset import Site
from facility.domain.errors import Conflict, NotFound, Unfit
from facility.domain.occurrence import Occurrence, OccurrenceState
from facility.domain.plan_switch import PlanSwitch
from facility.flow.in_force import in_force, withdraw_off
from facility.flow.reconcile_plans import reconcile_plans
from facility.flow.written import words
from facility.ports import WorkUnit


def switch_plan(
    site: Site, unit: WorkUnit, plan: str, off_from: date | None, reason: str, version: int, person: int, now: datetime
) -> PlanSwitch:
    """The stored switch. NotFound; Unfit: no reason, or a day that is over; Conflict: it stands so, or somebody was faster.

    An order that is open stays: whoever wants it gone cancels it, with a reason of its own.
    """
    today = now.astimezone(site.zone).date()
    if plan not in site.plans:
        raise NotFound("plan", plan)
    why = words("reason", reason)
    if off_from is not None and off_from < today:
        raise Unfit("off_from", "day_over", f"{off_from} is over", day=str(off_from))
    known = unit.plan_switches.all().get(plan)
    if (known.off_from if known else None) == off_from:
        raise Conflict(f"plan {plan} is {'on' if off_from is None else f'off from {off_from}'} already")
    stored = unit.plan_switches.put(PlanSwitch(plan, off_from, why, person, now, version))
    excused = [_excuse(unit, each, person, why) for each in begun(unit, plan, off_from, today)]
    present = in_force(site, unit)
    reconcile_plans(present, unit, today)
    withdraw_off(present, unit, today)
    detail = {"off_from": str(off_from or ""), "reason": why, "excused": [each.slot.key for each in excused]}
    unit.audit.note(
        now, person, "plan.switched_on" if off_from is None else "plan.switched_off", f"plan:{plan}", detail
    )
    return stored


def begun(unit: WorkUnit, plan: str, off_from: date | None, today: date) -> list[Occurrence]:
    """Slots that have begun without an order, when the plan is off from today."""
    if off_from is None or off_from > today:
        return []
    return [
        each
        for each in unit.occurrences.between(today, today)
        if each.plan == plan and each.state is OccurrenceState.PLANNED and each.order is None
    ]


def _excuse(unit: WorkUnit, each: Occurrence, person: int, why: str) -> Occurrence:
    excused = replace(each, state=OccurrenceState.EXCUSED, ended_by=person, reason=why)
    unit.occurrences.change(excused)
    return excused
