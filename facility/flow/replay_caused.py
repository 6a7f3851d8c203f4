"""Replay plans whose slots follow from the last service: from how it really ended before the month, then one after the other.

Each slot that would have been is taken as finished on the day that the leveller gives it: when people would have, nobody knows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from facility.domain.asset import Site
from facility.domain.caused import after_completion, is_used_up, of_days
from facility.domain.figure import Period
from facility.domain.growth import Bar
from facility.domain.plan import Plan
from facility.domain.slot import Slot
from facility.domain.trigger import AfterCompletion, Use
from facility.flow.counted import counted
from facility.flow.foresee_slots import WAITING, ended_on
from facility.flow.reconcile_plans import assets_of
from facility.ports import History, WorkUnit

_DAY = timedelta(days=1)

Place = Callable[[str, Slot], date]
"""The day that the leveller gives a slot of an asset."""


@dataclass(frozen=True, slots=True)
class Service:
    """The last service of an asset. `on`: the day it ended; None: there was none, and the plan's first day counts."""

    start: date
    on: date | None = None

    @property
    def begun(self) -> date:
        """From when on intervals count."""
        return self.on or self.start

    @property
    def used_from(self) -> date:
        """The first day whose use counts: the day of the service is that of the work before it."""
        return self.start if self.on is None else self.on + _DAY


@dataclass(frozen=True, slots=True)
class Uses:
    """What an asset was used on each day, in the point's unit. `unknown`: days of which no reading tells."""

    by_day: Mapping[date, float]
    unknown: int = 0


def replay_completions(
    site: Site, unit: WorkUnit, plan: Plan, trigger: AfterCompletion, month: Period, place: Place
) -> None:
    """Place what would have followed from the services before the month."""

    def following(_asset: str, last: Service) -> Slot:
        return after_completion(trigger, plan.start, last.on, max(month.first, plan.start))

    _chain(plan, month, _before(site, unit, plan, month.first), following, place)


def replay_use(
    site: Site,
    unit: WorkUnit,
    history: History,
    plan: Plan,
    trigger: Use,
    month: Period,
    now: datetime,
    place: Place,
) -> Mapping[str, int]:
    """The same of use; returns by asset of how many days it is not known. StoreUnavailable when history is away."""
    last = _before(site, unit, plan, month.first)
    uses = {
        id: _uses(site, history, id, trigger.point, Period(each.used_from, month.last), now)
        for id, each in last.items()
    }

    def following(asset: str, last: Service) -> Slot | None:
        return _used_up(trigger, uses[asset].by_day, last, month)

    _chain(plan, month, last, following, place)
    return {asset: found.unknown for asset, found in uses.items() if found.unknown}


def _chain(
    plan: Plan,
    month: Period,
    last: Mapping[str, Service],
    following: Callable[[str, Service], Slot | None],
    place: Place,
) -> None:
    """As the scheduler meets them: what is due first, over all assets."""
    order = {asset: number for number, asset in enumerate(last)}
    waiting = {asset: following(asset, service) for asset, service in last.items()}
    while True:
        due = [
            (slot.last, order[asset], asset, slot)
            for asset, slot in waiting.items()
            if slot and _counts(plan, slot, month)
        ]
        if not due:
            return
        _, _, asset, slot = min(due)
        waiting[asset] = following(asset, Service(plan.start, place(asset, slot)))


def _counts(plan: Plan, slot: Slot, month: Period) -> bool:
    return slot.first <= month.last and (plan.off_from is None or slot.first < plan.off_from)


def _before(site: Site, unit: WorkUnit, plan: Plan, first: date) -> dict[str, Service]:
    """The last service of each asset that ended before a day."""
    ended = {asset: day for (_, asset), day in unit.past_services.latest([plan.id]).items() if day < first}
    for each in unit.occurrences.between(date.min, first):
        if each.plan == plan.id and each.state not in WAITING and (day := ended_on(site, each)) < first:
            ended[each.asset] = max(day, ended.get(each.asset, day))
    return {asset: Service(plan.start, ended.get(asset)) for asset in assets_of(site, plan)}


def _uses(site: Site, history: History, asset: str, point: str, period: Period, now: datetime) -> Uses:
    here = site.assets[asset]
    bars = counted(site, history, here, here.profile.points[point], period, Bar.DAY, now)
    days = [(bar.since.astimezone(site.zone).date(), bar.increase) for bar in bars]
    known = {day: increase for day, increase in days if increase is not None}
    return Uses(known, len(days) - len(known))


def _used_up(trigger: Use, uses: Mapping[date, float], last: Service, month: Period) -> Slot | None:
    """The slot of the day on which it is due; one that would be over when the month begins begins then."""
    used, day = 0.0, last.used_from
    while day <= month.last:
        used += uses.get(day, 0.0)
        if is_used_up(trigger, used, last.begun, day):
            slot = of_days(day, trigger.days)
            return slot if slot.last >= month.first else of_days(month.first, trigger.days)
        day += _DAY
    return None
