"""Change when a plan falls due, which position does it and how long it takes, or go back to the site file; with a reason, by a person."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from facility.domain.asset import Site
from facility.domain.errors import Conflict, NotFound, Unfit
from facility.domain.plan import Plan
from facility.domain.plan_change import PlanChange, Side, moves, timed
from facility.domain.when import CHOSEN, trigger_of_words, words_of_trigger
from facility.flow.in_force import in_force
from facility.flow.reconcile_plans import reconcile_plans
from facility.flow.written import words
from facility.ports import WorkUnit

FILED = "filed"  # `when`: as the site file says
MOST_MINUTES = 2400
MINUTES_LONG = 4  # digits


def wanted_plan(site: Site, unit: WorkUnit, plan: str, given: Mapping[str, str]) -> Plan:
    """The plan as somebody wants it: what is not given stays; `reset`: as the site file says. NotFound, Unfit."""
    if plan not in site.plans:
        raise NotFound("plan", plan)
    as_filed, present = site.plans[plan], in_force(site, unit).plans[plan]
    if given.get("reset"):
        return replace(as_filed, off_from=present.off_from)
    wanted = replace(present, by=_side(given, present), minutes=_minutes(given, present))
    when = given.get("when")
    if not when:
        return wanted
    if not moves(as_filed) and when != FILED:
        raise Unfit("when", "plan_not_by_calendar", "waits for something that happens: only the site file changes that")
    trigger = as_filed.trigger if when == FILED else trigger_of_words(given)
    if trigger == as_filed.trigger:
        return replace(as_filed, by=wanted.by, minutes=wanted.minutes, off_from=present.off_from)
    return wanted if trigger == present.trigger else timed(wanted, trigger_of_words(given))


def change_plan(
    site: Site, unit: WorkUnit, wanted: Plan, reason: str, version: int, person: int, now: datetime
) -> PlanChange:
    """The stored change. Unfit: no reason; Conflict: it stands so, or somebody was faster.

    Slots that have begun stay as they are, and open orders with whom they have; foreseen slots go, and those of the changed plan come.
    """
    why = words("reason", reason)
    as_filed, present = site.plans[wanted.id], in_force(site, unit).plans[wanted.id]
    if wanted == present:
        raise Conflict(f"plan {wanted.id} stands so already")
    trigger = wanted.trigger if isinstance(wanted.trigger, CHOSEN) and wanted.trigger != as_filed.trigger else None
    stored = unit.plan_changes.put(
        PlanChange(
            wanted.id,
            trigger,
            Side(wanted.by) if wanted.by != as_filed.by else None,
            wanted.minutes if wanted.minutes != as_filed.minutes else None,
            why,
            person,
            now,
            version,
        )
    )
    reconcile_plans(in_force(site, unit), unit, now.astimezone(site.zone).date())
    detail = {"reason": why, "from": said(present), "to": said(wanted)}
    unit.audit.note(now, person, "plan.changed" if stored.changes else "plan.as_filed", f"plan:{wanted.id}", detail)
    return stored


def said(plan: Plan) -> str:
    """What can be changed of a plan, in the words in which it is given."""
    chosen = " ".join(f"{name}={value}" for name, value in words_of_trigger(plan.trigger).items())
    return " ".join(part for part in (chosen, f"by={plan.by}", f"minutes={plan.minutes}") if part)


def _side(given: Mapping[str, str], present: Plan) -> str:
    text = given.get("by") or present.by
    if text not in list(Side):
        raise Unfit("by", "plan_side", f"{text[:40]!r} is none of {', '.join(Side)}")
    return text


def _minutes(given: Mapping[str, str], present: Plan) -> int:
    text = given.get("minutes", "").strip() or str(present.minutes)
    if not (text.isascii() and text.isdecimal() and len(text) <= MINUTES_LONG and 0 < int(text) <= MOST_MINUTES):
        what = f"{text[:40]!r} is no number of minutes from 1 to {MOST_MINUTES}"
        raise Unfit("minutes", "plan_minutes", what, most=MOST_MINUTES)
    return int(text)
