"""Tune a rule: an order to the engineering supervisor to look at a rule that alerts too often; one open order a rule."""

from datetime import datetime, timedelta

from facility.domain.asset import Site
from facility.domain.errors import NotFound
from facility.domain.order import Order, OrderState, Origin, WorkKind
from facility.domain.slot import END_OF_WORK, moment_of
from facility.flow.open_orders import open_order
from facility.ports import WorkUnit

TIME_TO_TUNE = timedelta(days=7)
MOST = 5000  # unfinished orders looked at; more than an estate ever has


def tune_rule(site: Site, unit: WorkUnit, asset: str, rule: str, now: datetime) -> Order:
    """The open order to tune this rule, a new one if there is none; NotFound when the site has no such rule there."""
    try:
        site.rule(asset, rule)
    except KeyError:
        raise NotFound("rule", f"{asset}/{rule}") from None
    unfinished = unit.orders.recent(MOST, unfinished_only=True)
    known = next((order for order in unfinished if order.kind is WorkKind.TUNING and order.title_id == rule), None)
    if known is not None:
        return known
    due = (now + TIME_TO_TUNE).astimezone(site.zone).date()
    new = Order(
        id=0,
        kind=WorkKind.TUNING,
        asset=asset,
        title_id=rule,
        state=OrderState.UNASSIGNED,
        position=tuner(site),
        person=None,
        opened_at=now,
        due_at=moment_of(due, END_OF_WORK, site.zone),
        origin=Origin.TUNING,
    )
    return open_order(site, unit, new, now)


def tuner(site: Site) -> str:
    """The position that tunes rules: the supervisor of engineering, or of another team; empty when there is none."""
    supervisors = [position for position in site.positions.values() if position.role == "supervisor"]
    supervisors.sort(key=lambda position: position.team != "engineering")
    return supervisors[0].id if supervisors else ""
