"""Homes: found, opened, phones shown for a purpose, people who move in, out, or are forgotten. For people alone; each look is noted."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.deps import Acting, Deps, Here
from api.forms import Form, first
from api.rights import allow
from api.views.homes import HomeList, HomeView, home_view
from facility.domain.errors import NotFound, Unfit
from facility.domain.home import Purpose, Resident, Standing, asked
from facility.domain.person import Person
from facility.domain.role import HOME_KEEPERS
from facility.flow.erase_resident import erase_resident
from facility.flow.keep_home import move_in, move_out, set_vacant
from facility.flow.look_up_home import find_homes, open_home
from facility.ports import HomeFilter, WorkUnit

router = APIRouter()

PAGE = 50
NEWCOMER = 0  # nobody has this number
KEEPERS = allow(*HOME_KEEPERS)
Chosen = Annotated[str, Query(max_length=100)]
Page = Annotated[int, Query(ge=1, le=10_000)]


def homes_now(deps: Deps, person: Person, text: str, building: str, vacant: str, page: int) -> HomeList:
    """One page of the homes that fit; noted."""
    chosen = {"yes": True, "no": False}.get(vacant)
    wanted = HomeFilter(asked(text), building, chosen, PAGE, (page - 1) * PAGE)
    with deps.work.writing() as unit:
        found = find_homes(unit, wanted, deps.clock.now(), person.id)
        homes = tuple(home_view(home, found.people[home.id]) for home in found.homes)
        return HomeList(homes, tuple(unit.homes.buildings()), found.total, page, max(1, -(-found.total // PAGE)))


def home_now(deps: Deps, person: Person, number: int, why: Purpose | None = None) -> HomeView:
    """One home; noted, and so is why phones are shown; NotFound."""
    with deps.work.writing() as unit:
        home, people = open_home(unit, number, deps.clock.now(), person.id, why)
        versions = {one.id: version_of(deps, one) for one in unit.homes.residents([number])}
    return home_view(home, people, phones_shown=why is not None, versions=versions)


def version_of(deps: Deps, resident: Resident) -> str:
    """Changes with what is stored of a person; keyed, since a plain hash of a phone gives the phone away."""
    return hmac.new(deps.secret, f"resident:{resident!r}".encode(), hashlib.sha256).hexdigest()[:20]


@router.get("/homes.json", tags=["homes"], dependencies=[KEEPERS])
def homes_json(
    deps: Here, person: Acting, q: Chosen = "", building: Chosen = "", vacant: Chosen = "", page: Page = 1
) -> HomeList:
    """Homes by address (3-2-1501), name, phone or its end, plate; `vacant`: yes or no. Phones are masked."""
    return homes_now(deps, person, q, building, vacant, page)


@router.get("/homes", include_in_schema=False, dependencies=[KEEPERS])
def homes_page(
    request: Request,
    deps: Here,
    person: Acting,
    q: Chosen = "",
    building: Chosen = "",
    vacant: Chosen = "",
    page: Page = 1,
) -> HTMLResponse:
    """The search."""
    view = homes_now(deps, person, q, building, vacant, page)
    chosen = {"q": q, "building": building, "vacant": vacant}
    return deps.pages.page(request, "homes.html", facts={"view": view, "topic": "", "chosen": chosen})


@router.get("/homes/{number}.json", tags=["homes"], dependencies=[KEEPERS])
def home_json(number: int, deps: Here, person: Acting) -> HomeView:
    """One home with its people; phones are masked."""
    return home_now(deps, person, number)


@router.get("/homes/{number}", include_in_schema=False, dependencies=[KEEPERS])
def home_page(number: int, request: Request, deps: Here, person: Acting) -> HTMLResponse:
    """One home."""
    return show_home(request, deps, home_now(deps, person, number))


@router.post("/homes/{number}/phones", include_in_schema=False, dependencies=[KEEPERS])
def phones(number: int, request: Request, deps: Here, person: Acting, form: Form) -> HTMLResponse:
    """The same home with its phones, for a purpose; Unfit without one."""
    return show_home(request, deps, home_now(deps, person, number, purpose_of(first(form, "why"))))


@router.post("/homes/{number}/residents", include_in_schema=False, dependencies=[KEEPERS])
def resident(number: int, request: Request, deps: Here, person: Acting, form: Form) -> Response:
    """Somebody moves in, today; what cannot be taken is said on the same page, with all that was typed."""
    now = deps.clock.now()
    given = {name: first(form, name) for name in ("name", "standing", "phone", "plates")}
    standing = Standing(given["standing"]) if given["standing"] in list(Standing) else Standing.RESIDENT
    try:
        with deps.work.writing() as unit:
            today = now.astimezone(deps.site.zone).date()
            move_in(unit, number, given["name"], standing, given["phone"], given["plates"], today, now, person.id)
    except Unfit as unfit:
        refused = Refused(NEWCOMER, given, unfit.id, unfit.params)
        return show_home(request, deps, home_now(deps, person, number), refused, 422)
    return RedirectResponse(f"/homes/{number}", 303)


@router.post("/homes/{number}/residents/{resident}/leave", include_in_schema=False, dependencies=[KEEPERS])
def leave(number: int, resident: int, deps: Here, person: Acting) -> RedirectResponse:
    """Somebody moves out, today."""
    now = deps.clock.now()
    with deps.work.writing() as unit:
        require_there(unit, number, resident)
        move_out(unit, resident, now.astimezone(deps.site.zone).date(), now, person.id)
    return RedirectResponse(f"/homes/{number}", 303)


@router.post("/homes/{number}/residents/{resident}/erase", include_in_schema=False, dependencies=[KEEPERS])
def erase(number: int, resident: int, deps: Here, person: Acting, form: Form) -> RedirectResponse:
    """Forget somebody, for good; needs a tick."""
    if first(form, "sure") != "1":
        raise Unfit("sure", "not_sure", "is missing; say that you mean it")
    with deps.work.writing() as unit:
        require_there(unit, number, resident)
        erase_resident(unit, resident, Purpose.ASKED_BY_PERSON, deps.clock.now(), person.id)
    return RedirectResponse(f"/homes/{number}", 303)


@router.post("/homes/{number}/vacant", include_in_schema=False, dependencies=[KEEPERS])
def vacant(number: int, deps: Here, person: Acting, form: Form) -> RedirectResponse:
    """Vacant from today on, or lived in again."""
    now = deps.clock.now()
    since = now.astimezone(deps.site.zone).date() if first(form, "vacant") == "1" else None
    with deps.work.writing() as unit:
        set_vacant(unit, number, since, now, person.id)
    return RedirectResponse(f"/homes/{number}", 303)


def purpose_of(text: str) -> Purpose:
    """Why phones are wanted; Unfit."""
    if text not in list(Purpose):
        raise Unfit("why", "purpose_missing", f"must be one of {', '.join(Purpose)}")
    return Purpose(text)


def require_there(unit: WorkUnit, home: int, resident: int) -> None:
    """NotFound for a person of another home."""
    if unit.homes.resident(resident).home != home:
        raise NotFound("resident", resident)


@dataclass(frozen=True, slots=True)
class Refused:
    """A correction or a moving in that was not taken: of whom (or NEWCOMER), what was written, and the text that says why."""

    resident: int
    given: Mapping[str, str]
    id: str
    params: Mapping[str, object] = field(default_factory=dict)


def show_home(
    request: Request, deps: Deps, view: HomeView, refused: Refused | None = None, status: int = 200
) -> HTMLResponse:
    """The page of a home."""
    purposes = [purpose for purpose in Purpose if purpose is not Purpose.RETENTION]
    facts = {"view": view, "topic": "", "purposes": purposes, "standings": list(Standing), "refused": refused}
    return deps.pages.page(request, "home.html", status=status, facts=facts)
