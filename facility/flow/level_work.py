"""Level work: slots of the coming month get their days; days that have become impossible are given anew."""

import logging
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import cache

from facility.domain.asset import Site
from facility.domain.crew import crew
from facility.domain.duty import DutyBook
from facility.domain.level import Capacity, Task, Workload, lacking, manned, open_days, place, spacing
from facility.domain.occurrence import Occurrence, OccurrenceState
from facility.domain.plan import Criticality, Plan
from facility.domain.skill import Skill
from facility.domain.slot import moment_of
from facility.flow.duty import duty_book
from facility.flow.open_orders import position_for
from facility.flow.reconcile_plans import is_planned
from facility.flow.skill_of import skill_of_plan
from facility.ports import WorkUnit

log = logging.getLogger(__name__)

NEXT_MONTH = timedelta(days=62)  # windows that begin within so long get their days: the team prints the month ahead
NOON = time(11, 0)  # who is on duty then is there for planned work of the day
MINUTES_A_PERSON = 360  # of a shift, for planned work
CRITICALITY = list(Criticality)


def level_work(site: Site, unit: WorkUnit, today: date, now: datetime) -> int:
    """How many slots got a day, another one, or another word on who can do it. A day is given anew when it is closed, off, or
    nobody who can do the work is on duty any more.
    """
    ledger = unit.occurrences
    placed = ledger.placed(today - NEXT_MONTH, today + 2 * NEXT_MONTH)
    book = duty_book(site, unit, now)
    load = Workload(capacity_of(site, book, now))
    latest: dict[tuple[str, str], date] = {}
    moved: list[Occurrence] = []
    given: list[Occurrence] = []
    for occurrence in placed:
        kept = _kept(site, book, occurrence, load, today)
        if kept is None:
            moved.append(occurrence)
            continue
        _count(site, book, kept, load, latest)
        if kept is not occurrence:
            given.append(kept)
    new = [each for each in ledger.unfinished(today + NEXT_MONTH) if each.day is None and is_planned(site, each)]
    for occurrence in sorted([*new, *moved], key=lambda each: _urgency(site, each)):
        plan = site.plans[occurrence.plan]
        before = latest.get((occurrence.plan, occurrence.asset))
        task = _task(site, book, plan, occurrence, before)
        day, placement = place(task, load, site.calendar, today)
        latest[occurrence.plan, occurrence.asset] = day
        if occurrence.day is not None:
            log.info(
                "%s of %s in %s: %s instead of %s", plan.id, occurrence.asset, occurrence.slot.key, day, occurrence.day
            )
        given.append(replace(occurrence, day=day, placement=placement))
    ledger.place(given)
    return len(given)


def _kept(site: Site, book: DutyBook, occurrence: Occurrence, load: Workload, today: date) -> Occurrence | None:
    """The occurrence that keeps its day, with what is true by now of who can do it; None: there are better days in its window."""
    day, slot, placement, lacks = occurrence.day, occurrence.slot, occurrence.placement, ""
    if day is None or day <= today or not _has_choice(site, book, occurrence):
        return occurrence
    area, (position, skill) = site.assets[occurrence.asset].area, _who(site, book, occurrence)
    if not (
        site.calendar.open(day, area) and load.capacity(position, day, skill) > 0
    ):  # else no need of the other days
        days = list(open_days(slot, site.calendar, today, area))
        if slot.first != slot.last_start and day not in (manned(load, position, skill, days) or days):
            return None
        lacks = lacking(load, position, skill, days)
    if placement is None or lacks == placement.lacks:
        return occurrence
    return replace(occurrence, placement=replace(placement, lacks=lacks))


def _has_choice(site: Site, book: DutyBook, occurrence: Occurrence) -> bool:
    """Not one whose order is open, that has gone, or whose only day anybody of the position can do."""
    if occurrence.state is not OccurrenceState.PLANNED or not is_planned(site, occurrence):
        return False
    slot, plan = occurrence.slot, site.plans[occurrence.plan]
    return slot.first != slot.last_start or skill_of_plan(book, plan) is not None or _lacked(occurrence)


def _lacked(occurrence: Occurrence) -> bool:
    return occurrence.placement is not None and bool(occurrence.placement.lacks)


def _who(site: Site, book: DutyBook, occurrence: Occurrence) -> tuple[str, Skill | None]:
    plan = site.plans[occurrence.plan]
    return position_for(plan, site.assets[occurrence.asset]), skill_of_plan(book, plan)


def _count(
    site: Site, book: DutyBook, occurrence: Occurrence, load: Workload, latest: dict[tuple[str, str], date]
) -> None:
    """An occurrence that keeps its day."""
    plan, asset = site.plans.get(occurrence.plan), site.assets.get(occurrence.asset)
    if plan is None or asset is None or occurrence.day is None:
        return
    if occurrence.state is not OccurrenceState.MERGED:
        load.add(position_for(plan, asset), occurrence.day, asset.area, plan.minutes, skill_of_plan(book, plan))
    latest[occurrence.plan, occurrence.asset] = occurrence.day


def _task(site: Site, book: DutyBook, plan: Plan, occurrence: Occurrence, before: date | None) -> Task:
    asset = site.assets[occurrence.asset]
    slot = occurrence.slot
    earliest = None if before is None else before + spacing(slot, plan.spacing)
    return Task(slot, position_for(plan, asset), asset.area, plan.minutes, earliest, skill_of_plan(book, plan))


def _urgency(site: Site, occurrence: Occurrence) -> tuple[object, ...]:
    """What ends first has the least choice, so it chooses first; then short windows, then what matters most."""
    plan, slot = site.plans[occurrence.plan], occurrence.slot
    window = slot.last - slot.first
    return slot.last, window, CRITICALITY.index(plan.criticality), plan.id, plan.assets.index(occurrence.asset)


def capacity_of(site: Site, book: DutyBook, now: datetime) -> Capacity:
    """Minutes for planned work that the people of a position have on a day, as the duties stand now."""

    @cache
    def capacity(position: str, day: date, skill: Skill | None) -> int:
        at = max(now, moment_of(day, NOON, site.zone))
        return MINUTES_A_PERSON * len(crew(site, book, position, skill, at)) if position else 0

    return capacity
