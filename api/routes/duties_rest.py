"""The same changes for programs: JSON in, JSON out; a refusal is 409 with its reason."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from fastapi import APIRouter

from api.deps import ActingNumber, Here
from api.rights import allow
from api.routes.people import person_now, week_of
from api.views.person import PersonDetail, RosterWeek
from facility.domain.role import PLANNERS
from facility.domain.roster import instant
from facility.domain.skill import Skill
from facility.flow.enter_absence import end_absence, enter_absence
from facility.flow.keep_skills import keep_skills
from facility.flow.name_deputies import deputies_of_person
from facility.flow.swap_shift import back_to_pattern, swap_shift

router = APIRouter(tags=["people"])


@dataclass(frozen=True, slots=True)
class NewAbsence:
    """Times, without a zone by the site's clock; without `begin` it begins now, without `until` it lasts until its end is entered."""

    begin: datetime | None = None
    until: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NewSwap:
    """Who stands in a shift of a day instead; nobody: the shift is empty."""

    day: date
    shift: str
    people: list[str]
    reason: str = ""


@router.post("/people/{login}/absences.json", status_code=201, dependencies=[allow(*PLANNERS)])
def add_absence(login: str, absence: NewAbsence, deps: Here, by: ActingNumber) -> PersonDetail:
    """Enter an absence; the person afterwards."""
    now = deps.clock.now()
    with deps.work.writing() as unit:
        number = unit.people.named(login).id
        begin, until = _aware(absence.begin, deps.site.zone), _aware(absence.until, deps.site.zone)
        enter_absence(unit, number, begin or now, until, absence.reason, now, by)
    return person_now(deps, login)


@router.delete("/people/{login}/absences/{absence}.json", dependencies=[allow(*PLANNERS)])
def finish_absence(login: str, absence: int, deps: Here, by: ActingNumber) -> PersonDetail:
    """End an absence now, or cancel one to come; the person afterwards."""
    with deps.work.writing() as unit:
        end_absence(unit, unit.people.named(login).id, deps.clock.now(), by, absence)
    return person_now(deps, login)


@router.put("/people/{login}/deputies.json", dependencies=[allow(*PLANNERS)])
def name_deputies(login: str, deputies: list[str], deps: Here, by: ActingNumber) -> PersonDetail:
    """Replace the deputies by these logins, the first one first; the person afterwards."""
    with deps.work.writing() as unit:
        chosen = [unit.people.named(deputy).id for deputy in deputies]
        deputies_of_person(unit, unit.people.named(login).id, chosen, deps.clock.now(), by)
    return person_now(deps, login)


@router.put("/people/{login}/skills.json", dependencies=[allow(*PLANNERS)])
def change_skills(login: str, skills: dict[Skill, date | None], deps: Here, by: ActingNumber) -> PersonDetail:
    """Replace the skills, each with the last day of its licence (null: it has none); the person afterwards."""
    with deps.work.writing() as unit:
        keep_skills(unit, unit.people.named(login).id, skills, deps.clock.now(), by)
    return person_now(deps, login)


@router.post("/rosters/{roster}/swaps.json", status_code=201, dependencies=[allow(*PLANNERS)])
def add_swap(roster: str, swap: NewSwap, deps: Here, by: ActingNumber) -> RosterWeek:
    """Swap a shift; seven days of the roster from that day on."""
    with deps.work.writing() as unit:
        chosen = [unit.people.named(login).id for login in swap.people]
        now = deps.clock.now()
        swap_shift(deps.site, unit, roster, swap.day, swap.shift, chosen, swap.reason, now, by)
    return week_of(deps, roster, swap.day)


@router.delete("/rosters/{roster}/swaps/{day}/{shift}.json", dependencies=[allow(*PLANNERS)])
def undo_swap(roster: str, day: date, shift: str, deps: Here, by: ActingNumber) -> RosterWeek:
    """Back to the pattern; seven days of the roster from that day on."""
    with deps.work.writing() as unit:
        back_to_pattern(unit, roster, day, shift, deps.clock.now(), by)
    return week_of(deps, roster, day)


def _aware(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    """A time without a zone is one of the site's clock."""
    return instant(at.date(), at.time(), zone) if at is not None and at.tzinfo is None else at
