"""Checklist of: which lines an order's checks go through, by its plan and the services it takes in, or by the kind of repair."""

from dataclasses import replace

from facility.domain.asset import Site
from facility.domain.checklist import Line, quality_list
from facility.domain.occurrence import Occurrence
from facility.domain.order import Order, WorkKind
from facility.domain.plan import CheckItem, ItemKind, Plan, merged_items
from facility.domain.profile import Point
from facility.domain.text import Title
from facility.ports import WorkUnit


def checklist_of(site: Site, unit: WorkUnit, order: Order) -> tuple[Line, ...]:
    """The lines in their order; of a round asset by asset, in walking order. Empty where there is none (tuning a rule)."""
    if order.kind is WorkKind.REPAIR:
        return _of_repair(site, unit, order)
    plan = plan_of(site, order)
    if plan is None:
        return ()
    if plan.vacant_homes:
        visits = [visit for visit in unit.home_visits.of_order(order.id) if visit.left_out_at is None]
        return tuple(_of_home(order.asset, str(visit.address), item) for visit in visits for item in plan.items)
    occurrences = unit.occurrences.of_order(order.id)
    items = merged_items([plan, *taken_in(site, unit, occurrences)])
    assets = walk(plan, occurrences) or (order.asset,)
    return tuple(_line(site, asset, item) for asset in assets for item in items)


def plan_of(site: Site, order: Order) -> Plan | None:
    """The plan behind an order; None for other origins, and for one that left the site file."""
    return site.plans.get(order.title_id) if order.alert is None else None


def taken_in(site: Site, unit: WorkUnit, occurrences: list[Occurrence]) -> list[Plan]:
    """The plans of the smaller services that an order does too, each once."""
    smaller = [each for own in occurrences for each in unit.occurrences.merged_into(own.id)]
    return [site.plans[plan] for plan in dict.fromkeys(each.plan for each in smaller) if plan in site.plans]


def walk(plan: Plan | None, occurrences: list[Occurrence]) -> tuple[str, ...]:
    """The assets of a round, in walking order; empty for other orders."""
    if plan is None or not plan.round:
        return ()
    found = {each.asset for each in occurrences}
    return tuple(asset for asset in plan.assets if asset in found)


def _of_home(asset: str, address: str, item: CheckItem) -> Line:
    """A line that names the home in its words, so that what was found is told with it wherever it is shown."""
    title = Title(f"{address} · {item.title.en}", f"{address} · {item.title.zh}")
    return Line(asset, replace(item, title=title), place=address)


def _of_repair(site: Site, unit: WorkUnit, order: Order) -> tuple[Line, ...]:
    asset = site.assets.get(order.asset)
    profile = asset.profile if asset else None
    chosen = quality_list(
        site.quality_lists, profile.asset_class if profile else "", profile.system.value if profile else ""
    )
    lines = [_line(site, order.asset, item) for item in chosen.items] if chosen else []
    measured = _showed_the_fault(site, unit, order)
    if measured is not None:
        lines.insert(0, _line(site, order.asset, CheckItem(measured.title, measured.name)))
    return tuple(lines)


def _showed_the_fault(site: Site, unit: WorkUnit, order: Order) -> Point | None:
    """The point of the alert behind a repair, measured again when it is done, where it is a number."""
    return _numeric(site, order.asset, unit.alerts.get(order.alert).point) if order.alert else None


def _line(site: Site, asset: str, item: CheckItem) -> Line:
    point = _numeric(site, asset, item.point)
    if point is None:
        return Line(asset, item)
    measured = replace(item, kind=ItemKind.MEASUREMENT, unit=point.unit.value)
    return Line(asset, measured, point.low, point.high)


def _numeric(site: Site, asset: str, name: str) -> Point | None:
    """The asset's point of this name if its values are numbers; a state is looked at and ticked."""
    known = site.assets.get(asset)
    point = known.profile.points.get(name) if known and name else None
    return point if point is not None and point.kind == "number" else None
