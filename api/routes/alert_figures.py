"""Figures about alerts, the lists behind them, and the button that opens an order to tune a rule."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.deps import Deps, Here
from api.forms import Form, first
from api.rights import allow
from api.views.alert_figures import SYSTEMS, FigureList, Figures, Filter, Period, Which, figures, listed
from facility.domain.account import Scope
from facility.domain.errors import NotFound
from facility.domain.role import OPERATORS, STAFF
from facility.flow.tune_rule import tune_rule

router = APIRouter()

SEE_OTHER = 303


def wanted_of(
    period: Period = Period.WEEK,
    area: Annotated[str, Query(max_length=100, description="An area, with those inside it")] = "",
    system: Annotated[str, Query(pattern=f"^({'|'.join(SYSTEMS)})?$")] = "",
    level: Annotated[int, Query(ge=0, le=3, description="0: all levels")] = 0,
    asset: Annotated[str, Query(max_length=100)] = "",
    rule: Annotated[str, Query(max_length=100)] = "",
) -> Filter:
    """The filter of an address."""
    return Filter(period, area, system, level, asset, rule)


Wanted = Annotated[Filter, Depends(wanted_of)]


def figures_now(deps: Deps, wanted: Filter) -> Figures:
    """Figures of a period that ends now; NotFound for an area that the site does not have."""
    _known(deps, wanted)
    with deps.work.reading() as unit:
        return figures(deps.site, unit, wanted, deps.clock.now())


def list_now(deps: Deps, wanted: Filter, which: Which) -> FigureList:
    """The alerts behind a figure; NotFound as above."""
    _known(deps, wanted)
    with deps.work.reading() as unit:
        return listed(deps.site, unit, wanted, which, deps.clock.now())


@router.get("/alerts/figures.json", tags=["alerts"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def figures_json(deps: Here, wanted: Wanted) -> Figures:
    """How many alerts, from where, how soon acknowledged, deadlines kept, floods. Shares are 0 to 1; null: no data."""
    return figures_now(deps, wanted)


@router.get("/alerts/figures", include_in_schema=False, dependencies=[allow(*STAFF)])
def figures_page(request: Request, deps: Here, wanted: Wanted) -> HTMLResponse:
    """The page of figures."""
    facts = {"view": figures_now(deps, wanted), "wanted": wanted, "periods": list(Period), "systems": SYSTEMS}
    return deps.pages.page(request, "alert_figures.html", facts=facts | {"topic": ""})


@router.get("/alerts/figures/list.json", tags=["alerts"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def list_json(deps: Here, wanted: Wanted, which: Which = Which.ALL) -> FigureList:
    """The alerts behind a figure, latest first."""
    return list_now(deps, wanted, which)


@router.get("/alerts/figures/list", include_in_schema=False, dependencies=[allow(*STAFF)])
def list_page(request: Request, deps: Here, wanted: Wanted, which: Which = Which.ALL) -> HTMLResponse:
    """The list behind a figure."""
    facts = {"view": list_now(deps, wanted, which), "wanted": wanted, "which": which}
    return deps.pages.page(request, "alert_figure_list.html", facts=facts | {"topic": ""})


@router.post("/alerts/figures/tune", include_in_schema=False, dependencies=[allow(*OPERATORS)])
def tune(deps: Here, form: Form) -> Response:
    """Open the order to tune a rule, or find the open one, and go there."""
    with deps.work.writing() as unit:
        order = tune_rule(deps.site, unit, first(form, "asset"), first(form, "rule"), deps.clock.now())
    return RedirectResponse(f"/orders/{order.id}", SEE_OTHER)


def _known(deps: Deps, wanted: Filter) -> None:
    if wanted.area and wanted.area not in deps.site.areas:
        raise NotFound("area", wanted.area)
