"""The history of alerts: filters, sorting, pages, and export as CSV and XLSX."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from api.addresses import query_with
from api.deps import Deps, Here
from api.downloads import csv_file, words_of, xlsx_file
from api.given import day_of
from api.rights import allow
from api.views.alerts import AlertView, alert_views
from api.web.sheet_of_alerts import csv_of, xlsx_of
from facility.domain.account import Scope
from facility.domain.alert import AlertState
from facility.domain.by_hand import HAND_KINDS
from facility.domain.errors import Unfit
from facility.domain.role import STAFF
from facility.ports import AlertFilter

router = APIRouter()

PAGE = 50
MOST_EXPORTED = 10_000
SORTS = ("onset", "raised_at", "level", "kind", "asset", "state")
Words_ = Annotated[list[str], Query()]


@dataclass(frozen=True, slots=True)
class History:
    """One page of the alerts that were asked for; `total` counts those of all pages."""

    alerts: tuple[AlertView, ...]
    total: int
    page: int
    pages: int


def wanted_of(
    deps: Here,
    level: Words_ = [],  # noqa: B006 - FastAPI copies it
    state: Words_ = [],  # noqa: B006
    kind: Words_ = [],  # noqa: B006
    asset: Words_ = [],  # noqa: B006
    area: Words_ = [],  # noqa: B006
    since: Annotated[str, Query(description="first day, or a time")] = "",
    until: Annotated[str, Query(description="last day, or a time")] = "",
    missed: str = "",
    sort: Annotated[str, Query(description=f"{', '.join(SORTS)}; with - the other way round")] = "-onset",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> AlertFilter:
    """The filter that an address names; empty fields ask for nothing; Unfit."""
    order = sort.removeprefix("-")
    return AlertFilter(
        levels=tuple(int(each) for each in _among("level", level, ("1", "2", "3"))),
        states=tuple(AlertState(each) for each in _among("state", state, tuple(AlertState))),
        kinds=tuple(filter(None, kind)),
        assets=tuple(filter(None, asset)),
        areas=_with_parts(deps, tuple(filter(None, area))),
        since=day_of(since, "since", deps.site.zone),
        until=day_of(until, "until", deps.site.zone, end=True),
        missed=missed not in ("", "0", "false"),
        sort=_among("sort", [order], SORTS)[0],
        descending=sort.startswith("-"),
        limit=PAGE,
        offset=(page - 1) * PAGE,
    )


Wanted = Annotated[AlertFilter, Depends(wanted_of)]


def _among(field: str, given: Iterable[str], known: tuple[str, ...]) -> list[str]:
    found = [each for each in given if each]
    for each in found:
        if each not in known:
            raise Unfit(field, "form_damaged", f"{each[:40]!r} is none of {', '.join(known)}")
    return found


def _with_parts(deps: Deps, areas: tuple[str, ...]) -> tuple[str, ...]:
    """An area with all that lie in it."""
    found = list(areas)
    for name in found:
        found += [area.id for area in deps.site.areas.values() if area.parent == name and area.id not in found]
    return tuple(found)


def history(deps: Deps, wanted: AlertFilter) -> History:
    """One page."""
    with deps.work.reading() as unit:
        found, total = unit.alerts.find(wanted)
        views = alert_views(deps.site, unit, found, deps.clock.now())
    return History(views, total, wanted.offset // PAGE + 1, max(1, -(-total // PAGE)))


def exported(deps: Deps, wanted: AlertFilter) -> tuple[AlertView, ...]:
    """All that were asked for; Unfit when they are too many for one file."""
    with deps.work.reading() as unit:
        found, total = unit.alerts.find(replace(wanted, limit=MOST_EXPORTED, offset=0))
        if total > MOST_EXPORTED:
            what = f"{total} alerts are too many for one file; ask for at most {MOST_EXPORTED}, by day or level"
            raise Unfit("export", "too_many", what)
        return alert_views(deps.site, unit, found, deps.clock.now())


@router.get("/alerts/history.json", tags=["alerts"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def history_json(deps: Here, wanted: Wanted) -> History:
    """Alerts of all times, by level, state, kind, asset, area (with its parts) and onset."""
    return history(deps, wanted)


@router.get("/alerts/history.csv", tags=["alerts"], dependencies=[allow(*STAFF)])
def history_csv(request: Request, deps: Here, wanted: Wanted) -> Response:
    """The same as CSV (UTF-8), in the reader's language."""
    return csv_file(csv_of(exported(deps, wanted), words_of(request, deps)), "alerts.csv")


@router.get("/alerts/history.xlsx", tags=["alerts"], dependencies=[allow(*STAFF)])
def history_xlsx(request: Request, deps: Here, wanted: Wanted) -> Response:
    """The same as a workbook, in the reader's language."""
    return xlsx_file(xlsx_of(exported(deps, wanted), words_of(request, deps)), "alerts.xlsx")


@router.get("/alerts/history", include_in_schema=False, dependencies=[allow(*STAFF)])
def history_page(request: Request, deps: Here, wanted: Wanted) -> HTMLResponse:
    """The history with its filters."""
    query = request.query_params
    known = sorted({rule.alert for asset in deps.site.assets.values() for rule in asset.rules.values() if rule.alert})
    kinds = sorted({*known, *HAND_KINDS, *(rule.alert for rule in deps.site.rules.values())})
    facts = {
        "view": history(deps, wanted),
        "chosen": {name: query.getlist(name) for name in ("level", "state", "kind", "asset", "area")},
        "since": query.get("since", ""),
        "until": query.get("until", ""),
        "missed": wanted.missed,
        "sort": wanted.sort,
        "descending": wanted.descending,
        "kinds": kinds,
        "states": list(AlertState),
        "address": lambda **changes: query_with(request, **changes),
        "topic": "",
    }
    return deps.pages.page(request, "alerts_history.html", facts=facts)
