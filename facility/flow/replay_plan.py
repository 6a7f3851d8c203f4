"""Replay a plan: the slots and orders that it, or a changed version of it, would have made in a month, beside those it made."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta

from facility.domain.asset import Site
from facility.domain.errors import Conflict
from facility.domain.expand import expand
from facility.domain.figure import Period
from facility.domain.level import Task, Workload, place, spacing
from facility.domain.occurrence import Occurrence, OccurrenceState
from facility.domain.plan import Plan, takes_in
from facility.domain.skill import Skill
from facility.domain.slot import Slot
from facility.domain.trigger import EXPANDABLE, OnAlert
from facility.flow.duty import duty_book
from facility.flow.in_force import in_force, with_plan
from facility.flow.level_work import capacity_of
from facility.flow.open_orders import position_for
from facility.flow.plan_work import AT_ONCE, NOTICE
from facility.flow.reconcile_plans import assets_of
from facility.flow.skill_of import skill_of_plan
from facility.ports import AlertFilter, WorkUnit

MOST = 10_000  # alerts of a plan's kinds in a month


@dataclass(frozen=True, slots=True)
class Would:
    """A slot that would have been: its day, from when its order would have stood open, or the larger plan that takes it in."""

    asset: str
    slot: Slot
    day: date
    opens: date
    into: str = ""


@dataclass(frozen=True, slots=True)
class PlanReplay:
    """What the plan really made in the month, and what the version that was tried would have."""

    plan: Plan
    made: tuple[Occurrence, ...]
    would: tuple[Would, ...]

    @property
    def orders_made(self) -> int:
        """Orders that were opened."""
        return len({each.order for each in self.made if each.order is not None})

    @property
    def orders_would(self) -> int:
        """Orders that would have been: one a slot, or one for all assets of a round's slot."""
        own = [each for each in self.would if not each.into]
        return len({each.slot.key for each in own}) if self.plan.round else len(own)


def replay_plan(site: Site, unit: WorkUnit, plan: Plan, month: Period, now: datetime) -> PlanReplay:
    """`plan`: the version that is tried, of the id whose ledger is looked at, beside the other plans in force.

    Conflict when its slots cannot be told afterwards.
    """
    ledger = unit.occurrences.between(month.first, month.last)
    made = tuple(each for each in ledger if each.plan == plan.id)
    others = [each for each in ledger if each.plan != plan.id and each.day is not None]
    tried = with_plan(in_force(site, unit), plan)
    slots = sorted(_slots(tried, unit, plan, month), key=lambda pair: (pair[1].last, plan.assets.index(pair[0])))
    return PlanReplay(plan, made, tuple(_placed(tried, unit, plan, slots, others, now)))


def carried_over(plan: Plan, of_file: Plan, present: Plan) -> Plan:
    """The plan in force with what a tried version of the site file's plan has otherwise than that: what people changed by page stays."""
    names = [each.name for each in fields(Plan) if getattr(plan, each.name) != getattr(of_file, each.name)]
    return replace(present, **{name: getattr(plan, name) for name in names})


def _slots(site: Site, unit: WorkUnit, plan: Plan, month: Period) -> Iterator[tuple[str, Slot]]:
    """Slots that touch the month and begin before the plan is off."""
    if isinstance(plan.trigger, EXPANDABLE):
        found = [
            slot
            for slot in expand(plan.trigger, plan.start, month.first, month.last)
            if not plan.workdays_only or site.calendar.works(slot.first)
        ]
        pairs = [(asset, slot) for asset in assets_of(site, plan) for slot in found]
    elif isinstance(plan.trigger, OnAlert):
        pairs = list(_after_alerts(site, unit, plan, plan.trigger, month))
    else:
        raise Conflict(
            f"plan {plan.id}: its slots follow from when people finished, from use, a certificate or somebody's hand, which "
            "another plan would have changed. Try cadence, every, on_day, on_weekday, seasons, shifts or on_alert"
        )
    yield from (pair for pair in pairs if plan.off_from is None or pair[1].first < plan.off_from)


def _after_alerts(
    site: Site, unit: WorkUnit, plan: Plan, trigger: OnAlert, month: Period
) -> Iterator[tuple[str, Slot]]:
    wanted = AlertFilter(
        kinds=trigger.kinds,
        assets=tuple(assets_of(site, plan)),
        since=month.since(site.zone),
        until=month.until(site.zone),
        limit=MOST,
    )
    for alert in unit.alerts.find(wanted)[0]:
        first = alert.onset.astimezone(site.zone).date()
        if alert.drill is None and first >= plan.start:
            yield alert.asset, Slot(first, first + timedelta(days=trigger.days), f"alert-{alert.id}")


def _placed(
    site: Site,
    unit: WorkUnit,
    plan: Plan,
    slots: Sequence[tuple[str, Slot]],
    others: Sequence[Occurrence],
    now: datetime,
) -> Iterator[Would]:
    """Each with the day that the leveller gives it beside the other plans' work of then, by the duties of today."""
    book = duty_book(site, unit, now)
    load = Workload(capacity_of(site, book, now))
    for each in others:
        other, asset = site.plans.get(each.plan), site.assets.get(each.asset)
        if other and asset and each.day and each.state is not OccurrenceState.MERGED:
            load.add(position_for(other, asset), each.day, asset.area, other.minutes, skill_of_plan(book, other))
    latest: dict[str, date] = {}
    skill = skill_of_plan(book, plan)
    for name, slot in slots:
        asset = site.assets[name]
        before = latest.get(name)
        earliest = None if before is None else before + spacing(slot, plan.spacing)
        task = Task(slot, position_for(plan, asset), asset.area, plan.minutes, earliest, skill)
        day, _ = place(task, load, site.calendar, slot.first)
        latest[name] = day
        at_once = slot.last - slot.first < AT_ONCE
        opens = slot.first if at_once else max(slot.first, day - NOTICE)
        yield Would(name, slot, day, opens, _larger(site, plan, skill, name, slot, others))


def _larger(site: Site, plan: Plan, skill: Skill | None, asset: str, slot: Slot, others: Sequence[Occurrence]) -> str:
    """The plan whose larger service of the asset had its day in this window; empty: none."""
    for each in others:
        other = site.plans.get(each.plan)
        fits = each.asset == asset and each.day is not None and slot.first <= each.day <= slot.last
        if not fits or other is None or skill not in (None, other.skill):
            continue
        if takes_in(other, plan) and each.state is not OccurrenceState.EXCUSED:
            return other.id
    return ""
