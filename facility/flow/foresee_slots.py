"""Foresee slots that follow from what happens: the last completion, use, an alert, a certificate. One at a time a plan and asset.

Twice changes nothing: each slot has a key of its own, and no next one is made while the last is unfinished.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from facility.domain.asset import Site
from facility.domain.caused import after_alert, after_completion, before_expiry, is_used_up, of_days
from facility.domain.occurrence import Occurrence, OccurrenceState
from facility.domain.plan import Plan
from facility.domain.slot import Slot
from facility.domain.trigger import AfterCompletion, Expiry, OnAlert, Use
from facility.flow.certificates import certificates
from facility.flow.reconcile_plans import assets_of
from facility.ports import AlertFilter, WorkUnit

AHEAD = timedelta(days=92)  # so long before its first day a slot after a completion stands in the ledger
ALERTS = timedelta(days=7)  # alerts that are no older open their orders, also after a stop
MOST = 500  # alerts of these kinds in that time

WAITING = (OccurrenceState.PLANNED, OccurrenceState.OPEN, OccurrenceState.MERGED)
CAUSED = (AfterCompletion, Use, OnAlert, Expiry)


def foresee_slots(site: Site, unit: WorkUnit, today: date, now: datetime) -> int:
    """How many slots were new."""
    plans = [plan for plan in site.plans.values() if isinstance(plan.trigger, CAUSED)]
    if not plans:
        return 0
    latest = unit.occurrences.latest([plan.id for plan in plans])
    before = unit.past_services.latest([plan.id for plan in plans])
    found = [
        Occurrence(0, plan.id, asset, slot, used=_used(unit, plan, asset))
        for plan in plans
        for asset, slot in _slots(site, unit, plan, latest, before, today, now)
        if plan.off_from is None or slot.first < plan.off_from
    ]
    return unit.occurrences.add_missing(found) if found else 0


def _slots(
    site: Site,
    unit: WorkUnit,
    plan: Plan,
    latest: Mapping[tuple[str, str], Occurrence],
    before: Mapping[tuple[str, str], date],
    today: date,
    now: datetime,
) -> Iterator[tuple[str, Slot]]:
    match plan.trigger:
        case OnAlert() as trigger:
            yield from _after_alerts(site, unit, plan, trigger, now)
        case Expiry() as trigger:
            held = certificates(site, unit)
            for asset in assets_of(site, plan):
                certificate = held.get((asset, trigger.certificate))
                slot = before_expiry(trigger, certificate.expires) if certificate else None
                if slot is not None and slot.first <= today + AHEAD:
                    yield asset, slot
        case AfterCompletion() | Use() as trigger:
            for asset in assets_of(site, plan):
                last = latest.get((plan.id, asset))
                if last is None or last.state not in WAITING:
                    done = before.get((plan.id, asset))
                    slot = _next(site, unit, plan, trigger, asset, last, done, today)
                    if slot is not None:
                        yield asset, slot


def _next(
    site: Site,
    unit: WorkUnit,
    plan: Plan,
    trigger: AfterCompletion | Use,
    asset: str,
    last: Occurrence | None,
    done: date | None,
    today: date,
) -> Slot | None:
    """The slot that follows the last one, or what was `done` before the program was there; one that would be over begins today."""
    ended = max([day for day in (done, ended_on(site, last) if last else None) if day is not None], default=None)
    if isinstance(trigger, AfterCompletion):
        slot = after_completion(trigger, plan.start, ended, today)
        return slot if slot.first <= today + AHEAD else None
    used = (_used(unit, plan, asset) or 0.0) - (0.0 if last is None else last.used or 0.0)
    return of_days(today, trigger.days) if is_used_up(trigger, used, ended or plan.start, today) else None


def _after_alerts(
    site: Site, unit: WorkUnit, plan: Plan, trigger: OnAlert, now: datetime
) -> Iterator[tuple[str, Slot]]:
    """One slot for each alert of the plan's assets; drills and alerts from before the plan's first day open none."""
    assets = tuple(assets_of(site, plan))
    wanted = AlertFilter(kinds=trigger.kinds, assets=assets, since=now - ALERTS, limit=MOST)
    alerts, _ = unit.alerts.find(wanted)
    for alert in alerts:
        first = alert.onset.astimezone(site.zone).date()
        if alert.drill is None and first >= plan.start:
            yield alert.asset, after_alert(trigger, alert.id, first)


def _used(unit: WorkUnit, plan: Plan, asset: str) -> float | None:
    """What the asset has been used in all, of a plan that is triggered by that."""
    usage = unit.usage.get(asset, plan.trigger.point) if isinstance(plan.trigger, Use) else None
    return None if usage is None else usage.total


def ended_on(site: Site, last: Occurrence) -> date:
    """The day on which a slot that waits no more was finished, or its window was over."""
    return last.slot.last if last.finished_at is None else last.finished_at.astimezone(site.zone).date()
