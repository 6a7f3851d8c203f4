"""Orders as people see them: what, where, who, until when; with checklist and history on their own page."""

from dataclasses import dataclass
from datetime import datetime

from api.views.alerts import NoticeView, notice_views
from api.views.people import Names
from api.views.places import area_title, point_of, position_title, rule_title, thing_title
from api.views.points import kind_of
from facility.domain.asset import Site
from facility.domain.occurrence import Occurrence
from facility.domain.order import FINAL, Order, OrderEvent, OrderState, Origin, SpotCheck, WorkKind
from facility.domain.plan import CheckItem, Plan, merged_items
from facility.domain.profile import Point
from facility.domain.text import Language, Title
from facility.domain.unit import Unit
from facility.locale import text
from facility.ports import WorkUnit


@dataclass(frozen=True, slots=True)
class OrderView:
    """One order. `plan_title` is that of the plan behind it; an order from an alert is named by the alert's kind."""

    id: int
    kind: WorkKind
    title_id: str
    plan_title: Title | None
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


@dataclass(frozen=True, slots=True)
class ItemView:
    """One line of the checklist; with a point (of numbers) it asks for a measured value."""

    title: Title
    point: str
    point_title: Title | None
    unit: Unit
    low: float | None
    high: float | None


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


@dataclass(frozen=True, slots=True)
class OrderDetail:
    """One order with its checklist, history and messages. `asked` is what is to be measured when the work is done.

    `walk`: the assets of a round, in walking order; `also`: smaller services that this order does too.
    """

    order: OrderView
    source: str
    slot: str
    walk: tuple[Title, ...]
    also: tuple[Title, ...]
    items: tuple[ItemView, ...]
    asked: ItemView | None
    steps: tuple[StepView, ...]
    notices: tuple[NoticeView, ...]


def order_view(site: Site, order: Order, names: Names, now: datetime) -> OrderView:
    """One order as it stands at `now`."""
    return OrderView(
        id=order.id,
        kind=order.kind,
        title_id=order.title_id,
        plan_title=work_title(site, order),
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
    )


def work_title(site: Site, order: Order) -> Title | None:
    """The plan's title, or that of the rule that is to be tuned; None: it is named by its alert."""
    if order.kind is WorkKind.TUNING:
        rule = rule_title(site, order.asset, order.title_id)
        words = {each: text("notices.tune", each, rule=rule) for each in Language}
        return Title(words[Language.EN], words[Language.ZH_CN])
    plan = site.plans.get(order.title_id) if order.alert is None else None
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
    plan = site.plans.get(order.title_id) if order.alert is None else None
    occurrences = unit.occurrences.of_order(number)
    smaller = taken_in(site, unit, occurrences)
    items = item_views(site, order, merged_items([plan, *smaller]) if plan else [])
    return OrderDetail(
        order=order_view(site, order, names, now),
        source=plan.source.reference if plan else "",
        slot=occurrences[0].slot.key if occurrences else "",
        walk=walk(site, plan, occurrences),
        also=tuple(each.title for each in smaller),
        items=items,
        asked=asked_after_repair(site, unit, order) if order.alert else first_measured(items),
        steps=tuple(_step(site, order, event, names) for event in unit.orders.events(number)),
        notices=notice_views(unit.notices.of_order(number), names),
    )


def taken_in(site: Site, unit: WorkUnit, occurrences: list[Occurrence]) -> list[Plan]:
    """The plans of the smaller services that an order does too, each once."""
    smaller = [each for own in occurrences for each in unit.occurrences.merged_into(own.id)]
    return [site.plans[plan] for plan in dict.fromkeys(each.plan for each in smaller) if plan in site.plans]


def walk(site: Site, plan: Plan | None, occurrences: list[Occurrence]) -> tuple[Title, ...]:
    """The assets of a round, in walking order; empty for other orders."""
    if plan is None or not plan.round:
        return ()
    found = {each.asset for each in occurrences}
    return tuple(site.assets[asset].title for asset in plan.assets if asset in found and asset in site.assets)


def item_views(site: Site, order: Order, items: list[CheckItem]) -> tuple[ItemView, ...]:
    """The checklist of an order."""
    return tuple(_item(item.title, numeric_point(site, order.asset, item.point)) for item in items)


def first_measured(items: tuple[ItemView, ...]) -> ItemView | None:
    """The checklist's first line that asks for a measured value."""
    return next((item for item in items if item.point), None)


def asked_after_repair(site: Site, unit: WorkUnit, order: Order) -> ItemView | None:
    """The point that showed the fault is measured again, where it is a number."""
    point = numeric_point(site, order.asset, unit.alerts.get(order.alert).point) if order.alert else None
    return _item(point.title, point) if point else None


def numeric_point(site: Site, asset: str, name: str) -> Point | None:
    """The asset's point of this name if its values are numbers; a state is looked at and ticked."""
    point = point_of(site, asset, name)
    return point if point is not None and kind_of(point) == "number" else None


def _item(title: Title, point: Point | None) -> ItemView:
    return ItemView(
        title=title,
        point=point.name if point else "",
        point_title=point.title if point else None,
        unit=point.unit if point else Unit.NONE,
        low=point.low if point else None,
        high=point.high if point else None,
    )


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
    )
