"""Energy and cost from the meters, by month: page, JSON, XLSX."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from api.deps import Deps, Here
from api.language import language_of
from api.rights import allow
from api.views.energy import EnergyView, energy_view
from api.web.pages import Words
from api.web.sheet_of_energy import xlsx_of
from facility.domain.account import Scope
from facility.domain.figure import Period
from facility.domain.role import STAFF

router = APIRouter()

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Month = Annotated[str, Query(pattern=r"^$|^20[0-9]{2}-(0[1-9]|1[0-2])$", description="2026-11; this month when empty")]


def energy_now(deps: Deps, month: str) -> EnergyView:
    """The report of a month."""
    now = deps.clock.now()
    first = date.fromisoformat(f"{month}-01") if month else now.astimezone(deps.site.zone).date()
    return energy_view(deps.site, deps.history, Period.month(first.year, first.month), now)


@router.get("/energy.json", tags=["figures"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def energy_json(deps: Here, month: Month = "") -> EnergyView:
    """What each meter counted in a month, by tariff period, beside the month before and that of last year; null: no data."""
    return energy_now(deps, month)


@router.get("/energy.xlsx", tags=["figures"], dependencies=[allow(*STAFF)])
def energy_xlsx(request: Request, deps: Here, month: Month = "") -> Response:
    """The same as XLSX, in the reader's language."""
    view = energy_now(deps, month)
    words = Words(deps.site, language_of(request, deps.site.language), deps.clock.now())
    name = f'attachment; filename="energy-{view.month:%Y-%m}.xlsx"'
    return Response(xlsx_of(view, words), media_type=XLSX, headers={"content-disposition": name})


@router.get("/energy", include_in_schema=False, dependencies=[allow(*STAFF)])
def energy_page(request: Request, deps: Here, month: Month = "") -> HTMLResponse:
    """The same as a page."""
    return deps.pages.page(request, "energy.html", facts={"view": energy_now(deps, month), "topic": ""})
