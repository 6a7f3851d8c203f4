"""Assign many orders to one person: each in a transaction of its own, so that one that cannot be assigned keeps no other back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from facility.domain.asset import Site
from facility.domain.errors import Conflict, NotFound
from facility.domain.order import ORDER_TRANSITIONS, OrderState, OrderStep, open_steps
from facility.flow.assign import assign
from facility.flow.check_work import bench_for
from facility.ports import Work


@dataclass(frozen=True, slots=True)
class Assigned:
    """What became of one order. `refused`: why it was left as it was, in words; `why`: changed, not_possible, not_yours, gone."""

    order: int
    state: OrderState | None
    version: int
    refused: str = ""
    why: str = ""


def assign_many(
    site: Site, work: Work, orders: Iterable[tuple[int, int]], *, to: int, by: int, key: str, at: datetime
) -> list[Assigned]:
    """`orders`: number and version of each. The same `key` again changes nothing."""
    return [_assigned(site, work, number, version, to, by, key, at) for number, version in orders]


def _assigned(site: Site, work: Work, number: int, version: int, to: int, by: int, key: str, at: datetime) -> Assigned:
    try:
        with work.writing() as unit:
            after = assign(site, unit, order=number, version=version, to=to, by=by, key=key, at=at)
        return Assigned(number, after.state, after.version)
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
