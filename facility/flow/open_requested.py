"""Open requested: the repair order of a request, for who repairs its category, due when its clock says."""

from datetime import datetime

from facility.domain.asset import Site
from facility.domain.clock import ClockId, end_of_day
from facility.domain.order import Order, OrderState, Origin, WorkKind
from facility.domain.request import Request, RequestKind
from facility.domain.text import Title
from facility.flow.open_orders import SHORTEST, open_order
from facility.ports import WorkUnit

LONGEST_SUBJECT = 80


def open_requested(site: Site, unit: WorkUnit, request: Request, now: datetime, parent: int | None = None) -> Order:
    """The order, assigned to who is on duty; `parent`: the one whose work was not good enough. Its place is an address, never a name."""
    origin = Origin.COMPLAINT if request.kind is RequestKind.COMPLAINT else Origin.REQUEST
    subject = request.words.splitlines()[0][:LONGEST_SUBJECT]
    return open_order(
        site,
        unit,
        Order(
            id=0,
            kind=WorkKind.REPAIR,
            asset=request.asset,
            title_id=request.category,
            state=OrderState.UNASSIGNED,
            position=position_for_request(site, request),
            person=None,
            opened_at=now,
            due_at=max(end_of_day(now, site.clocks[ClockId.SAME_DAY].days, site.zone), now + SHORTEST),
            origin=origin,
            parent=parent,
            subject=Title(subject, subject),
            place=place_of(unit, request),
            request=request.id,
        ),
        now,
    )


def position_for_request(site: Site, request: Request) -> str:
    """Who maintains the asset, else who repairs the category; empty: a planner gives it to somebody."""
    asset = site.assets.get(request.asset)
    if asset is not None:
        return asset.maintaining
    category = site.categories.get(request.category)
    return category.position if category else ""


def place_of(unit: WorkUnit, request: Request) -> str:
    """The home's address and the words of the place; empty where the asset says it."""
    home = str(unit.homes.get(request.home).address) if request.home is not None else ""
    return " ".join(part for part in (home, request.place) if part)
