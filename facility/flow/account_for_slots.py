"""Account for slots: a window that is over ends as done, merged, excused or missed; missed stays counted."""

import logging
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime

from facility.domain.asset import Site
from facility.domain.errors import NotFound
from facility.domain.occurrence import Occurrence, OccurrenceState, Reason
from facility.domain.plan import CatchUp
from facility.flow.credit import ends_at, reopened
from facility.flow.reconcile_plans import is_planned
from facility.ports import WorkUnit

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Accounted:
    """Windows that ended without the work; excused ones; smaller services that need an order of their own after all.

    `unseen`: missed ones for which no order had ever been opened, because the program was down.
    """

    missed: tuple[Occurrence, ...] = ()
    excused: int = 0
    reopened: int = 0

    @property
    def unseen(self) -> tuple[Occurrence, ...]:
        """Missed because we were not running."""
        return tuple(each for each in self.missed if each.reason == Reason.NOT_RUNNING)


def account_for_slots(site: Site, unit: WorkUnit, today: date, now: datetime) -> Accounted:
    """What was finished inside its window and waits only for its checks was done in time."""
    missed: list[Occurrence] = []
    excused = again = 0
    for found in unit.occurrences.unfinished(today):
        occurrence = found
        if found.state is OccurrenceState.MERGED:
            occurrence, came_back = _judge_merged(unit, found, today)
            again += came_back
        if occurrence.state is OccurrenceState.MERGED or ends_at(site, occurrence.slot) > now:
            continue
        ended = _judge(site, occurrence)
        if ended is None:
            continue
        unit.occurrences.change(ended)
        if ended.reason != Reason.NOT_RUNNING:
            log.warning("%s: %s of %s in %s (%s)", ended.state, ended.plan, ended.asset, ended.slot.key, ended.reason)
        if ended.state is OccurrenceState.MISSED:
            missed.append(ended)
        else:
            excused += 1
    accounted = Accounted(tuple(missed), excused, again)
    for plan, count in sorted(Counter(each.plan for each in accounted.unseen).items()):
        log.warning("missed: %d slots of %s passed while the program was down", count, plan)
    return accounted


def make_up(site: Site, accounted: Accounted) -> list[Occurrence]:
    """Of what passed while the program was down: the last slot of each asset whose plan wants it made up for."""
    last: dict[tuple[str, str], Occurrence] = {}
    for each in accounted.unseen:
        plan = site.plans.get(each.plan)
        if plan is not None and plan.catch_up is CatchUp.LAST and is_planned(site, each):
            last[each.plan, each.asset] = max(each, last.get((each.plan, each.asset), each), key=lambda one: one.slot)
    return list(last.values())


def _judge(site: Site, occurrence: Occurrence) -> Occurrence | None:
    """How a window that is over ended; None: done in time, only its checks are missing."""
    if occurrence.state is OccurrenceState.OPEN:
        if occurrence.finished_at is not None:
            return None
        return replace(occurrence, state=OccurrenceState.MISSED, reason=Reason.NOT_FINISHED)
    if not is_planned(site, occurrence):
        return replace(occurrence, state=OccurrenceState.EXCUSED, reason=Reason.NOT_PLANNED)
    return replace(occurrence, state=OccurrenceState.MISSED, reason=occurrence.reason or Reason.NOT_RUNNING)


def _judge_merged(unit: WorkUnit, smaller: Occurrence, today: date) -> tuple[Occurrence, bool]:
    """A smaller service whose larger order is not finished gets its own order on the last day of its window, or at once
    when the larger one will not do it any more.
    """
    if _still_does_it(unit, smaller) and today < smaller.slot.last:
        return smaller, False
    again = replace(reopened(smaller), reason=Reason.NOT_TAKEN_IN)
    unit.occurrences.change(again)
    log.warning("%s of %s in %s: the larger order did not do it", again.plan, again.asset, again.slot.key)
    return again, True


def _still_does_it(unit: WorkUnit, smaller: Occurrence) -> bool:
    try:
        larger = unit.occurrences.get(smaller.into or 0)
    except NotFound:
        return False
    if larger.state is OccurrenceState.PLANNED:
        return larger.day is not None and larger.day <= smaller.slot.last
    return larger.state is OccurrenceState.OPEN and larger.finished_at is None
