"""Outages that the utility announced."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.deps import Acting, Deps, Here
from api.forms import Given, Sent
from api.given import time_of
from api.rights import allow
from api.views.people import Names
from facility.domain.account import Scope
from facility.domain.announcement import SLACK, Announcement, Supply
from facility.domain.errors import Taken, Unfit
from facility.domain.person import Person
from facility.domain.role import PLANNERS, STAFF
from facility.domain.text import Title
from facility.flow.announce import LONGEST, announce, cancel_announcement

router = APIRouter()


@dataclass(frozen=True, slots=True)
class AnnouncementView:
    """An announced outage. `area_title` None: the whole estate."""

    id: int
    supply: str
    area: str
    area_title: Title | None
    starts_at: datetime
    ends_at: datetime
    source: str
    person: str
    entered_at: datetime
    cancelled_at: datetime | None
    cancelled_by: str


def announced(deps: Deps) -> list[AnnouncementView]:
    """Those of now and later, and of the last month, earliest first."""
    with deps.work.reading() as unit:
        names = Names(unit)
        return [_view(deps, each, names) for each in unit.announcements.since(deps.clock.now() - SLACK - LONGEST)]


def _view(deps: Deps, found: Announcement, names: Names) -> AnnouncementView:
    area = deps.site.areas.get(found.area)
    return AnnouncementView(
        id=found.id,
        supply=str(found.supply),
        area=found.area,
        area_title=area.title if area else None,
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        source=found.source,
        person=names.of(found.person),
        entered_at=found.entered_at,
        cancelled_at=found.cancelled_at,
        cancelled_by=names.of(found.cancelled_by),
    )


def _enter(deps: Deps, person: Person, given: Given) -> AnnouncementView:
    starts, ends = (time_of(given, field, deps.site.zone) for field in ("starts_at", "ends_at"))
    if starts is None or ends is None:
        raise Unfit("starts_at" if starts is None else "ends_at", "time_missing", "is missing")
    words = given.get("supply", ""), given.get("area", "")
    with deps.work.writing() as unit:
        source, now = given.get("source", ""), deps.clock.now()
        stored = announce(deps.site, unit, *words, starts, ends, source, person.id, now)
        return _view(deps, stored, Names(unit))


@router.get("/alerts/announced.json", tags=["alerts"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def announced_json(deps: Here) -> list[AnnouncementView]:
    """Announced outages of the last month, of now and later."""
    return announced(deps)


@router.post("/alerts/announced.json", tags=["alerts"], status_code=201, dependencies=[allow(*PLANNERS)])
def announce_json(deps: Here, person: Acting, given: Sent) -> AnnouncementView:
    """Enter one: `supply` (power, water, gas), `area` (empty: all), `starts_at`, `ends_at`, `source`."""
    return _enter(deps, person, given)


@router.post("/alerts/announced/{number}/cancel.json", tags=["alerts"], dependencies=[allow(*PLANNERS)])
def cancel_json(number: int, deps: Here, person: Acting) -> AnnouncementView:
    """The utility took it back."""
    with deps.work.writing() as unit:
        return _view(deps, cancel_announcement(unit, number, person.id, deps.clock.now()), Names(unit))


@router.get("/alerts/announced", include_in_schema=False, dependencies=[allow(*STAFF)])
def announced_page(request: Request, deps: Here) -> HTMLResponse:
    """The list, and the form to enter one."""
    return _page(deps, request, 200, {})


@router.post("/alerts/announced", include_in_schema=False, dependencies=[allow(*PLANNERS)])
def announce_by_form(request: Request, deps: Here, person: Acting, given: Sent) -> Response:
    """Enter one; what cannot be taken comes back with the form filled in."""
    try:
        _enter(deps, person, given)
    except Unfit as unfit:
        return _page(deps, request, 422, given, unfit)
    return RedirectResponse("/alerts/announced", 303)


@router.post("/alerts/announced/{number}/cancel", include_in_schema=False, dependencies=[allow(*PLANNERS)])
def cancel_by_form(number: int, deps: Here, person: Acting) -> Response:
    """The same from a page; cancelled already is as good."""
    try:
        with deps.work.writing() as unit:
            cancel_announcement(unit, number, person.id, deps.clock.now())
    except Taken:
        pass
    return RedirectResponse("/alerts/announced", 303)


def _page(deps: Deps, request: Request, status: int, kept: Given, unfit: Unfit | None = None) -> HTMLResponse:
    facts = {
        "view": announced(deps),
        "supplies": list(Supply),
        "kept": kept,
        "fault": unfit.id if unfit else "",
        "params": unfit.params if unfit else {},
        "topic": "",
    }
    return deps.pages.page(request, "alerts_announced.html", status=status, facts=facts)
