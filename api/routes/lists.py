"""Alerts and orders: lists, and one of each."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.deps import Deps, Here
from api.views.alerts import AlertDetail, AlertView, alert_detail, alert_views
from api.views.orders import OrderDetail, OrderView, by_due, order_detail, order_views

router = APIRouter()

SHOWN = 100
"""How many past alerts and orders a list goes back."""


@dataclass(frozen=True, slots=True)
class AlertList:
    """Alerts that are not closed (most severe first), then the latest closed ones (newest first).

    `flood_since`: more than a person can follow since then.
    """

    unclosed: tuple[AlertView, ...]
    closed: tuple[AlertView, ...]
    flood_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderList:
    """Orders in work (due first), then the latest finished ones (newest first)."""

    unfinished: tuple[OrderView, ...]
    finished: tuple[OrderView, ...]


def alerts_now(deps: Deps) -> AlertList:
    """All alerts that matter now, and the past ones."""
    with deps.work.reading() as unit:
        unclosed = unit.alerts.unclosed()
        closed = [alert for alert in unit.alerts.recent(SHOWN) if alert.closed_at is not None]
        now = deps.clock.now()
        return AlertList(
            alert_views(deps.site, unit, unclosed, now),
            alert_views(deps.site, unit, closed, now),
            flood.began_at if (flood := unit.alert_records.flood()) else None,
        )


def orders_now(deps: Deps) -> OrderList:
    """All orders in work, and the past ones."""
    with deps.work.reading() as unit:
        unfinished = by_due(unit.orders.recent(500, unfinished_only=True))
        known = {order.id for order in unfinished}
        finished = [order for order in unit.orders.recent(SHOWN) if order.id not in known]
        now = deps.clock.now()
        return OrderList(
            order_views(deps.site, unit, unfinished, now),
            order_views(deps.site, unit, finished, now),
        )


def alert_now(deps: Deps, number: int) -> AlertDetail:
    """One alert; NotFound."""
    with deps.work.reading() as unit:
        return alert_detail(deps.site, unit, number, deps.clock.now())


def order_now(deps: Deps, number: int) -> OrderDetail:
    """One order; NotFound."""
    with deps.work.reading() as unit:
        return order_detail(deps.site, unit, number, deps.clock.now())


@router.get("/alerts.json", tags=["work"])
def alerts_json(deps: Here) -> AlertList:
    """Alerts that are not closed, and the latest closed ones."""
    return alerts_now(deps)


@router.get("/alerts", include_in_schema=False)
def alerts_page(request: Request, deps: Here) -> HTMLResponse:
    """The list of alerts."""
    return deps.pages.page(request, "alerts.html", facts={"view": alerts_now(deps), "topic": ""})


@router.get("/alerts/{number}.json", tags=["work"])
def alert_json(number: int, deps: Here) -> AlertDetail:
    """One alert with its history and notices."""
    return alert_now(deps, number)


@router.get("/alerts/{number}", include_in_schema=False)
def alert_page(number: int, request: Request, deps: Here) -> HTMLResponse:
    """One alert."""
    return deps.pages.page(request, "alert.html", facts={"view": alert_now(deps, number), "topic": ""})


@router.get("/orders.json", tags=["work"])
def orders_json(deps: Here) -> OrderList:
    """Orders in work, and the latest finished ones."""
    return orders_now(deps)


@router.get("/orders", include_in_schema=False)
def orders_page(request: Request, deps: Here) -> HTMLResponse:
    """The list of orders."""
    return deps.pages.page(request, "orders.html", facts={"view": orders_now(deps), "topic": ""})


@router.get("/orders/{number}.json", tags=["work"])
def order_json(number: int, deps: Here) -> OrderDetail:
    """One order with its checklist, history and messages."""
    return order_now(deps, number)


@router.get("/orders/{number}", include_in_schema=False)
def order_page(number: int, request: Request, deps: Here) -> HTMLResponse:
    """One order."""
    return deps.pages.page(request, "order.html", facts={"view": order_now(deps, number), "topic": ""})
