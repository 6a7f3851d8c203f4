"""Boards of orders: one page with counts by state, what waits for a spot check, and what nobody has yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from api.views.orders import OrderView, order_view, order_views
from api.views.people import Names
from facility.domain.asset import Site
from facility.domain.order import Order, OrderState, OrderStep, open_steps
from facility.flow.check_work import bench_for
from facility.flow.duty import duty_book
from facility.flow.find_orders import Found
from facility.flow.skill_of import skill_of
from facility.flow.suggest_person import Because, suggest_person
from facility.ports import OrderFilter, WorkUnit

MOST = 200
"""Orders on one of the queues; the board pages through all."""


@dataclass(frozen=True, slots=True)
class OrderBoard:
    """One page of orders. `total`: of all pages; `counts`: of every state, whatever states were asked for."""

    orders: tuple[OrderView, ...]
    total: int
    page: int
    pages: int
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class AwaitsSpotCheck:
    """An order that was drawn; `since`: when its second check was passed; `mine`: whoever asks may check it."""

    order: OrderView
    since: datetime
    mine: bool


@dataclass(frozen=True, slots=True)
class SpotChecks:
    """What waits for a spot check, what was due first first."""

    orders: tuple[AwaitsSpotCheck, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Unassigned:
    """An order that nobody has; `login` and `name` of the person who is suggested, and `load`, their orders; `mine`: to assign;
    `skill`: what it asks for.
    """

    order: OrderView
    login: str
    name: str
    because: Because | None
    load: int
    mine: bool
    skill: str


@dataclass(frozen=True, slots=True)
class UnassignedList:
    """What waits for a person, what is due first first."""

    orders: tuple[Unassigned, ...]
    total: int


def order_board(site: Site, unit: WorkUnit, found: Found, page: int, size: int, now: datetime) -> OrderBoard:
    """One page."""
    counts = {str(state): found.counts.get(state, 0) for state in OrderState}
    return OrderBoard(
        order_views(site, unit, found.orders, now), found.total, page, max(1, -(-found.total // size)), counts
    )


def spot_checks(site: Site, unit: WorkUnit, person: int | None, now: datetime) -> SpotChecks:
    """The queue of the third check."""
    orders, total = _in_state(unit, OrderState.AWAITING_SPOT_CHECK)
    names = Names(unit)
    return SpotChecks(tuple(_awaiting(site, unit, order, names, person, now) for order in orders), total)


def unassigned(site: Site, unit: WorkUnit, person: int | None, now: datetime) -> UnassignedList:
    """The queue of what is to be given to somebody, each with a suggestion; each suggestion counts as a load of the next."""
    orders, total = _in_state(unit, OrderState.UNASSIGNED)
    names, book, loads = Names(unit), duty_book(site, unit, now), dict(unit.orders.loads())
    rows = []
    for order in orders:
        found = suggest_person(site, book, order, loads, now)
        mine = OrderStep.ASSIGN in open_steps(order, person, bench_for(site, unit, order))
        view, skill = order_view(site, order, names, now), skill_of(site, book, order) or ""
        if found is None:
            rows.append(Unassigned(view, "", "", None, 0, mine, skill))
            continue
        loads[found.person.id] = found.load + 1
        login, name = found.person.login, found.person.name
        rows.append(Unassigned(view, login, name, found.because, found.load, mine, skill))
    return UnassignedList(tuple(rows), total)


def _in_state(unit: WorkUnit, state: OrderState) -> tuple[list[Order], int]:
    wanted = OrderFilter(states=[state], limit=MOST)
    return unit.orders.find(wanted), unit.orders.count(wanted).get(state, 0)


def _awaiting(
    site: Site, unit: WorkUnit, order: Order, names: Names, person: int | None, now: datetime
) -> AwaitsSpotCheck:
    passed = [event.at for event in unit.orders.events(order.id) if event.step == OrderStep.PASS_CHECK]
    mine = person in bench_for(site, unit, order).spot_checkers
    return AwaitsSpotCheck(order_view(site, order, names, now), passed[-1] if passed else order.opened_at, mine)
