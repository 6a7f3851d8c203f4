"""The list of all equipment, with and without a wire: a page, JSON and a sheet."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from api.addresses import query_with
from api.deps import Deps, Here
from api.downloads import words_of, xlsx_file
from api.rights import allow
from api.views.assets import AssetList, AssetRow, Standing, asset_rows, counted
from api.views.overview import SYSTEMS
from api.web.pages import Words
from api.web.sheet_of_assets import xlsx_of
from facility.domain.account import Scope
from facility.domain.errors import NotFound
from facility.domain.role import STAFF
from facility.flow.find_orders import parts_of

router = APIRouter()

PAGE = 50
EVERY = 1_000_000
STANDINGS = list(Standing)
Word = Annotated[str, Query(max_length=100)]
System = Annotated[str, Query(pattern=f"^({'|'.join(SYSTEMS)})?$")]
Stands = Annotated[str, Query(pattern=f"^({'|'.join(Standing)})?$", description="state of the asset")]
Sort = Annotated[str, Query(pattern="^-?(name|class|system|area|state|id)$", description="- before it: backwards")]
Page = Annotated[int, Query(ge=1, le=10_000)]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which assets, and in which order; an empty field asks for nothing."""

    text: str
    system: str
    area: str
    state: str
    sort: str


def asked_of(text: Word = "", system: System = "", area: Word = "", state: Stands = "", sort: Sort = "system") -> Asked:
    """What an address asks for."""
    return Asked(text, system, area, state, sort)


Wanted = Annotated[Asked, Depends(asked_of)]


def list_now(deps: Deps, w: Words, asked: Asked, page: int, size: int = PAGE) -> AssetList:
    """One page of those that are asked for; an area holds the areas inside it; NotFound."""
    if asked.area and asked.area not in deps.site.areas:
        raise NotFound("area", asked.area)
    inside = set(parts_of(deps.site, asked.area))
    with deps.work.reading() as unit:
        every = asset_rows(deps.site, unit, deps.live.get(None), w.now)
    fitting = [
        row
        for row in every
        if asked.system in ("", row.system) and (not asked.area or row.area in inside) and _fits(row, asked.text)
    ]
    found = [row for row in fitting if asked.state in ("", row.standing)]
    found.sort(key=_order(deps, w, asked.sort.removeprefix("-")), reverse=asked.sort.startswith("-"))
    pages = max(1, -(-len(found) // size))
    page = min(page, pages)
    return AssetList(tuple(found[(page - 1) * size : page * size]), len(found), page, pages, counted(fitting))


@router.get("/assets.json", tags=["estate"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def assets_json(request: Request, deps: Here, asked: Wanted, page: Page = 1) -> AssetList:
    """All assets in use, with and without a wire: by system, area (with those inside it), state and words."""
    return list_now(deps, words_of(request, deps), asked, page)


@router.get("/assets.xlsx", tags=["estate"], dependencies=[allow(*STAFF)])
def assets_xlsx(request: Request, deps: Here, asked: Wanted) -> Response:
    """The same as a sheet, all pages."""
    w = words_of(request, deps)
    return xlsx_file(xlsx_of(list_now(deps, w, asked, 1, EVERY).rows, w), "assets.xlsx")


@router.get("/assets", include_in_schema=False, dependencies=[allow(*STAFF)])
def assets_page(request: Request, deps: Here, asked: Wanted, page: Page = 1) -> HTMLResponse:
    """The same as a page."""
    facts = {
        "view": list_now(deps, words_of(request, deps), asked, page),
        "chosen": asked,
        "sort": asked.sort.removeprefix("-"),
        "descending": asked.sort.startswith("-"),
        "systems": [each.value for each in SYSTEMS],
        "address": lambda **changes: query_with(request, **changes),
        "topic": "",
    }
    return deps.pages.page(request, "assets.html", facts=facts)


def _fits(row: AssetRow, text: str) -> bool:
    titles = (row.title, row.profile, row.area_title)
    words = " ".join([row.id, row.place, row.asset_class, *(f"{each.en} {each.zh}" for each in titles)]).casefold()
    return all(word in words for word in text.casefold().split())


def _order(deps: Deps, w: Words, by: str) -> Callable[[AssetRow], tuple[object, ...]]:
    """What the list is sorted by; what is alike stands in the site file's order."""
    areas = list(deps.site.areas)
    keys: dict[str, Callable[[AssetRow], tuple[object, ...]]] = {
        "id": lambda row: (row.id,),
        "name": lambda row: (w.title(row.title).casefold(),),
        "class": lambda row: (w.title(row.profile).casefold(),),
        "system": lambda row: (SYSTEMS.index(row.system),),
        "area": lambda row: (areas.index(row.area),),
        "state": lambda row: (STANDINGS.index(row.standing),),
    }
    return keys[by]
