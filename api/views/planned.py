"""Maintenance plans as people see them: what is due when, how their slots ended, and the month ahead."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from api.views.people import Names
from facility.domain.asset import Site
from facility.domain.occurrence import Occurrence, OccurrenceState, Reason
from facility.domain.plan import CheckItem, Plan
from facility.domain.plan_change import PlanChange
from facility.domain.plan_switch import PlanSwitch
from facility.domain.text import Message, Title
from facility.domain.trigger import ByHand
from facility.domain.trigger_words import in_words
from facility.flow.open_orders import position_for
from facility.flow.reconcile_plans import assets_of
from facility.ports import WorkUnit

BACK = timedelta(days=366)  # slots that a plan's page goes back
COUNTED = (OccurrenceState.DONE, OccurrenceState.MERGED, OccurrenceState.MISSED)


@dataclass(frozen=True, slots=True)
class Compliance:
    """Plan compliance: slots done, or taken in and credited, of all that ended in the time; excused ones are left out.

    No figure (None) when none ended.
    """

    done: int
    ended: int

    @property
    def share(self) -> float | None:
        """From 0 to 1."""
        return self.done / self.ended if self.ended else None


@dataclass(frozen=True, slots=True)
class SlotView:
    """One slot. `why`: the day's reason (minutes of the position that day, its capacity, days to choose from)."""

    id: int
    plan: str
    plan_title: Title
    asset: str
    asset_title: Title
    area_title: Title | None
    position_title: Title | None
    key: str
    first: date
    last: date
    day: date | None
    state: str
    order: int | None
    why: Mapping[str, object]
    reason: str  # a reason of the program's own, or the words of who excused it
    reason_is_ours: bool
    excused_by: str
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class PlanView:
    """One plan. `next_day`: when its next open slot is planned; `confirm`: its source is general knowledge."""

    id: str
    title: Title
    kind: str
    when: tuple[Message, ...]
    side: str
    assets: int
    round: bool
    minutes: int
    skill: str
    criticality: str
    source: str
    jurisdiction: str
    grade: str
    next_day: date | None
    compliance: Compliance
    by_hand: bool
    off_from: date | None = None  # a person switched it off
    off_reason: str = ""
    off_by: str = ""
    change_reason: str = ""  # a person changed when it falls due, who does it or its minutes
    changed_by: str = ""


@dataclass(frozen=True, slots=True)
class PlanDetail:
    """One plan with its checklist, assets and slots: those of now and later, next first, then the past year, latest first."""

    plan: PlanView
    items: tuple[CheckItem, ...]
    assets: tuple[tuple[str, Title], ...]
    slots: tuple[SlotView, ...]
    states: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class DayView:
    """Planned work of one day: `minutes` in all."""

    day: date
    works: bool
    provisional: bool
    slots: tuple[SlotView, ...]
    minutes: int


def plan_views(site: Site, unit: WorkUnit, today: date) -> list[PlanView]:
    """All plans, by title of their kind and id."""
    return _plans(site, unit, site.plans.values(), today)


def plan_detail(site: Site, unit: WorkUnit, plan: Plan, today: date) -> PlanDetail:
    """One plan."""
    own = [each for each in unit.occurrences.between(today - BACK, today + BACK) if each.plan == plan.id]
    names = Names(unit)
    return PlanDetail(
        plan=_plans(site, unit, [plan], today)[0],
        items=plan.items,
        assets=tuple((asset, site.assets[asset].title) for asset in assets_of(site, plan)),
        slots=tuple(_slot(site, each, names) for each in _nearest_first(own, today)),
        states=Counter(each.state.value for each in own),
    )


def month_of(site: Site, unit: WorkUnit, first: date, last: date, position: str, today: date) -> list[DayView]:
    """Planned work by its day, of one position or of all; what has no day yet stands on the last day of its window."""
    names = Names(unit)
    by_day: dict[date, list[Occurrence]] = {}
    for each in unit.occurrences.between(first, last):
        plan, asset = site.plans.get(each.plan), site.assets.get(each.asset)
        if position and (plan is None or asset is None or position_for(plan, asset) != position):
            continue
        day = each.day or each.slot.last
        if first <= day <= last and each.state is not OccurrenceState.MERGED:
            by_day.setdefault(day, []).append(each)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [
        DayView(
            day=day,
            works=site.calendar.works(day),
            provisional=site.calendar.provisional(day),
            slots=tuple(_slot(site, each, names) for each in by_day.get(day, ())),
            minutes=sum(site.plans[each.plan].minutes for each in by_day.get(day, ()) if each.plan in site.plans),
        )
        for day in days
    ]


