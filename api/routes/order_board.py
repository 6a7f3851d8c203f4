"""The board of orders: filters, sorting, pages, files; the queues of the third check and of what nobody has yet."""

import secrets
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from api.addresses import query_with
from api.deps import ActingNumber, Deps, Here
from api.downloads import csv_file, words_of, xlsx_file
from api.given import calendar_day
from api.rights import allow, identity
from api.views.order_board import (
    OrderBoard,
    SpotChecks,
    UnassignedList,
    order_board,
    spot_checks,
    unassigned,
)
from api.views.orders import OrderView, order_views
from api.web.sheet_of_orders import csv_of, xlsx_of
from facility.domain.account import Scope
from facility.domain.errors import Unfit
from facility.domain.order import GROUPS, OrderState, Origin, WorkKind
from facility.domain.role import PLANNERS, SPOT_CHECKERS, STAFF
from facility.flow.find_orders import Asked, find_orders
from facility.locale.order_names import order_text

router = APIRouter()

PAGE = 50
MOST_EXPORTED = 10_000
Several = Annotated[list[str], Query(max_length=20)]
Word = Annotated[str, Query(max_length=100)]


def asked_of(
    deps: Here,
    state: Several = [],  # noqa: B006 - FastAPI copies it
    kind: Several = [],  # noqa: B006
    origin: Several = [],  # noqa: B006
    team: Word = "",
    position: Word = "",
    person: Annotated[str, Query(max_length=100, description="login of who is responsible")] = "",
    asset: Word = "",
    area: Annotated[str, Query(max_length=100, description="with the areas inside it")] = "",
    overdue: Word = "",
    due_from: Annotated[str, Query(max_length=10, description="first day, like 2026-11-23")] = "",
    due_until: Annotated[str, Query(max_length=10, description="last day")] = "",
    q: Annotated[str, Query(max_length=100, description="text of title, place or asset, or a number")] = "",
    sort: Annotated[str, Query(max_length=20, description="with - the other way round")] = "due_at",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Asked:
    """What an address asks for; empty fields ask for nothing; Unfit."""
    return Asked(
        states=tuple(filter(None, state)),
        kinds=tuple(filter(None, kind)),
        origins=tuple(filter(None, origin)),
        team=team,
        position=position,
        person=person,
        asset=asset,
        area=area,
        overdue=overdue not in ("", "0", "false"),
        due_from=calendar_day("due_from", due_from),
        due_until=calendar_day("due_until", due_until),
        text=order_text(deps.site, q),
        sort=sort,
        limit=PAGE,
        offset=(page - 1) * PAGE,
    )


Wanted = Annotated[Asked, Depends(asked_of)]


def board_now(deps: Deps, asked: Asked) -> OrderBoard:
    """One page of the board."""
    now = deps.clock.now()
    with deps.work.reading() as unit:
        found = find_orders(deps.site, unit, asked, now)
        return order_board(deps.site, unit, found, asked.offset // PAGE + 1, PAGE, now)


def exported(deps: Deps, asked: Asked) -> tuple[OrderView, ...]:
    """All that were asked for; Unfit when they are too many for one file."""
    now = deps.clock.now()
    with deps.work.reading() as unit:
        found = find_orders(deps.site, unit, replace(asked, limit=MOST_EXPORTED, offset=0), now)
        if found.total > MOST_EXPORTED:
            what = f"{found.total} orders are too many for one file; ask for at most {MOST_EXPORTED}, by day or state"
            raise Unfit("export", "orders_too_many", what, most=MOST_EXPORTED)
        return order_views(deps.site, unit, found.orders, now)


@router.get("/orders.json", tags=["work"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def orders_json(deps: Here, asked: Wanted) -> OrderBoard:
    """Orders by state (or a group: open, at_work, checks, final, all), kind, origin, team, position, person, asset, area, due, text.

    Without a state: all that are not final, due first.
    """
    return board_now(deps, asked)


@router.get("/orders.csv", tags=["work"], dependencies=[allow(*STAFF)])
def orders_csv(request: Request, deps: Here, asked: Wanted) -> Response:
    """The same as CSV (UTF-8), in the reader's language."""
    return csv_file(csv_of(exported(deps, asked), words_of(request, deps)), "orders.csv")


@router.get("/orders.xlsx", tags=["work"], dependencies=[allow(*STAFF)])
def orders_xlsx(request: Request, deps: Here, asked: Wanted) -> Response:
    """The same as a workbook, in the reader's language."""
    return xlsx_file(xlsx_of(exported(deps, asked), words_of(request, deps)), "orders.xlsx")


@router.get("/orders", include_in_schema=False, dependencies=[allow(*STAFF)])
def orders_page(request: Request, deps: Here, asked: Wanted, pick: Word = "") -> HTMLResponse:
    """The board; `pick`: with boxes to tick, for who assigns; all: ticked."""
    query, roles = request.query_params, identity(request).roles
    with deps.work.reading() as unit:
        people = unit.people.all()
    plans = bool(roles & PLANNERS) and identity(request).person is not None
    facts = {
        "view": board_now(deps, asked),
        "chosen": {name: query.get(name, "") for name in (*FILTERS, "q", "due_from", "due_until", "overdue")},
        "groups": list(GROUPS),
        "states": list(OrderState),
        "kinds": list(WorkKind),
        "origins": list(Origin),
        "people": people,
        "sort": asked.sort.removeprefix("-"),
        "descending": asked.sort.startswith("-"),
        "address": lambda **changes: query_with(request, **changes),
        "plans": plans,
        "spot_checks": bool(roles & SPOT_CHECKERS),
        "pick": plans and pick in ("1", "all"),
        "picked": pick == "all",
        "key": secrets.token_hex(16),
        "topic": "",
    }
    return deps.pages.page(request, "orders.html", facts=facts)


FILTERS = ("state", "kind", "origin", "team", "position", "person", "asset", "area")


@router.get("/orders/spot-checks.json", tags=["work"], dependencies=[allow(*SPOT_CHECKERS)])
def spot_checks_json(deps: Here, person: ActingNumber) -> SpotChecks:
    """Orders that wait for their spot check, and which of them whoever asks may check."""
    with deps.work.reading() as unit:
        return spot_checks(deps.site, unit, person, deps.clock.now())


@router.get("/orders/spot-checks", include_in_schema=False, dependencies=[allow(*SPOT_CHECKERS)])
def spot_checks_page(request: Request, deps: Here, person: ActingNumber) -> HTMLResponse:
    """The same as a page."""
    return deps.pages.page(request, "spot_checks.html", facts={"view": spot_checks_json(deps, person), "topic": ""})


@router.get("/orders/unassigned.json", tags=["work"], dependencies=[allow(*PLANNERS)])
def unassigned_json(deps: Here, person: ActingNumber) -> UnassignedList:
    """Orders that nobody has, each with who could take it: on duty for its position, with the fewest orders."""
    with deps.work.reading() as unit:
        return unassigned(deps.site, unit, person, deps.clock.now())


@router.get("/orders/unassigned", include_in_schema=False, dependencies=[allow(*PLANNERS)])
def unassigned_page(request: Request, deps: Here, person: ActingNumber) -> HTMLResponse:
    """The same as a page, with a button for each suggestion."""
    with deps.work.reading() as unit:
        people = unit.people.all()
    facts = {"view": unassigned_json(deps, person), "people": people, "key": secrets.token_hex(16), "topic": ""}
    facts["spot_checks"] = bool(identity(request).roles & SPOT_CHECKERS)
    return deps.pages.page(request, "unassigned.html", facts=facts)
