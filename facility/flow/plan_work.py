"""Plan work: keep the ledger complete, give slots their days, account for what is over, open the orders that are near."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby

from facility.domain.asset import Site
from facility.domain.occurrence import Occurrence, OccurrenceState, Reason
from facility.domain.plan import NESTING, takes_in
from facility.failpoint import failpoint
from facility.flow.account_for_slots import account_for_slots, make_up
from facility.flow.credit import begins_at
from facility.flow.duty import duty_book
from facility.flow.foresee_slots import foresee_slots
from facility.flow.in_force import in_force
from facility.flow.level_work import level_work
from facility.flow.open_orders import open_planned
from facility.flow.reconcile_plans import is_planned, reconcile_plans
from facility.flow.skill_of import skill_of_plan
from facility.flow.vacant_homes import vacant_homes
from facility.ports import WorkUnit

NOTICE = timedelta(days=3)  # so long before its day an order is opened, inside its window
AT_ONCE = timedelta(days=7)  # windows that are no longer are open from their first day


@dataclass(frozen=True, slots=True)
class Planned:
    """What one run did."""

    added: int = 0
    withdrawn: int = 0
    placed: int = 0
    opened: int = 0
    merged: int = 0
    missed: int = 0
    excused: int = 0
    reopened: int = 0

    def __bool__(self) -> bool:
        """Something was done: worth a line in the log."""
        return self != Planned()


def plan_work(site: Site, unit: WorkUnit, now: datetime) -> Planned:
    """Running it twice changes nothing the second time."""
    site = in_force(site, unit)
    today = now.astimezone(site.zone).date()
    ledger = reconcile_plans(site, unit, today)
    foreseen = foresee_slots(site, unit, today, now)
    accounted = account_for_slots(site, unit, today, now)
    placed = level_work(site, unit, today, now)
    near = _near(site, unit, today)
    merged = _take_in(site, unit, today, near, now)
    begun = [each for each in near if each.id not in merged and begins_at(site, each.slot) <= now]
    opened = _open(site, unit, begun, now) + _open(site, unit, make_up(site, accounted), now)
    failpoint("plan.before_commit")
    missed = len(accounted.missed)
    return Planned(
        ledger.added + foreseen,
        ledger.withdrawn,
        placed,
        opened,
        len(merged),
        missed,
        accounted.excused,
        accounted.reopened,
    )


def _take_in(site: Site, unit: WorkUnit, today: date, near: list[Occurrence], now: datetime) -> set[int]:
    """Smaller services whose window holds the day of a larger one of the same asset are done by its order: their numbers.

    Not those that ask for a skill which the larger one does not ask for.
    """
    wanted = [each for each in near if not site.plans[each.plan].round and not each.reason]
    if not wanted:
        return set()
    last = max(each.slot.last for each in wanted)
    larger: dict[str, list[Occurrence]] = {}
    for each in unit.occurrences.placed(today, last):
        waits = each.state is OccurrenceState.PLANNED or (
            each.state is OccurrenceState.OPEN and each.finished_at is None
        )
        if waits and is_planned(site, each) and site.plans[each.plan].cadence in NESTING[1:]:
            larger.setdefault(each.asset, []).append(each)
    book = duty_book(site, unit, now)
    merged: set[int] = set()
    for smaller in wanted:
        skill = skill_of_plan(book, site.plans[smaller.plan])
        able = [each for each in larger.get(smaller.asset, ()) if skill in (None, site.plans[each.plan].skill)]
        into = _larger_for(site, smaller, able)
        if into is not None:
            unit.occurrences.change(replace(smaller, state=OccurrenceState.MERGED, into=into.id))
            merged.add(smaller.id)
    return merged


def _larger_for(site: Site, smaller: Occurrence, candidates: Iterable[Occurrence]) -> Occurrence | None:
    """The largest service of the asset whose day lies in this window."""
    plan = site.plans[smaller.plan]
    found = [
        each
        for each in candidates
        if takes_in(site.plans[each.plan], plan)
        and each.day is not None
        and smaller.slot.first <= each.day <= smaller.slot.last
    ]
    return max(found, key=lambda each: (NESTING.index(site.plans[each.plan].cadence), each.id), default=None)


def _open(site: Site, unit: WorkUnit, wanted: Iterable[Occurrence], now: datetime) -> int:
    """One order each, or one for all of a round's slot; how many."""
    opened = 0
    for (plan_id, _), same in groupby(sorted(wanted, key=_by_slot), key=_by_slot):
        plan = site.plans[plan_id]
        occurrences = sorted(same, key=lambda each: plan.assets.index(each.asset))
        for group in [occurrences] if plan.round else [[each] for each in occurrences]:
            if plan.vacant_homes and not vacant_homes(site, unit, plan, group[0].asset):
                unit.occurrences.change(_nothing_to_visit(group[0]))
                continue
            open_planned(site, unit, plan, group, now)
            opened += 1
    return opened


def _nothing_to_visit(slot: Occurrence) -> Occurrence:
    """One that was missed stays so: there may have been vacant homes then."""
    if slot.state is OccurrenceState.MISSED:
        return slot
    return replace(slot, state=OccurrenceState.EXCUSED, reason=Reason.NO_VACANT_HOME)


def _by_slot(occurrence: Occurrence) -> tuple[str, str]:
    return occurrence.plan, occurrence.slot.key


def _near(site: Site, unit: WorkUnit, today: date) -> list[Occurrence]:
    """Slots whose day is near and whose order is not open yet."""
    return [
        each
        for each in unit.occurrences.unfinished(today)
        if each.state is OccurrenceState.PLANNED
        and each.day is not None
        and (each.day <= today + NOTICE or each.slot.last - each.slot.first < AT_ONCE)
        and today <= each.slot.last
        and is_planned(site, each)
    ]
