"""Reconcile plans: every slot of every plan stands in the ledger, once, as far ahead as is looked; twice changes nothing.

A slot whose window has begun is a fact and ends accounted for. One that has not is only foreseen: when its plan is changed or
leaves, it goes, and the changed plan's slots come.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256

from facility.domain.asset import Site
from facility.domain.expand import expand
from facility.domain.occurrence import Expansion, Occurrence
from facility.domain.plan import Plan
from facility.domain.slot import Slot
from facility.domain.trigger import EXPANDABLE
from facility.domain.workdays import WorkingCalendar
from facility.ports import WorkUnit

AHEAD = timedelta(
    days=92
)  # so far the ledger looks ahead at least: next month's work is always there, and the next quarter
PORTION = timedelta(days=31)  # so much further it is filled each time


@dataclass(frozen=True, slots=True)
class Reconciled:
    """How many slots came, and how many foreseen ones went."""

    added: int = 0
    withdrawn: int = 0


@dataclass(slots=True)
class _Run:
    """What one run finds out. `slots`: what falls due alike is expanded once."""

    site: Site
    today: date
    horizon: date
    slots: dict[tuple[object, ...], list[Slot]] = field(default_factory=dict)
    missing: list[tuple[Plan, str, date]] = field(default_factory=list)
    changed: list[tuple[str, str]] = field(default_factory=list)
    expansions: list[Expansion] = field(default_factory=list)

    def groups(self) -> Iterator[tuple[str, str, list[Slot]]]:
        """All that must be there: plan, asset, slots."""
        for plan, asset, since in self.missing:
            yield plan.id, asset, self._slots(plan, since)

    def _slots(self, plan: Plan, since: date) -> list[Slot]:
        key = (plan.trigger, plan.start, since, plan.workdays_only, plan.off_from)
        found = self.slots.get(key)
        if found is None:
            assert isinstance(plan.trigger, EXPANDABLE)
            found = list(expand(plan.trigger, plan.start, since, self.horizon))
            if plan.workdays_only:
                found = [slot for slot in found if self.site.calendar.works(slot.first)]
            if plan.off_from is not None:
                found = [slot for slot in found if slot.first < plan.off_from]
            self.slots[key] = found
        return found


def reconcile_plans(site: Site, unit: WorkUnit, today: date, ahead: timedelta = AHEAD) -> Reconciled:
    """Fill the ledger up to `today + ahead`, from where it ended: however long the program was down, no slot is lost.

    A new plan, or one that was changed, begins with the slots that touch today.
    """
    known = dict(unit.occurrences.expansions())
    run = _Run(site, today, today + ahead + PORTION)
    for plan in site.plans.values():
        if isinstance(plan.trigger, EXPANDABLE):
            _compare(run, plan, known, today + ahead)
    withdrawn = sum(unit.occurrences.withdraw(*place, today) for place in [*run.changed, *known])
    for place in known:
        unit.occurrences.forget(*place)
    added = unit.occurrences.add_slots(run.groups()) if run.missing else 0
    unit.occurrences.expanded(run.expansions)
    return Reconciled(added, withdrawn)


def _compare(run: _Run, plan: Plan, known: dict[tuple[str, str], Expansion], needed: date) -> None:
    """What the ledger lacks of a plan; what it has is taken out of `known`."""
    trigger = digest_of(plan, run.site.calendar)
    for asset in assets_of(run.site, plan):
        before = known.pop((plan.id, asset), None)
        same = before is not None and before.trigger == trigger
        if same and before is not None and before.until >= needed:
            continue
        since = before.until + timedelta(days=1) if same and before is not None else run.today
        if before is not None and not same:
            run.changed.append((plan.id, asset))
        run.missing.append((plan, asset, since))
        run.expansions.append(Expansion(plan.id, asset, trigger, run.horizon))


def digest_of(plan: Plan, calendar: WorkingCalendar) -> str:
    """Names what the plan's slots follow from."""
    days = f"{max(calendar.published, default=None)} {sorted(calendar.own.items())}" if plan.workdays_only else ""
    off = f" off {plan.off_from}" if plan.off_from else ""
    return sha256(f"{plan.trigger!r} {plan.start} {days}{off}".encode()).hexdigest()[:16]


def assets_of(site: Site, plan: Plan) -> list[str]:
    """The plan's assets that are in use."""
    return [asset for asset in plan.assets if _in_use(site, asset)]


def is_planned(site: Site, occurrence: Occurrence) -> bool:
    """The site still plans this."""
    plan = site.plans.get(occurrence.plan)
    return plan is not None and _in_use(site, occurrence.asset) and occurrence.asset in plan.assets


def _in_use(site: Site, asset: str) -> bool:
    return asset in site.assets and not site.assets[asset].retired
