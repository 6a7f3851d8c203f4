"""Use a part: what was put in or used up in an order, or charged for it; and striking an entry that was wrong."""

from datetime import datetime
from decimal import Decimal

from facility.domain.asset import Site
from facility.domain.errors import Conflict, Unfit
from facility.domain.evidence import Used, UsedKind
from facility.domain.order import may_add_evidence
from facility.flow.check_work import bench_for
from facility.ports import WorkUnit

LONGEST_NAME = 100
MOST_QUANTITY = Decimal(1_000_000)
MOST_PRICE = 100_000_000
"""Fen."""


def use_part(
    site: Site,
    unit: WorkUnit,
    *,
    order: int,
    key: str,
    kind: UsedKind,
    name: str,
    quantity: Decimal,
    measure: str,
    price: int,
    charged: bool,
    person: int,
    at: datetime,
) -> Used:
    """The stored entry; `measure`: the unit of the quantity, `price`: of one, in fen. The same key again changes nothing.
    Conflict, NotFound, Unfit.
    """
    _check_open(site, unit, order, person)
    if not name or len(name) > LONGEST_NAME:
        raise Unfit("name", "used_name", f"needs 1 to {LONGEST_NAME} characters", most=LONGEST_NAME)
    if not 0 < quantity <= MOST_QUANTITY or quantity != quantity.quantize(Decimal("0.001")):
        raise Unfit("quantity", "used_quantity", "must be above 0, with three decimal places at most")
    if not 0 <= price <= MOST_PRICE:
        raise Unfit("price", "used_price", "must be 0 to 1 000 000 yuan, in whole fen")
    return unit.used.add(Used(0, order, key, kind, name, quantity, measure[:20], price, charged, person, at))


def strike(site: Site, unit: WorkUnit, *, order: int, used: int, person: int, at: datetime) -> None:
    """The entry counts no more and stays to be seen. Conflict, NotFound."""
    _check_open(site, unit, order, person)
    unit.used.strike(order, used, person, at)


def _check_open(site: Site, unit: WorkUnit, order: int, person: int) -> None:
    of = unit.orders.get(order)
    if not may_add_evidence(of, person, bench_for(site, unit, of)):
        raise Conflict(f"order {order} is {of.state}, or not this person's: what was used cannot change")
