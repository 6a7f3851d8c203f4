"""Replay a plan: the slots and orders that it, or a changed version of it, would have made in a month, beside those it made."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime

from facility.domain.asset import Site
from facility.domain.caused import EXPIRES, after_alert, before_expiry, of_days
from facility.domain.expand import expand
from facility.domain.figure import Period
from facility.domain.level import Task, Workload, place, spacing
from facility.domain.occurrence import Occurrence, OccurrenceState
from facility.domain.plan import Plan, takes_in
from facility.domain.skill import Skill
from facility.domain.slot import Slot
from facility.domain.trigger import EXPANDABLE, AfterCompletion, ByHand, Expiry, OnAlert, Use
from facility.flow.duty import duty_book
from facility.flow.in_force import in_force, with_plan
from facility.flow.level_work import capacity_of
from facility.flow.open_orders import position_for
from facility.flow.plan_work import AT_ONCE, NOTICE
from facility.flow.reconcile_plans import assets_of
from facility.flow.replay_caused import replay_completions, replay_use
from facility.flow.skill_of import skill_of_plan
from facility.ports import AlertFilter, History, WorkUnit

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
    unknown: Mapping[str, int] = field(
        default_factory=dict
    )  # by asset: days of which no reading tells how much it was used

    @property
    def orders_made(self) -> int:
        """Orders that were opened."""
        return len({each.order for each in self.made if each.order is not None})

    @property
    def orders_would(self) -> int:
        """Orders that would have been: one a slot, or one for all assets of a round's slot."""
        own = [each for each in self.would if not each.into]
        return len({each.slot.key for each in own}) if self.plan.round else len(own)


def replay_plan(site: Site, unit: WorkUnit, history: History, plan: Plan, month: Period, now: datetime) -> PlanReplay:
    """`plan`: the version that is tried, of the id whose ledger is looked at, beside the other plans in force.

    StoreUnavailable when it is planned by use and history is away.
    """
    ledger = unit.occurrences.between(month.first, month.last)
    made = tuple(each for each in ledger if each.plan == plan.id)
    others = [each for each in ledger if each.plan != plan.id and each.day is not None]
    present = in_force(site, unit)
    tried = with_plan(present, plan)
    placing, unknown = _Placing(tried, unit, plan, others, month, now), dict[str, int]()
    match plan.trigger:
        case AfterCompletion() as trigger:
            replay_completions(tried, unit, plan, trigger, month, placing.day_of)
        case Use() as trigger:
            unknown.update(replay_use(tried, unit, history, plan, trigger, month, now, placing.day_of))
        case _:
            slots = _slots(tried, unit, plan, present.plans[plan.id], month)
            for asset, slot in sorted(slots, key=lambda pair: (pair[1].last, plan.assets.index(pair[0]))):
                placing.day_of(asset, slot)
    return PlanReplay(plan, made, tuple(placing.found), unknown)


def by_hand(plan: Plan) -> bool:
    """Somebody opens its orders."""
    return isinstance(plan.trigger, ByHand)


def carried_over(plan: Plan, of_file: Plan, present: Plan) -> Plan:
    """The plan in force with what a tried version of the site file's plan has otherwise than that: what people changed by page stays."""
    names = [each.name for each in fields(Plan) if getattr(plan, each.name) != getattr(of_file, each.name)]
    return replace(present, **{name: getattr(plan, name) for name in names})


def _slots(site: Site, unit: WorkUnit, plan: Plan, present: Plan, month: Period) -> Iterator[tuple[str, Slot]]:
    """Slots that touch the month and begin before the plan is off. `present`: the version that made those of the ledger."""
    pairs: Iterable[tuple[str, Slot]] = ()
    match plan.trigger:
        case OnAlert() as trigger:
            pairs = _after_alerts(site, unit, plan, trigger, month)
        case Expiry() as trigger:
            pairs = _before_expiries(site, unit, plan, trigger, present, month)
        case ByHand() as trigger:
            opened = unit.occurrences.between(month.first, month.last) if by_hand(present) else []
            mine = [each for each in opened if each.plan == plan.id]
            pairs = [(each.asset, of_days(each.slot.first, trigger.days)) for each in mine]
        case trigger if isinstance(trigger, EXPANDABLE):
            found = [
                slot
                for slot in expand(trigger, plan.start, month.first, month.last)
                if not plan.workdays_only or site.calendar.works(slot.first)
            ]
            pairs = [(asset, slot) for asset in assets_of(site, plan) for slot in found]
    yield from (pair for pair in pairs if plan.off_from is None or pair[1].first < plan.off_from)


def _before_expiries(
    site: Site, unit: WorkUnit, plan: Plan, trigger: Expiry, present: Plan, month: Period
) -> Iterator[tuple[str, Slot]]:
    """Of the certificates that are known: the site file's, the newest renewal, and those of which the ledger has a slot."""
    renewed = unit.renewals.latest()
    same = isinstance(present.trigger, Expiry) and present.trigger.certificate == trigger.certificate
    ledger = unit.occurrences.between(month.first, date.max) if same else []
    known = {
        (each.asset, each.slot.last) for each in ledger if each.plan == plan.id and each.slot.key.startswith(EXPIRES)
    }
    for name in assets_of(site, plan):
        renewal = renewed.get((name, trigger.certificate))
        days = {site.assets[name].certificates.get(trigger.certificate), renewal.expires if renewal else None}
        days |= {last for asset, last in known if asset == name}
        for expires in sorted(day for day in days if day is not None):
            slot = before_expiry(trigger, expires)
            if slot.first <= month.last and month.first <= slot.last:
                yield name, slot


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
            yield alert.asset, after_alert(trigger, alert.id, first)


class _Placing:
    """Gives each slot the day of the leveller, beside the other plans' work of then, by the duties of today."""

    def __init__(
        self, site: Site, unit: WorkUnit, plan: Plan, others: Sequence[Occurrence], month: Period, now: datetime
    ) -> None:
        book = duty_book(site, unit, now)
        self._site, self._plan, self._others, self._first = site, plan, others, month.first
        self._skill = skill_of_plan(book, plan)
        self._load = Workload(capacity_of(site, book, now))
        self._latest: dict[str, date] = {}
        self.found: list[Would] = []
        for each in others:
            other, asset = site.plans.get(each.plan), site.assets.get(each.asset)
            if other and asset and each.day and each.state is not OccurrenceState.MERGED:
                position = position_for(other, asset)
                self._load.add(position, each.day, asset.area, other.minutes, skill_of_plan(book, other))

    def day_of(self, name: str, slot: Slot) -> date:
        """The day; the slot is `found`. Work that follows from earlier work is done in the month."""
        plan, asset = self._plan, self._site.assets[name]
        before = self._latest.get(name)
        earliest = None if before is None else before + spacing(slot, plan.spacing)
        task = Task(slot, position_for(plan, asset), asset.area, plan.minutes, earliest, self._skill)
        today = max(slot.first, self._first) if isinstance(plan.trigger, AfterCompletion | Use) else slot.first
        day, _ = place(task, self._load, self._site.calendar, today)
        self._latest[name] = day
        at_once = slot.last - slot.first < AT_ONCE
        opens = slot.first if at_once else max(slot.first, day - NOTICE)
        into = _larger(self._site, plan, self._skill, name, slot, self._others)
        self.found.append(Would(name, slot, day, opens, into))
        return day


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
