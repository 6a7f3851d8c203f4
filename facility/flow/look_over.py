"""Look over: what a person found at the lines of an order's checklist, taken when it is complete."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from facility.domain.asset import Site
from facility.domain.checklist import CHECK_OF, ChecklistLacks, Given, Line, Result, lacking
from facility.domain.errors import Conflict
from facility.domain.order import Order, OrderStep
from facility.flow.checklist_of import checklist_of
from facility.ports import WorkUnit

Found = Sequence[tuple[Line, Result]]


def results_of(
    site: Site,
    unit: WorkUnit,
    order: Order,
    step: OrderStep,
    given: Mapping[str, Given],
    person: int,
    key: str,
    at: datetime,
) -> Found:
    """Each answered line with its result; ChecklistLacks at the first line where something is missing, Conflict for an unknown one."""
    check = CHECK_OF.get(step)
    if check is None:
        return ()
    lines = checklist_of(site, unit, order)
    unknown = set(given) - {line.key for line in lines}
    if unknown:
        raise Conflict(f"order {order.id}: its checklist has changed meanwhile: look at it again")
    photographed = {photo.line for photo in unit.photos.of_order(order.id)}
    lack = lacking(lines, given, photographed, order.kind, step)
    if lack is not None:
        raise ChecklistLacks(order.id, lack)
    return tuple(
        (
            line,
            Result(
                order=order.id,
                step=key,
                check=check,
                line=line.key,
                asset=line.asset,
                title=line.item.title,
                finding=given[line.key].finding,
                measured=given[line.key].measured,
                unit=line.item.unit,
                remark=given[line.key].remark,
                person=person,
                at=at,
            ),
        )
        for line in lines
        if line.key in given
    )


def first_measured(found: Found) -> tuple[float | None, str]:
    """The first value of a point that was measured, and the point: what the order's history shows."""
    return next(
        (
            (result.measured, line.item.point)
            for line, result in found
            if line.item.point and result.measured is not None
        ),
        (None, ""),
    )
