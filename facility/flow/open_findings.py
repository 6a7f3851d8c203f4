"""Open findings: what an inspection or a service found and did not mend becomes a repair order of its own, linked to it."""

from collections.abc import Sequence
from datetime import datetime

from facility.domain.asset import Site
from facility.domain.checklist import Finding, Line, Result
from facility.domain.order import Order, OrderState, Origin, WorkKind
from facility.flow.open_orders import due_today, open_order
from facility.ports import WorkUnit


def open_findings(
    site: Site, unit: WorkUnit, order: Order, found: Sequence[tuple[Line, Result]], now: datetime
) -> list[Order]:
    """One order for each line that is not in order, for who maintains the asset; the one there is when it was found before."""
    return [_open(site, unit, order, line, now) for line, result in found if result.finding is Finding.NOT_IN_ORDER]


def _open(site: Site, unit: WorkUnit, order: Order, line: Line, now: datetime) -> Order:
    asset = site.assets.get(line.asset)
    return open_order(
        site,
        unit,
        Order(
            id=0,
            kind=WorkKind.REPAIR,
            asset=line.asset,
            title_id=order.title_id,
            state=OrderState.UNASSIGNED,
            position=asset.maintaining if asset else order.position,
            person=None,
            opened_at=now,
            due_at=due_today(site, now),
            origin=Origin.INSPECTION,
            parent=order.id,
            subject=line.item.title,
            line=line.key,
            place=line.place,
        ),
        now,
    )
