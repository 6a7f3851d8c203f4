"""Orders: the list, and one of them."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.deps import Deps, Here
from api.rights import allow
from api.views.orders import OrderDetail, OrderView, by_due, order_detail, order_views
from facility.domain.account import Scope
from facility.domain.role import STAFF

router = APIRouter()

SHOWN = 100
"""How many past orders the list goes back."""


@dataclass(frozen=True, slots=True)
class OrderList:
    """Orders in work (due first), then the latest finished ones (newest first)."""

    unfinished: tuple[OrderView, ...]
    finished: tuple[OrderView, ...]


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


def order_now(deps: Deps, number: int) -> OrderDetail:
    """One order; NotFound."""
    with deps.work.reading() as unit:
        return order_detail(deps.site, unit, number, deps.clock.now())


@router.get("/orders.json", tags=["work"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def orders_json(deps: Here) -> OrderList:
    """Orders in work, and the latest finished ones."""
    return orders_now(deps)


@router.get("/orders", include_in_schema=False, dependencies=[allow(*STAFF)])
def orders_page(request: Request, deps: Here) -> HTMLResponse:
    """The list of orders."""
    return deps.pages.page(request, "orders.html", facts={"view": orders_now(deps), "topic": ""})


@router.get("/orders/{number}.json", tags=["work"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def order_json(number: int, deps: Here) -> OrderDetail:
    """One order with its checklist, history and messages."""
    return order_now(deps, number)


@router.get("/orders/{number}", include_in_schema=False, dependencies=[allow(*STAFF)])
def order_page(number: int, request: Request, deps: Here) -> HTMLResponse:
    """One order."""
    return deps.pages.page(request, "order.html", facts={"view": order_now(deps, number), "topic": ""})
