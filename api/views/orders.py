"""Orders as people see them: what, where, who, until when; with checklist and history on their own page."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from api.views.alerts import NoticeView, notice_views
from api.views.evidence import (
    FoundView,
    LineView,
    PhotoView,
    UsedList,
    found_views,
    line_views,
    photo_views,
    used_list,
)
from api.views.people import Names
from api.views.places import area_title, position_title, rule_title, thing_title
from facility.domain.asset import POSITION_EMPTY, Site
from facility.domain.order import FINAL, Order, OrderEvent, OrderState, Origin, SpotCheck, WorkKind
from facility.domain.skill import Skill
from facility.domain.text import Language, Title
from facility.domain.unit import Unit
from facility.flow.checklist_of import checklist_of, plan_of, taken_in, walk
from facility.locale import text
from facility.ports import WorkUnit

LOOKED_BACK = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class OrderView:
    """One order. `subject`: what it is about, where a person or a checklist says so; else `plan_title` is that of the plan behind it;
    else it is named by its alert's kind.
    """

    id: int
    kind: WorkKind
    title_id: str
    plan_title: Title | None
    subject: Title | None
    asset: str
    asset_title: Title
    asset_known: bool
    area_title: Title | None
    state: OrderState
    position: str
    position_title: Title
    person: str
    opened_at: datetime
    due_at: datetime
    overdue: bool
    closed_at: datetime | None
    alert: int | None
    finished_by: str
    checked_by: str
    version: int
    origin: Origin
    parent: int | None
    spot_check: SpotCheck
    spot_checked_by: str
    held_until: datetime | None
    place: str
    request: int | None


@dataclass(frozen=True, slots=True)
class StepView:
    """One line of an order's history."""

    at: datetime
    step: str
    person: str
    note: str
    measured: float | None
    point_title: Title | None
    unit: Unit
    skill: str  # that nobody on duty had when it was opened; that whoever it was assigned to has not


@dataclass(frozen=True, slots=True)
class HomeVisitView:
    """A vacant home that the order lists. `left_out_at`: since when it is known that somebody lives there again."""

    address: str
    left_out_at: datetime | None


@dataclass(frozen=True, slots=True)
class OrderDetail:
    """One order with its checklist, history and messages.

    `walk`: the assets of a round, in walking order; `homes`: the vacant homes that it visits, in walking order; `also`: smaller
    services that this order does too; `lines`: the checklist; `found`: what its checks found; `mends`: the orders that mend what
    was not in order; `replay`: the command that tries the rule to be tuned on what was recorded; empty for other orders; `skill`:
    what whoever does it must have learnt.
    """

    order: OrderView
    source: str
    skill: str
    slot: str
    walk: tuple[Title, ...]
    homes: tuple[HomeVisitView, ...]
    also: tuple[Title, ...]
    lines: tuple[LineView, ...]
    found: tuple[FoundView, ...]
    photos: tuple[PhotoView, ...]
    used: UsedList
    mends: tuple[OrderView, ...]
    steps: tuple[StepView, ...]
    notices: tuple[NoticeView, ...]
    replay: str


def order_view(site: Site, order: Order, names: Names, now: datetime) -> OrderView:
    """One order as it stands at `now`."""
    return OrderView(
        id=order.id,
        kind=order.kind,
        title_id=order.title_id,
        plan_title=work_title(site, order),
        subject=order.subject,
        asset=order.asset,
        asset_title=thing_title(site, order.asset),
        asset_known=order.asset in site.assets,
        area_title=area_title(site, order.asset),
        state=order.state,
        position=order.position,
        position_title=position_title(site, order.position),
        person=names.of(order.person),
        opened_at=order.opened_at,
        due_at=order.due_at,
        overdue=order.state not in FINAL and now > order.due_at,
        closed_at=order.closed_at,
        alert=order.alert,
        finished_by=names.of(order.finished_by),
        checked_by=names.of(order.checked_by),
        version=order.version,
        origin=order.origin,
        parent=order.parent,
        spot_check=order.spot_check,
        spot_checked_by=names.of(order.spot_checked_by),
        held_until=order.held_until,
        place=order.place,
        request=order.request,
    )


def work_title(site: Site, order: Order) -> Title | None:
    """The plan's title, or that of the rule that is to be tuned; None: it is named by its alert."""
    if order.kind is WorkKind.TUNING:
        rule = rule_title(site, order.asset, order.title_id)
        words = {each: text("notices.tune", each, rule=rule) for each in Language}
        return Title(words[Language.EN], words[Language.ZH_CN])
    plan = plan_of(site, order)
    return plan.title if plan else None


def order_views(site: Site, unit: WorkUnit, orders: list[Order], now: datetime) -> tuple[OrderView, ...]:
    """Several orders, in their order."""
    names = Names(unit)
    return tuple(order_view(site, order, names, now) for order in orders)


def by_due(orders: list[Order]) -> list[Order]:
    """What is due first comes first."""
    return sorted(orders, key=lambda order: (order.due_at, order.id))


def order_detail(site: Site, unit: WorkUnit, number: int, now: datetime) -> OrderDetail:
    """One order with everything that happened to it; NotFound."""
    names = Names(unit)
    order = unit.orders.get(number)
    plan = plan_of(site, order)
    occurrences = unit.occurrences.of_order(number)
    return OrderDetail(
        order=order_view(site, order, names, now),
        source=plan.source.reference if plan else "",
        skill=(plan.skill or "") if plan and occurrences else "",
        slot=occurrences[0].slot.key if occurrences else "",
        walk=tuple(thing_title(site, asset) for asset in walk(plan, occurrences)),
        homes=tuple(
            HomeVisitView(str(visit.address), visit.left_out_at) for visit in unit.home_visits.of_order(number)
        ),
        also=tuple(each.title for each in taken_in(site, unit, occurrences)),
        lines=line_views(site, checklist_of(site, unit, order)),
        found=found_views(site, unit.results.of_order(number), names),
        photos=photo_views(unit.photos.of_order(number), names),
        used=used_list(unit.used.of_order(number), names),
        mends=tuple(order_view(site, each, names, now) for each in unit.orders.of_parent(number)),
        steps=tuple(_step(site, order, event, names) for event in unit.orders.events(number)),
        notices=notice_views(unit.notices.of_order(number), names),
        replay=replay_command(site, order),
    )


def replay_command(site: Site, order: Order) -> str:
    """What shows the rule of an order to tune it over the thirty days before; empty for other orders, and where nothing is replayed."""
    if order.kind is not WorkKind.TUNING or order.title_id == POSITION_EMPTY:
        return ""
    asset = "" if order.title_id in site.rules else f" --asset {order.asset}"
    since = (order.opened_at - LOOKED_BACK).astimezone(site.zone).date()
    return f"facility replay --rule {order.title_id}{asset} --since {since}"


def _step(site: Site, order: Order, event: OrderEvent, names: Names) -> StepView:
    asset = site.assets.get(order.asset)
    point = asset.profile.points.get(event.measured_point) if asset else None
    return StepView(
        at=event.at,
        step=event.step,
        person=names.of(event.person),
        note=event.note,
        measured=event.measured,
        point_title=point.title if point else None,
        unit=point.unit if point else Unit.NONE,
        skill=event.detail if event.detail in set(Skill) else "",
    )
