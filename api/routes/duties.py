"""What people change about duties by a form: absences, deputies, quiet hours, swaps, leaving. Each leads back to its page."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from api.deps import ActingNumber, Deps, Here
from api.forms import Form, first
from api.rights import allow
from api.routes.people import leaving_now, person_now, week_of
from facility.domain.duty_errors import DutyRefused
from facility.domain.person import PersonEvent
from facility.domain.role import PLANNERS
from facility.domain.skill import Skill
from facility.domain.wall_time import written_day, written_time
from facility.flow.enter_absence import end_absence, enter_absence
from facility.flow.enter_people import verify_way
from facility.flow.keep_skills import keep_skills
from facility.flow.leave import leave
from facility.flow.name_deputies import deputies_of_person
from facility.flow.swap_shift import back_to_pattern, swap_shift
from facility.ports import WorkUnit
from facility.site.people import quiet_hours

router = APIRouter()

NOBODY = "-"
Change = Callable[[WorkUnit, datetime], object]


@router.post("/people/{login}/absences", include_in_schema=False, dependencies=[allow(*PLANNERS)])
def add_absence(login: str, request: Request, deps: Here, form: Form, by: ActingNumber) -> Response:
    """Enter an absence: from, until (empty: until back), reason."""

    def change(unit: WorkUnit, now: datetime) -> None:
        zone, until = deps.site.zone, first(form, "until")
        begin = written_time(first(form, "from"), zone) if first(form, "from") else now
        end = written_time(until, zone, last_day=True) if until else None
        enter_absence(unit, unit.people.named(login).id, begin, end, first(form, "reason"), now, by)

    return _on_person(deps, request, login, form, change)


@router.post("/people/{login}/absences/{absence}/end", include_in_schema=False, dependencies=[allow(*PLANNERS)])
def finish_absence(login: str, absence: int, request: Request, deps: Here, form: Form, by: ActingNumber) -> Response:
    """End an absence now, or cancel one to come."""

    def change(unit: WorkUnit, now: datetime) -> None:
        end_absence(unit, unit.people.named(login).id, now, by, absence)

    return _on_person(deps, request, login, form, change)


@router.post("/people/{login}/deputies", include_in_schema=False, dependencies=[allow(*PLANNERS)])
def name_deputies(login: str, request: Request, deps: Here, form: Form, by: ActingNumber) -> Response:
    """Replace the deputies: up to three logins, the first one first."""

    def change(unit: WorkUnit, now: datetime) -> None:
        chosen = [unit.people.named(deputy).id for deputy in form.get("deputy", []) if deputy]
        deputies_of_person(unit, unit.people.named(login).id, chosen, now, by)

    return _on_person(deps, request, login, form, change)


@router.post("/people/{login}/quiet", include_in_schema=False, dependencies=[allow(*PLANNERS)])
def change_quiet(login: str, request: Request, deps: Here, form: Form, by: ActingNumber) -> Response:
    """Replace the quiet hours; empty: none."""

    def change(unit: WorkUnit, now: datetime) -> None:
        person = unit.people.named(login)
        start, end = first(form, "start"), first(form, "end")
        try:
            quiet = quiet_hours(f"{start}-{end}" if start and end else "")
        except ValueError:
            raise DutyRefused("time", f"{start}-{end} are no quiet hours", text=f"{start}-{end}") from None
        unit.people.put(replace(person, quiet=quiet))
        unit.duties.log(PersonEvent(person.id, now, "quiet_hours", by, f"{start}–{end}" if quiet else ""))

    return _on_person(deps, request, login, form, change)


@router.post("/people/{login}/skills", include_in_schema=False, dependencies=[allow(*PLANNERS)])
def change_skills(login: str, request: Request, deps: Here, form: Form, by: ActingNumber) -> Response:
    """Replace the skills: those ticked (`skill`), each with the last day of its licence (`until.<skill>`; empty: none)."""

    def change(unit: WorkUnit, now: datetime) -> None:
        until = {skill: first(form, f"until.{skill}") for skill in Skill if skill in form.get("skill", [])}
        skills = {skill: written_day(day) if day else None for skill, day in until.items()}
        keep_skills(unit, unit.people.named(login).id, skills, now, by)

    return _on_person(deps, request, login, form, change)


@router.post("/people/{login}/ways/{channel}/verified", include_in_schema=False, dependencies=[allow(*PLANNERS)])
def way_reaches(login: str, channel: str, request: Request, deps: Here, form: Form, by: ActingNumber) -> Response:
    """Mark a way of contact as one that reaches the person."""
    return _on_person(deps, request, login, form, lambda unit, now: verify_way(unit, login, channel, now, by))


@router.post("/people/{login}/leave", include_in_schema=False, dependencies=[allow(*PLANNERS)])
def let_leave(login: str, request: Request, deps: Here, form: Form, by: ActingNumber) -> Response:
    """Hand over each duty and retire the person, all at once; the box must be ticked."""

    def change(unit: WorkUnit, now: datetime) -> None:
        given = {key: unit.people.named(form[key][0]).id for key in form if ":" in key and first(form, key)}
        if not first(form, "sure"):
            raise DutyRefused("not_sure", "tick that this cannot be undone")
        leave(deps.site, unit, unit.people.named(login).id, given, now, by)

    try:
        _change(deps, change)
    except DutyRefused as refused:
        view = leaving_now(deps, login)
        facts = {"view": view, "topic": "", "fault": refused, "kept": _kept(form)}
        return deps.pages.page(request, "leaving.html", status=409, facts=facts)
    return RedirectResponse(f"/people/{login}", 303)


@router.post("/rosters/{roster}/swaps", include_in_schema=False, dependencies=[allow(*PLANNERS)])
def add_swap(roster: str, request: Request, deps: Here, form: Form, by: ActingNumber) -> Response:
    """Other people for one shift of one day; `undo`: back to the pattern."""
    day = first(form, "day")

    def change(unit: WorkUnit, now: datetime) -> None:
        if first(form, "undo"):
            back_to_pattern(unit, roster, written_day(day), first(form, "shift"), now, by)
            return
        chosen = [unit.people.named(login).id for login in form.get("person", []) if login not in ("", NOBODY)]
        if not any(form.get("person", [])):
            raise DutyRefused("nobody_chosen", "choose who stands in the shift, or nobody")
        swap_shift(
            deps.site, unit, roster, written_day(day), first(form, "shift"), chosen, first(form, "reason"), now, by
        )

    week = first(form, "week")
    try:
        _change(deps, change)
    except DutyRefused as refused:
        view = week_of(deps, roster, written_day(week) if week else None)
        facts = {"view": view, "topic": "", "fault": refused, "kept": _kept(form), "week": timedelta(days=7)}
        return deps.pages.page(request, "roster.html", status=409, facts=facts)
    return RedirectResponse(f"/rosters/{roster}?from={week}" if week else f"/rosters/{roster}", 303)


def _on_person(deps: Deps, request: Request, login: str, form: Mapping[str, list[str]], change: Change) -> Response:
    """Change something of a person; what is refused is said on their page, with what was entered."""
    try:
        _change(deps, change)
    except DutyRefused as refused:
        facts = {"view": person_now(deps, login), "topic": "", "fault": refused, "kept": _kept(form)}
        return deps.pages.page(request, "person.html", status=409, facts=facts)
    return RedirectResponse(f"/people/{login}", 303)


def _change(deps: Deps, change: Change) -> None:
    with deps.work.writing() as unit:
        change(unit, deps.clock.now())


def _kept(form: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: values[0] for name, values in form.items() if values}
