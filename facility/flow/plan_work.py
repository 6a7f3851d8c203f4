"""Plan work: keep the ledger of occurrences complete, open the orders whose window began, count what was missed."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from facility.domain.asset import Site
from facility.domain.occurrence import Occurrence, OccurrenceState
from facility.domain.order import AWAITS_CHECK
from facility.domain.plan import Plan, slots
from facility.failpoint import failpoint
from facility.flow.open_orders import open_planned
from facility.ports import WorkUnit

log = logging.getLogger(__name__)

AHEAD = timedelta(days=62)  # so far the ledger looks ahead: next month's plan is always there
BACK = timedelta(days=400)  # so long a stop of the program is bridged without losing a slot


@dataclass(frozen=True, slots=True)
class Planned:
    """What one run did."""

    added: int = 0
    opened: int = 0
    missed: int = 0


def plan_work(site: Site, unit: WorkUnit, now: datetime) -> Planned:
    """Reconcile the ledger with the plans; running it twice changes nothing the second time."""
    today = now.astimezone(site.zone).date()
    added = unit.occurrences.add_missing(_wanted(site, unit, today))
    missed = _count_missed(site, unit, today)
    opened = _open_begun(site, unit, today, now)
    failpoint("plan.before_commit")
    return Planned(added, opened, missed)


def _wanted(site: Site, unit: WorkUnit, today: date) -> Iterator[Occurrence]:
    """Every slot since the ledger of (plan, asset) began; for a new one, from today's slot on."""
    began: dict[tuple[str, str], date] = {}
    for known in unit.occurrences.between(today - BACK, today):
        key = (known.plan, known.asset)
        began[key] = min(began.get(key, known.first), known.first)
    for plan in site.plans.values():
        for asset in _assets(site, plan):
            since = began.get((plan.id, asset), today)
            for slot in slots(plan, since, today + AHEAD):
                yield Occurrence(0, plan.id, asset, slot.key, slot.first, slot.last)


def _count_missed(site: Site, unit: WorkUnit, today: date) -> int:
    """Windows that ended without the work; what waits only for its check was done in time.

    A slot that was never opened and is planned no more (plan or asset gone from the site file) is excused, not missed.
    """
    missed = 0
    for occurrence in unit.occurrences.unfinished_before(today):
        if occurrence.order is not None and unit.orders.get(occurrence.order).state in AWAITS_CHECK:
            continue
        gone = occurrence.state is OccurrenceState.PLANNED and not _planned(site, occurrence)
        state = OccurrenceState.EXCUSED if gone else OccurrenceState.MISSED
        unit.occurrences.change(replace(occurrence, state=state))
        log.warning("%s: %s of %s in %s", state, occurrence.plan, occurrence.asset, occurrence.slot)
        missed += not gone
    return missed


def _open_begun(site: Site, unit: WorkUnit, today: date, now: datetime) -> int:
    begun = [
        occurrence
        for occurrence in unit.occurrences.between(today, today)
        if occurrence.state is OccurrenceState.PLANNED and _planned(site, occurrence)
    ]
    for occurrence in begun:
        open_planned(site, unit, site.plans[occurrence.plan], occurrence, now)
    return len(begun)


def _planned(site: Site, occurrence: Occurrence) -> bool:
    plan = site.plans.get(occurrence.plan)
    return plan is not None and occurrence.asset in _assets(site, plan)


def _assets(site: Site, plan: Plan) -> list[str]:
    return [asset for asset in plan.assets if asset in site.assets and not site.assets[asset].retired]
