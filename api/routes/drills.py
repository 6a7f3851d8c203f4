"""Drills: begun, ended and evaluated on pages; what was played and what came of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.deps import Acting, Deps, Here
from api.forms import Form, first
from api.rights import allow, identity
from api.views.drills import DrillDetail, DrillView, drill_detail, drill_view
from api.views.people import Names
from facility.domain.account import Scope
from facility.domain.drill import Asked
from facility.domain.errors import Conflict, NotFound
from facility.domain.role import PLANNERS, STAFF
from facility.flow.drill import evaluate
from facility.flow.rehearse import begin_drill, end_drill
from facility.ports import Scenario, StageError

router = APIRouter()

LONGEST_EVALUATION = 2000  # characters
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


@router.post("/drills", include_in_schema=False, dependencies=[allow(*PLANNERS)])
def start_drill(request: Request, deps: Here, person: Acting, form: Form) -> Response:
    """Begin a drill; what stands in the way comes back with the list."""
    minutes = first(form, "minutes")
    length = int(minutes) if minutes.isascii() and minutes.isdecimal() and len(minutes) < 4 else 0
    names = tuple(name.strip() for name in re.split("[,，、;；\n]", first(form, "participants")) if name.strip())
    if deps.stage is None or first(form, "sure") != "1":
        return _list_page(request, deps, 422, "not_sure")
    try:
        drill = begin_drill(deps.work, deps.stage, Asked(first(form, "scenario"), person.id, length, names), deps.clock)
    except (Conflict, NotFound) as error:
        return _list_page(request, deps, 409, str(error))
    except StageError as error:
        return _list_page(request, deps, 503, str(error))
    return RedirectResponse(f"/drills/{drill.id}", 303)


@router.post("/drills/{number}/end", include_in_schema=False, dependencies=[allow(*PLANNERS)])
def stop_drill(number: int, request: Request, deps: Here) -> Response:
    """Stop the simulators, then end its row; the row ends also when they do not answer any more."""
    if deps.stage is None:
        raise NotFound("drill", number)
    try:
        end_drill(deps.work, deps.stage, number, deps.clock)
    except StageError as error:
        return _drill_page(request, deps, number, 503, str(error))
    return RedirectResponse(f"/drills/{number}", 303)


@router.post("/drills/{number}/evaluation", include_in_schema=False, dependencies=[allow(*PLANNERS)])
def evaluate_drill(number: int, request: Request, deps: Here, person: Acting, form: Form) -> Response:
    """What was learnt from a drill that is over."""
    words = first(form, "evaluation")
    if not words or len(words) > LONGEST_EVALUATION:
        return _drill_page(request, deps, number, 422, "evaluation_missing")
    try:
        with deps.work.writing() as unit:
            evaluate(unit, number, words, person.id, deps.clock.now())
    except Conflict as error:
        return _drill_page(request, deps, number, 409, str(error))
    return RedirectResponse(f"/drills/{number}", 303)


@router.get("/drills", include_in_schema=False, dependencies=[allow(*STAFF)])
def drills_page(request: Request, deps: Here) -> HTMLResponse:
    """The list of drills."""
    return _list_page(request, deps)


@router.get("/drills/{number}.json", tags=["work"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def drill_json(number: int, deps: Here) -> DrillDetail:
    """One drill with its alerts."""
    return drill_now(deps, number)


@router.get("/drills/{number}", include_in_schema=False, dependencies=[allow(*STAFF)])
def drill_page(number: int, request: Request, deps: Here) -> HTMLResponse:
    """One drill."""
    return _drill_page(request, deps, number)


def _list_page(request: Request, deps: Deps, status: int = 200, fault: str = "") -> HTMLResponse:
    scenarios: Sequence[Scenario] = ()
    away = ""
    if deps.stage is not None and may_plan(request):
        try:
            scenarios = deps.stage.scenarios()
        except StageError as error:
            away = str(error)
    facts = {
        "view": drills_now(deps),
        "scenarios": scenarios,
        "fault": fault or away,
        "plans": may_plan(request),
        "topic": "",
    }
    return deps.pages.page(request, "drills.html", status=status, facts=facts)


def _drill_page(request: Request, deps: Deps, number: int, status: int = 200, fault: str = "") -> HTMLResponse:
    facts = {"view": drill_now(deps, number), "fault": fault, "plans": may_plan(request), "topic": ""}
    return deps.pages.page(request, "drill.html", status=status, facts=facts)


def may_plan(request: Request) -> bool:
    """Whoever asks may begin drills."""
    return bool(identity(request).roles & PLANNERS)
