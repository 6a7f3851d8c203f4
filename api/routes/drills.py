"""Drills: what was played and what came of it."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.deps import Deps, Here
from api.rights import allow
from api.views.drills import DrillDetail, DrillView, drill_detail, drill_view
from api.views.people import Names
from facility.domain.account import Scope
from facility.domain.role import STAFF

router = APIRouter()

SHOWN = 50
"""How many drills the list goes back."""


@dataclass(frozen=True, slots=True)
class DrillList:
    """The latest drills, newest first. `possible`: the site file names simulators that play them."""

    drills: tuple[DrillView, ...]
    possible: bool


def drills_now(deps: Deps) -> DrillList:
    """The latest drills."""
    now = deps.clock.now()
    with deps.work.reading() as unit:
        names = Names(unit)
        shown = tuple(drill_view(drill, names, now) for drill in unit.drills.recent(SHOWN))
    return DrillList(shown, deps.stage is not None)


def drill_now(deps: Deps, number: int) -> DrillDetail:
    """One drill; NotFound."""
    with deps.work.reading() as unit:
        return drill_detail(deps.site, unit, number, deps.clock.now())


@router.get("/drills.json", tags=["work"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def drills_json(deps: Here) -> DrillList:
    """The latest drills, newest first."""
    return drills_now(deps)


@router.get("/drills", include_in_schema=False, dependencies=[allow(*STAFF)])
def drills_page(request: Request, deps: Here) -> HTMLResponse:
    """The list of drills."""
    return deps.pages.page(request, "drills.html", facts={"view": drills_now(deps), "topic": ""})


@router.get("/drills/{number}.json", tags=["work"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def drill_json(number: int, deps: Here) -> DrillDetail:
    """One drill with its alerts."""
    return drill_now(deps, number)


@router.get("/drills/{number}", include_in_schema=False, dependencies=[allow(*STAFF)])
def drill_page(number: int, request: Request, deps: Here) -> HTMLResponse:
    """One drill."""
    return deps.pages.page(request, "drill.html", facts={"view": drill_now(deps, number), "topic": ""})
