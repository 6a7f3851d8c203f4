"""People, who is on duty, rosters: pages to look at, with their JSON twins."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from api.deps import Deps, Here
from api.rights import allow
from api.views.duties import (
    DutyView,
    GapView,
    PeopleList,
    RosterRow,
    duty_views,
    gap_view,
    person_row,
    roster_rows,
    skill_gap_view,
)
from api.views.person import Leaving, PersonDetail, RosterWeek, leaving, person_detail, roster_week
from facility.domain.account import Scope
from facility.domain.errors import NotFound
from facility.domain.role import STAFF
from facility.domain.wall_time import written_time
from facility.flow.duty import duty_book
from facility.flow.look_ahead import look_ahead
from facility.flow.skill_gaps import skill_gaps

router = APIRouter()

Chosen = Annotated[str, Query(max_length=100)]
First = Annotated[date | None, Query(alias="from", description="First of seven days; default: this week's Monday")]


def people_now(deps: Deps, team: str = "", position: str = "", present: str = "") -> PeopleList:
    """Everybody who passes the filters, who is on duty, and the gaps of the next 7 days."""
    site, now = deps.site, deps.clock.now()
    with deps.work.reading() as unit:
        book = duty_book(site, unit, now)
        gaps = look_ahead(site, unit, now)
        skills = skill_gaps(site, unit, now.astimezone(site.zone).date())
        people = unit.people.all(retired=present == "left")
    duties = duty_views(site, book, now)
    rows = [person_row(site, book, person, duties, now) for person in people]
    kept = [row for row in rows if not team or team in row.teams]
    kept = [row for row in kept if not position or position in {held.id for held in row.positions}]
    kept = [row for row in kept if not present or row.left == (present == "left")]
    kept = [row for row in kept if present not in ("there", "away") or row.away == (present == "away")]
    return PeopleList(
        now,
        duties,
        tuple(kept),
        tuple(gap_view(site, gap) for gap in gaps),
        roster_rows(site, book),
        tuple(skill_gap_view(site, gap) for gap in skills),
    )


def duties_at(deps: Deps, at: str, position: str) -> tuple[DutyView, ...]:
    """Who is on duty at an instant; NotFound, DutyRefused."""
    site = deps.site
    moment = written_time(at, site.zone) if at else deps.clock.now()
    if position and position not in site.positions:
        raise NotFound("position", position)
    with deps.work.reading() as unit:
        book = duty_book(site, unit, moment)
    return tuple(view for view in duty_views(site, book, moment) if not position or view.position == position)


def person_now(deps: Deps, login: str) -> PersonDetail:
    """One person; NotFound."""
    with deps.work.reading() as unit:
        return person_detail(deps.site, unit, login, deps.clock.now())


def leaving_now(deps: Deps, login: str) -> Leaving:
    """What a person must hand over; NotFound."""
    with deps.work.reading() as unit:
        return leaving(deps.site, unit, login, deps.clock.now())


def week_of(deps: Deps, roster: str, first: date | None) -> RosterWeek:
    """Seven days of a roster; NotFound."""
    now = deps.clock.now()
    today = now.astimezone(deps.site.zone).date()
    begin = first or today - timedelta(days=today.weekday())
    with deps.work.reading() as unit:
        return roster_week(deps.site, unit, roster, begin, now)


@router.get("/people.json", tags=["people"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def people_json(deps: Here, team: Chosen = "", position: Chosen = "", present: Chosen = "") -> PeopleList:
    """People (by team, position, `present`: there, away or left), who is on duty now and why, the gaps of the next 7 days."""
    return people_now(deps, team, position, present)


@router.get("/people", include_in_schema=False, dependencies=[allow(*STAFF)])
def people_page(
    request: Request, deps: Here, team: Chosen = "", position: Chosen = "", present: Chosen = ""
) -> HTMLResponse:
    """The list of people."""
    view = people_now(deps, team, position, present)
    facts = {"view": view, "topic": "", "chosen": {"team": team, "position": position, "present": present}}
    return deps.pages.page(request, "people.html", facts=facts)


@router.get("/duty.json", tags=["people"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def duty_json(deps: Here, at: Chosen = "", position: Chosen = "") -> tuple[DutyView, ...]:
    """Who is on duty, and why; `at` by the site's clock (2026-12-01 03:00), default: now."""
    return duties_at(deps, at, position)


@router.get("/gaps.json", tags=["people"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def gaps_json(deps: Here) -> tuple[GapView, ...]:
    """Where the ladders of level 1 and 2 have nobody in the next 7 days."""
    return people_now(deps).gaps


@router.get("/people/{login}.json", tags=["people"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def person_json(login: str, deps: Here) -> PersonDetail:
    """One person with ways of contact, rosters, deputies, absences and record."""
    return person_now(deps, login)


@router.get("/people/{login}", include_in_schema=False, dependencies=[allow(*STAFF)])
def person_page(login: str, request: Request, deps: Here) -> HTMLResponse:
    """One person."""
    facts = {"view": person_now(deps, login), "topic": "", "fault": None, "kept": {}}
    return deps.pages.page(request, "person.html", facts=facts)


@router.get("/people/{login}/leave.json", tags=["people"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def leaving_json(login: str, deps: Here) -> Leaving:
    """Every duty that must be handed over before the person leaves."""
    return leaving_now(deps, login)


@router.get("/people/{login}/leave", include_in_schema=False, dependencies=[allow(*STAFF)])
def leaving_page(login: str, request: Request, deps: Here) -> HTMLResponse:
    """Handing over duties."""
    facts = {"view": leaving_now(deps, login), "topic": "", "fault": None, "kept": {}}
    return deps.pages.page(request, "leaving.html", facts=facts)


@router.get("/rosters.json", tags=["people"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def rosters_json(deps: Here) -> tuple[RosterRow, ...]:
    """All rosters."""
    return people_now(deps).rosters


@router.get("/rosters/{roster}.json", tags=["people"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def roster_json(roster: str, deps: Here, first: First = None) -> RosterWeek:
    """Seven days of a roster, with swaps."""
    return week_of(deps, roster, first)


@router.get("/rosters/{roster}", include_in_schema=False, dependencies=[allow(*STAFF)])
def roster_page(roster: str, request: Request, deps: Here, first: First = None) -> HTMLResponse:
    """The week of a roster."""
    facts = {"view": week_of(deps, roster, first), "topic": "", "fault": None, "kept": {}, "week": timedelta(days=7)}
    return deps.pages.page(request, "roster.html", facts=facts)
