"""Overview, assets and charts."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.deps import Deps, Here
from api.rights import Who, allow, signed_in
from api.views.chart import Chart, Span, chart
from api.views.growth import BARS, GrowthBars, growth_bars
from api.views.overview import AssetDetail, Overview, asset_detail, overview
from api.views.points import point_views
from facility.domain.account import Scope
from facility.domain.asset import Asset, fresh_for
from facility.domain.errors import NotFound
from facility.domain.profile import Point
from facility.domain.role import STAFF

router = APIRouter()

Back = Annotated[int, Query(ge=0, le=1000, description="How many spans into the past")]


def overview_now(deps: Deps) -> Overview:
    """The estate as it is known now."""
    states = deps.live.get(None)
    with deps.work.reading() as unit:
        return overview(deps.site, unit, states, deps.clock.now())


def asset_now(deps: Deps, asset: str) -> AssetDetail:
    """One asset as it is known now; NotFound."""
    found = find_asset(deps, asset)
    state = deps.live.get([asset]).get(asset)
    with deps.work.reading() as unit:
        return asset_detail(deps.site, unit, found, state, deps.clock.now())


def find_asset(deps: Deps, asset: str) -> Asset:
    """An asset of the site; NotFound."""
    found = deps.site.assets.get(asset)
    if found is None:
        raise NotFound("asset", asset)
    return found


def find_point(deps: Deps, asset: str, point: str) -> tuple[Asset, Point]:
    """A point of an asset; NotFound."""
    found = find_asset(deps, asset)
    if point not in found.profile.points:
        raise NotFound("point", f"{asset}/{point}")
    return found, found.profile.points[point]


@router.get("/", include_in_schema=False, dependencies=[signed_in()])
def root(who: Who) -> Response:
    """The overview is the first page; the account's own for those who may not see the estate."""
    return RedirectResponse("/overview" if who.roles & STAFF else "/account")


@router.get("/overview", include_in_schema=False, dependencies=[allow(*STAFF)])
def overview_page(request: Request, deps: Here) -> HTMLResponse:
    """Systems, assets, alerts, orders."""
    return deps.pages.page(request, "overview.html", facts={"view": overview_now(deps), "topic": ""})


@router.get("/overview.json", tags=["estate"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def overview_json(deps: Here) -> Overview:
    """Systems with their assets and main points, alerts that are not closed, orders in work."""
    return overview_now(deps)


@router.get("/assets/{asset}.json", tags=["estate"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def asset_json(asset: str, deps: Here) -> AssetDetail:
    """One asset with all its points, conditions, alerts and orders."""
    return asset_now(deps, asset)


@router.get("/assets/{asset}", include_in_schema=False, dependencies=[allow(*STAFF)])
def asset_page(asset: str, request: Request, deps: Here) -> HTMLResponse:
    """One asset."""
    return deps.pages.page(request, "asset.html", facts={"view": asset_now(deps, asset), "topic": asset})


@router.get("/assets/{asset}/points/{point}.json", tags=["estate"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def chart_json(asset: str, point: str, deps: Here, span: Span = Span.HOUR, back: Back = 0) -> Chart:
    """The course of a point over an hour, a day, a month or a year, as columns; gaps are rows of nulls."""
    found, one = find_point(deps, asset, point)
    return chart(deps.history, found, one, deps.site.zone, span, back, deps.clock.now(), one.kind)


@router.get(
    "/assets/{asset}/points/{point}/growth.json", tags=["estate"], dependencies=[allow(*STAFF, machines=Scope.READ)]
)
def growth_json(asset: str, point: str, deps: Here, span: Span = Span.MONTH, back: Back = 0) -> GrowthBars:
    """What a counter counted: hours of a day, days of a month, months of a year, in the site's zone."""
    found, one = find_point(deps, asset, point)
    if one.counter is None:
        raise NotFound("counter", f"{asset}/{point}")
    return growth_bars(deps.history, found, one, one.counter, deps.site.zone, span, back, deps.clock.now())


@router.get("/assets/{asset}/points/{point}", include_in_schema=False, dependencies=[allow(*STAFF)])
def chart_page(
    asset: str, point: str, request: Request, deps: Here, span: Span = Span.HOUR, back: Back = 0
) -> HTMLResponse:
    """The chart of a point."""
    found, one = find_point(deps, asset, point)
    state = deps.live.get([asset]).get(asset)
    views = {view.name: view for view in point_views(found, state, deps.clock.now(), every=True)}
    facts = {"asset": found, "point": views[one.name], "span": span, "spans": list(Span), "back": back, "topic": asset}
    facts["bar"] = BARS[span] if one.counter is not None and span is not Span.HOUR else None
    facts["fresh_for"] = fresh_for(found).total_seconds()
    return deps.pages.page(request, "chart.html", facts=facts)
