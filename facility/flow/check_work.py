"""Check work: who may take which part in an order, and whether a third person looks at it."""

from dataclasses import replace

from facility.domain.asset import Site
from facility.domain.order import Bench, Order, SpotCheck
from facility.domain.three_checks import Post, SpotRule, bench_of, draw, hands_of
from facility.flow import compose
from facility.ports import WorkUnit

RULE = SpotRule()
"""Of a site that says nothing about it."""


def bench_for(site: Site, unit: WorkUnit, order: Order) -> Bench:
    """Who may plan, check and spot-check this order now."""
    posts = [
        Post(person.id, site.positions[position].role, site.positions[position].team)
        for person in unit.people.all()
        for position in person.positions
        if position in site.positions
    ]
    called = {notice.person for notice in unit.notices.of_order(order.id) if notice.message.id == compose.ORDER_CHECK}
    return bench_of(team_of(site, order), posts, hands_of(unit.orders.events(order.id)), called)


def drawn(site: Site, unit: WorkUnit, order: Order, bench: Bench, checker: int) -> Order:
    """The order with the reason of its spot check; an order that was drawn stays drawn, and none is where nobody could do it."""
    if order.spot_check is not SpotCheck.NONE or not bench.spot_checkers - {checker}:
        return order
    team = team_of(site, order)
    positions = [position.id for position in site.positions.values() if position.team == team]
    since = unit.orders.checked_since_failure(order.finished_by, positions)
    return replace(order, spot_check=draw(site.spot_checks.get(team, RULE), site.id, order.id, since))


def team_of(site: Site, order: Order) -> str:
    """The team that answers for the order; empty when its position is unknown."""
    position = site.positions.get(order.position)
    return position.team if position else ""
