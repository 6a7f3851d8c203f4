"""The figures for which the centre answers: one table. A new figure is a function and a row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from facility.domain.asset import Site
from facility.domain.errors import NotFound
from facility.domain.figure import Behind, Case, Figure, Period
from facility.flow import figures_of_equipment as equipment
from facility.flow import figures_of_requests as requests
from facility.flow import figures_of_work as work
from facility.ports import WorkUnit

Count = Callable[[Site, WorkUnit, Period, datetime], Sequence[Case]]


@dataclass(frozen=True, slots=True)
class Spec:
    """A figure: its name (words: `pages.kpi.<id>`), the least share that is wanted, and what it counts."""

    id: str
    target: float | None
    count: Count


def told_level_1(site: Site, unit: WorkUnit, period: Period, now: datetime) -> Sequence[Case]:
    """Alerts of level 1 that were raised in the period: somebody was told within five minutes of the onset."""
    return _told(site, unit, period, 1)


def told_level_2(site: Site, unit: WorkUnit, period: Period, now: datetime) -> Sequence[Case]:
    """The same of level 2 within ten minutes."""
    return _told(site, unit, period, 2)


def without_incident(site: Site, unit: WorkUnit, period: Period, now: datetime) -> Sequence[Case]:
    """Days of the period without a safety incident, up to today."""
    since, until = equipment.span(site, unit, period, now)
    bad = {
        one.alert.onset.astimezone(site.zone).date()
        for one in unit.alert_records.raised(since, until)
        if one.alert.kind == "safety_incident" and one.alert.drill is None
    }
    days = [day for day in _days(period) if since < day.until(site.zone) and day.since(site.zone) < until]
    return [
        Case(Behind.ALERT, day.first.isoformat(), float(day.first not in bad), day.since(site.zone)) for day in days
    ]


FIGURES = (
    Spec("repair_timeliness", 0.95, work.repair_timeliness),
    Spec("equipment_by_count", 0.95, equipment.equipment_by_count),
    Spec("equipment_by_time", 0.95, equipment.equipment_by_time),
    Spec("complaints_in_time", 1.0, requests.complaints_in_time),
    Spec("followed_up", 1.0, requests.followed_up),
    Spec("content", 0.95, requests.content),
    Spec("content_with_repairs", 0.95, requests.content_with_repairs),
    Spec("plan_compliance", None, work.plan_compliance),
    Spec("buildings_in_order", 0.98, equipment.buildings_in_order),
    Spec("resolved_at_the_desk", None, requests.resolved_at_the_desk),
    Spec("told_level_1", 1.0, told_level_1),
    Spec("told_level_2", 1.0, told_level_2),
    Spec("without_incident", 1.0, without_incident),
    Spec("first_visit", None, requests.first_visit),
    Spec("assigned_next_day", 1.0, work.assigned_next_day),
    Spec("completed_in_five_days", 1.0, work.completed_in_five_days),
    Spec("checks_passed", None, work.checks_passed),
    Spec("spot_checks_passed", None, work.spot_checks_passed),
)


def figures(site: Site, unit: WorkUnit, period: Period, now: datetime) -> list[Figure]:
    """All of them, in their order."""
    return [counted(site, unit, spec, period, now) for spec in FIGURES]


def counted(site: Site, unit: WorkUnit, spec: Spec, period: Period, now: datetime) -> Figure:
    """One of them."""
    return Figure(spec.id, spec.target, tuple(spec.count(site, unit, period, now)))


def spec_of(id: str) -> Spec:
    """By name; NotFound."""
    found = next((spec for spec in FIGURES if spec.id == id), None)
    if found is None:
        raise NotFound("figure", id)
    return found


def _told(site: Site, unit: WorkUnit, period: Period, level: int) -> Sequence[Case]:
    raised = unit.alert_records.raised(period.since(site.zone), period.until(site.zone))
    return [
        Case(
            Behind.ALERT,
            str(one.alert.id),
            float(one.met_at is not None and one.met_at <= one.due_at),
            one.alert.raised_at,
        )
        for one in raised
        if one.alert.level == level and one.alert.drill is None and (one.met_at or one.missed_at)
    ]


def _days(period: Period) -> list[Period]:
    return [Period(day, day) for day in period.days]
