"""What is printed: an order with its checklist and lines to sign, labels of assets with a QR code."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from api.deps import Deps, Here
from api.rights import allow
from api.routes.lists import order_now
from api.routes.pages import find_asset
from facility.domain.asset import Asset
from facility.domain.errors import NotFound
from facility.domain.role import STAFF
from facility.flow.find_orders import parts_of
from facility.qr_codes import qr_code

router = APIRouter()


@router.get("/orders/{number}/print", include_in_schema=False, dependencies=[allow(*STAFF)])
def order_sheet(number: int, request: Request, deps: Here) -> HTMLResponse:
    """One order on a sheet of A4, its code leads back to it; NotFound."""
    facts = {"view": order_now(deps, number), "code": qr_code(f"{_base(request, deps)}/orders/{number}", scale=3)}
    return deps.pages.page(request, "order_print.html", facts=facts)


@router.get("/assets/{asset}/label", include_in_schema=False, dependencies=[allow(*STAFF)])
def label(asset: str, request: Request, deps: Here) -> HTMLResponse:
    """One label; NotFound."""
    return _labels(request, deps, [find_asset(deps, asset)], "")


@router.get("/labels", include_in_schema=False, dependencies=[allow(*STAFF)])
def labels(request: Request, deps: Here, area: Annotated[str, Query(max_length=100)] = "") -> HTMLResponse:
    """Sheets of labels of an area with those inside it, or of the whole estate; NotFound."""
    if area and area not in deps.site.areas:
        raise NotFound("area", area)
    areas = parts_of(deps.site, area)
    known = [each for each in deps.site.assets.values() if not each.retired and (not area or each.area in areas)]
    return _labels(request, deps, known, area)


def _labels(request: Request, deps: Deps, assets: list[Asset], area: str) -> HTMLResponse:
    base = _base(request, deps)
    rows = [(each, deps.site.areas[each.area], qr_code(f"{base}/assets/{each.id}", scale=3)) for each in assets]
    return deps.pages.page(request, "labels.html", facts={"rows": rows, "area": area})


def _base(request: Request, deps: Deps) -> str:
    return deps.public_url or str(request.base_url).rstrip("/")
