"""Assign many orders to one person: each in a transaction of its own, so that one that cannot be assigned keeps no other back."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from facility.domain.asset import Site
from facility.domain.errors import Conflict, NotFound
from facility.domain.order import ORDER_TRANSITIONS, Order, OrderState, OrderStep, open_steps
from facility.flow.assign import LacksSkill, assign
from facility.flow.check_work import bench_for
from facility.ports import Work


@dataclass(frozen=True, slots=True)
class Assigned:
    """What became of one order. `refused`: why it was left as it was, in words; `why`: changed, not_possible, not_yours, no_skill, gone."""

    order: int
    state: OrderState | None
    version: int
    refused: str = ""
    why: str = ""


def assign_many(
    site: Site,
    work: Work,
    orders: Iterable[tuple[int, int]],
    *,
    to: int,
    by: int,
    key: str,
    at: datetime,
    without_skill: bool = False,
) -> list[Assigned]:
    """`orders`: number and version of each; `without_skill`: also those that ask for a skill which the person has not.

    The same `key` again changes nothing.
    """
    given = partial(assign, site, to=to, by=by, key=key, at=at, without_skill=without_skill)
    return [_assigned(site, work, given, number, version, by) for number, version in orders]


def _assigned(site: Site, work: Work, given: Callable[..., Order], number: int, version: int, by: int) -> Assigned:
    try:
        with work.writing() as unit:
            after = given(unit, order=number, version=version)
        return Assigned(number, after.state, after.version)
    except LacksSkill as lacks:
        with work.reading() as unit:
            order = unit.orders.get(number)
        return Assigned(number, order.state, order.version, str(lacks), "no_skill")
    except NotFound as missing:
        return Assigned(number, None, 0, str(missing), "gone")
    except Conflict as conflict:
        return _refused(site, work, number, version, by, str(conflict))


def _refused(site: Site, work: Work, number: int, version: int, by: int, words: str) -> Assigned:
    with work.reading() as unit:
        order = unit.orders.get(number)
        possible = (order.state, OrderStep.ASSIGN) in ORDER_TRANSITIONS
        mine = OrderStep.ASSIGN in open_steps(order, by, bench_for(site, unit, order))
    why = "changed" if order.version != version else "not_yours" if possible and not mine else "not_possible"
    return Assigned(number, order.state, order.version, words, why)