def compliance(states: Mapping[OccurrenceState, int]) -> Compliance:
    """Of slots whose window ended, by their states."""
    ended = sum(states.get(state, 0) for state in COUNTED)
    return Compliance(ended - states.get(OccurrenceState.MISSED, 0), ended)


def _nearest_first(slots: list[Occurrence], today: date) -> list[Occurrence]:
    ahead = sorted((each for each in slots if each.slot.last >= today), key=lambda each: each.slot)
    past = sorted((each for each in slots if each.slot.last < today), key=lambda each: each.slot, reverse=True)
    return [*ahead, *past]


def _plans(site: Site, unit: WorkUnit, plans: Iterable[Plan], today: date) -> list[PlanView]:
    tally = unit.occurrences.tally(today - BACK, today - timedelta(days=1))
    days = unit.occurrences.next_days()
    switches, names = unit.plan_switches.all(), Names(unit)
    found = [_plan(site, plan, tally.get(plan.id, {}), days.get(plan.id)) for plan in plans]
    seen = [_switched(view, switches[view.id], names) if view.id in switches else view for view in found]
    changes = {plan: change for plan, change in unit.plan_changes.all().items() if change.changes}
    return [_changed(view, changes[view.id], names) if view.id in changes else view for view in seen]


def _switched(view: PlanView, switch: PlanSwitch, names: Names) -> PlanView:
    """The plan as it stands after somebody switched it off; one that is on again is like any other."""
    if switch.off_from is None:
        return view
    return replace(view, off_from=switch.off_from, off_reason=switch.reason, off_by=names.of(switch.person))


def _changed(view: PlanView, change: PlanChange, names: Names) -> PlanView:
    return replace(view, change_reason=change.reason, changed_by=names.of(change.person))


def _plan(site: Site, plan: Plan, ended: Mapping[OccurrenceState, int], next_day: date | None) -> PlanView:
    return PlanView(
        id=plan.id,
        title=plan.title,
        kind=plan.kind.value,
        when=in_words(plan.trigger),
        side=plan.by,
        assets=len(assets_of(site, plan)),
        round=plan.round,
        minutes=plan.minutes,
        skill=plan.skill or "",
        criticality=plan.criticality.value,
        source=plan.source.reference,
        jurisdiction=plan.source.jurisdiction,
        grade=plan.source.grade.value,
        next_day=next_day,
        compliance=compliance(ended),
        by_hand=isinstance(plan.trigger, ByHand),
    )


def _slot(site: Site, occurrence: Occurrence, names: Names) -> SlotView:
    plan, asset = site.plans.get(occurrence.plan), site.assets.get(occurrence.asset)
    area = site.areas.get(asset.area) if asset else None
    position = site.positions.get(position_for(plan, asset)) if plan and asset else None
    placement = occurrence.placement
    return SlotView(
        id=occurrence.id,
        plan=occurrence.plan,
        plan_title=plan.title if plan else Title(occurrence.plan, occurrence.plan),
        asset=occurrence.asset,
        asset_title=asset.title if asset else Title(occurrence.asset, occurrence.asset),
        area_title=area.title if area else None,
        position_title=position.title if position else None,
        key=occurrence.slot.key,
        first=occurrence.slot.first,
        last=occurrence.slot.last,
        day=occurrence.day,
        state=occurrence.state.value,
        order=occurrence.order,
        why={
            "load": placement.load,
            "capacity": placement.capacity,
            "choices": placement.choices,
            "same_place": placement.same_place,
            "provisional": placement.provisional,
            "lacks": placement.lacks,
        }
        if placement
        else {},
        reason=occurrence.reason,
        reason_is_ours=occurrence.reason in list(Reason),
        excused_by=names.of(occurrence.ended_by),
        finished_at=occurrence.finished_at,
    )
