"""Level work: slots of the coming month get their days; days that have become impossible are given anew."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import cache

from facility.domain.asset import Site
from facility.domain.duty import on_duty
from facility.domain.level import Task, Workload, place, spacing
from facility.domain.occurrence import Occurrence, OccurrenceState
from facility.domain.plan import Criticality, Plan
from facility.domain.slot import moment_of
from facility.flow.duty import duty_book
from facility.flow.open_orders import position_for
from facility.flow.reconcile_plans import is_planned
from facility.ports import WorkUnit

log = logging.getLogger(__name__)

NEXT_MONTH = timedelta(days=62)  # windows that begin within so long get their days: the team prints the month ahead
NOON = time(11, 0)  # who is on duty then is there for planned work of the day
MINUTES_A_PERSON = 360  # of a shift, for planned work
CRITICALITY = list(Criticality)


def level_work(site: Site, unit: WorkUnit, today: date, now: datetime) -> int:
    """How many slots got a day, or another one. A day is given anew when it is closed, off, or nobody is on duty any more."""
    ledger = unit.occurrences
    placed = ledger.placed(today - NEXT_MONTH, today + 2 * NEXT_MONTH)
    load = Workload(capacity_of(site, unit, now))
    latest: dict[tuple[str, str], date] = {}
    moved: list[Occurrence] = []
    for occurrence in placed:
        if _impossible(site, occurrence, load, today):
            moved.append(occurrence)
            continue
        _count(site, occurrence, load, latest)
    new = [each for each in ledger.unfinished(today + NEXT_MONTH) if each.day is None and is_planned(site, each)]
    given: list[Occurrence] = []
    for occurrence in sorted([*new, *moved], key=lambda each: _urgency(site, each)):
        plan = site.plans[occurrence.plan]
        before = latest.get((occurrence.plan, occurrence.asset))
        task = _task(site, plan, occurrence, before)
        day, placement = place(task, load, site.calendar, today)
        latest[occurrence.plan, occurrence.asset] = day
        if occurrence.day is not None:
            log.info(
                "%s of %s in %s: %s instead of %s", plan.id, occurrence.asset, occurrence.slot.key, day, occurrence.day
            )
        given.append(replace(occurrence, day=day, placement=placement))
    ledger.place(given)
    return len(given)


def _impossible(site: Site, occurrence: Occurrence, load: Workload, today: date) -> bool:
    """Its day can be given anew, and should be: there are better ones in the window."""
    day, slot = occurrence.day, occurrence.slot
    if day is None or day <= today or slot.first == slot.last_start or occurrence.state is not OccurrenceState.PLANNED:
        return False
    if not is_planned(site, occurrence):
        return False
    asset = site.assets[occurrence.asset]
    days = list(site.calendar.open_days(max(slot.first, today), slot.last_start, asset.area))
    if day not in days:
        return True
    position = position_for(site.plans[occurrence.plan], asset)
    return load.capacity(position, day) == 0 and any(load.capacity(position, other) > 0 for other in days)


def _count(site: Site, occurrence: Occurrence, load: Workload, latest: dict[tuple[str, str], date]) -> None:
    """An occurrence that keeps its day."""
    plan, asset = site.plans.get(occurrence.plan), site.assets.get(occurrence.asset)
    if plan is None or asset is None or occurrence.day is None:
        return
    if occurrence.state is not OccurrenceState.MERGED:
        load.add(position_for(plan, asset), occurrence.day, asset.area, plan.minutes)
    latest[occurrence.plan, occurrence.asset] = occurrence.day


def _task(site: Site, plan: Plan, occurrence: Occurrence, before: date | None) -> Task:
    asset = site.assets[occurrence.asset]
    slot = occurrence.slot
    earliest = None if before is None else before + spacing(slot, plan.spacing)
    return Task(slot, position_for(plan, asset), asset.area, plan.minutes, earliest)


def _urgency(site: Site, occurrence: Occurrence) -> tuple[object, ...]:
    """What ends first has the least choice, so it chooses first; then short windows, then what matters most."""
    plan, slot = site.plans[occurrence.plan], occurrence.slot
    window = slot.last - slot.first
    return slot.last, window, CRITICALITY.index(plan.criticality), plan.id, plan.assets.index(occurrence.asset)


def capacity_of(site: Site, unit: WorkUnit, now: datetime) -> Callable[[str, date], int]:
    """Minutes for planned work that the people of a position have on a day, as the duties stand now."""
    book = duty_book(site, unit, now)

    @cache
    def capacity(position: str, day: date) -> int:
        people = on_duty(book, position, max(now, moment_of(day, NOON, site.zone))).people if position else ()
        return MINUTES_A_PERSON * len(people)

    return capacity
