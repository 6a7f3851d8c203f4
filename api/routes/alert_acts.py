"""What people do about alerts: a form of a page, or the same as JSON at the address with `.json`."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.deps import Acting, Deps, Here
from api.forms import Given, Sent
from api.given import least_whole, time_of
from api.rights import allow
from api.routes.alerts import alert_now, show_alert
from api.views.alerts import AlertDetail, SuppressionView, suppression_view
from api.views.people import Names
from facility.domain.account import Scope
from facility.domain.by_hand import HAND_KINDS, HandKind
from facility.domain.errors import Conflict, Taken, Unfit
from facility.domain.person import Person
from facility.domain.role import PLANNERS, STAFF
from facility.flow.acknowledge import acknowledge
from facility.flow.answer import comment, over, reset, told_by_telephone
from facility.flow.person_here import person_here
from facility.flow.raise_by_hand import Report, raise_by_hand
from facility.flow.shelve import end_suppression, shelve, take_out_of_service
from facility.ports import WorkUnit

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Act:
    """One act on one alert: who, what was sent, and when."""

    deps: Deps
    unit: WorkUnit
    number: int
    person: Person
    given: Given
    now: datetime

    def at(self, field: str, default: datetime | None = None) -> datetime:
        """A time that was sent, in the site's zone unless it names its own; without one, `default`; Unfit."""
        found = time_of(self.given, field, self.deps.site.zone)
        if found is None and default is None:
            raise Unfit(field, "time_missing", "is missing")
        return found or default or self.now

    @property
    def seen(self) -> int | None:
        """The version that the person saw."""
        return least_whole(self.given, "version")


def _acknowledge(act: Act) -> None:
    acknowledge(act.unit, act.number, act.person.id, act.now)


def _shelve(act: Act) -> None:
    reason = act.given.get("reason", "")
    shelve(act.unit, act.number, act.person.id, act.at("until"), reason, act.now, act.seen)


def _comment(act: Act) -> None:
    comment(act.unit, act.number, act.person.id, act.given.get("comment", ""), act.now)


def _told(act: Act) -> None:
    told = person_here(act.unit, act.given.get("told", ""))
    note = act.given.get("note", "")
    told_by_telephone(act.unit, act.number, told.id, act.person.id, act.at("at", act.now), note, act.now)


def _reset(act: Act) -> None:
    reset(act.unit, act.number, act.person.id, act.at("at", act.now), act.now, act.seen)


def _over(act: Act) -> None:
    note = act.given.get("note", "")
    over(act.unit, act.number, act.person.id, act.at("at", act.now), note, act.now, act.seen)


def _out_of_service(act: Act) -> None:
    alert = act.unit.alerts.get(act.number)
    rule = alert.rule if act.given.get("scope", "rule") == "rule" else ""
    until = time_of(act.given, "until", act.deps.site.zone)
    reason = act.given.get("reason", "")
    take_out_of_service(act.deps.site, act.unit, alert.asset, rule, act.person.id, until, reason, act.now)


ACTS: dict[str, tuple[Callable[[Act], None], str]] = {
    "acknowledge": (_acknowledge, "Acknowledge: I know and act. The same person again changes nothing."),
    "shelve": (_shelve, "Keep quiet until a time: `until`, `reason`, `version`. Refused for what is latched."),
    "comment": (_comment, "A line in its history: `comment`."),
    "told": (_told, "Somebody was told by telephone: `told` (login), `at`, `note`. A proof like any other."),
    "reset": (_reset, "The panel was reset: `at`, `version`. Of latched alerts, once the signal is gone."),
    "over": (_over, "It is over: `at`, `note`, `version`. Of alerts that were raised by hand."),
    "out-of-service": (
        _out_of_service,
        "Its rule (`scope` rule) or its whole asset (`scope` asset) is worked on: `reason`, `until` (empty: open end).",
    ),
}


PLANNED = frozenset({"shelve", "out-of-service"})
"""Acts that keep something quiet: not for everybody who works here."""


def _add(name: str, run: Callable[[Act], None], about: str) -> None:
    def do(deps: Deps, number: int, person: Person, given: Given) -> None:
        with deps.work.writing() as unit:
            run(Act(deps, unit, number, person, given, deps.clock.now()))

    def by_form(number: int, request: Request, deps: Here, person: Acting, given: Sent) -> Response:
        try:
            do(deps, number, person, given)
        except Unfit as unfit:
            return show_alert(deps, request, number, 422, unfit.id, unfit.params)
        except Taken as taken:
            at = taken.at.astimezone(deps.site.zone)
            return show_alert(deps, request, number, 409, "taken", {"by": taken.by, "at": f"{at:%H:%M:%S}"})
        except Conflict as conflict:
            return show_alert(deps, request, number, 409, "not_now", {"why": str(conflict)})
        return RedirectResponse(f"/alerts/{number}", 303)

    def by_json(number: int, deps: Here, person: Acting, given: Sent) -> AlertDetail:
        do(deps, number, person, given)
        return alert_now(deps, number)

    path = f"/alerts/{{number}}/{name}"
    may = [allow(*(PLANNERS if name in PLANNED else STAFF))]
    router.add_api_route(
        f"{path}.json", by_json, methods=["POST"], tags=["alerts"], summary=about, name=f"{name}_json", dependencies=may
    )
    router.add_api_route(path, by_form, methods=["POST"], include_in_schema=False, name=name, dependencies=may)


for _name, (_run, _about) in ACTS.items():
    _add(_name, _run, _about)


def report(deps: Deps, given: Given, person: Person) -> Report:
    """What a person reports; Unfit."""
    received = time_of(given, "received_at", deps.site.zone)
    return Report(
        kind=given.get("kind", ""),
        person=person.id,
        received_at=received or deps.clock.now(),
        note=given.get("note", ""),
        key=given.get("key") or secrets.token_hex(16),
        asset=given.get("asset", ""),
        area=given.get("area", ""),
    )


@router.get("/alerts/kinds.json", tags=["alerts"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def kinds_json() -> list[HandKind]:
    """The kinds that can be raised by hand, with their levels."""
    return list(HAND_KINDS.values())


@router.post("/alerts.json", tags=["alerts"], status_code=201, dependencies=[allow(*STAFF)])
def raise_json(deps: Here, person: Acting, given: Sent) -> AlertDetail:
    """Raise by hand: `kind`, `area` or `asset`, `note`, `received_at` (default: now), `key` (a second time: the same)."""
    with deps.work.writing() as unit:
        number = raise_by_hand(deps.site, unit, report(deps, given, person), deps.clock.now()).id
    return alert_now(deps, number)


@router.get("/alerts/raise", include_in_schema=False, dependencies=[allow(*STAFF)])
def raise_page(request: Request, deps: Here) -> HTMLResponse:
    """The form to raise an alert by hand."""
    return _raise_form(deps, request, 200, {})


@router.post("/alerts/raise", include_in_schema=False, dependencies=[allow(*STAFF)])
def raise_by_form(request: Request, deps: Here, person: Acting, given: Sent) -> Response:
    """Raise by hand; what cannot be taken comes back with the form filled in."""
    try:
        with deps.work.writing() as unit:
            number = raise_by_hand(deps.site, unit, report(deps, given, person), deps.clock.now()).id
    except Unfit as unfit:
        return _raise_form(deps, request, 422, given, unfit)
    return RedirectResponse(f"/alerts/{number}", 303)


def _raise_form(deps: Deps, request: Request, status: int, kept: Given, unfit: Unfit | None = None) -> HTMLResponse:
    facts = {
        "kinds": HAND_KINDS.values(),
        "kept": kept,
        "key": kept.get("key") or secrets.token_hex(16),
        "fault": unfit.id if unfit else "",
        "params": unfit.params if unfit else {},
        "topic": "",
    }
    return deps.pages.page(request, "alert_raise.html", status=status, facts=facts)


@router.get("/suppressions.json", tags=["alerts"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def suppressions_json(deps: Here) -> list[SuppressionView]:
    """What people keep quiet now: shelved, or out of service."""
    with deps.work.reading() as unit:
        names = Names(unit)
        return [suppression_view(deps.site, each, names) for each in unit.suppressions.standing()]


@router.post("/suppressions.json", tags=["alerts"], status_code=201, dependencies=[allow(*PLANNERS)])
def out_of_service_json(deps: Here, person: Acting, given: Sent) -> SuppressionView:
    """Take an asset (`asset`) or one of its rules (`rule`) out of service: `reason`, `until` (empty: open end)."""
    until = time_of(given, "until", deps.site.zone)
    with deps.work.writing() as unit:
        stored = take_out_of_service(
            deps.site,
            unit,
            given.get("asset", ""),
            given.get("rule", ""),
            person.id,
            until,
            given.get("reason", ""),
            deps.clock.now(),
        )
        return suppression_view(deps.site, stored, Names(unit))


@router.post("/suppressions/{number}/end.json", tags=["alerts"], dependencies=[allow(*PLANNERS)])
def end_suppression_json(number: int, deps: Here, person: Acting) -> SuppressionView:
    """End it: what is still there is told within a few seconds."""
    with deps.work.writing() as unit:
        ended = end_suppression(unit, number, person.id, deps.clock.now())
        return suppression_view(deps.site, ended, Names(unit))


@router.post("/suppressions/{number}/end", include_in_schema=False, dependencies=[allow(*PLANNERS)])
def end_suppression_by_form(number: int, deps: Here, person: Acting) -> Response:
    """The same from a page; ended already is as good."""
    try:
        with deps.work.writing() as unit:
            end_suppression(unit, number, person.id, deps.clock.now())
    except Taken:
        pass
    return RedirectResponse("/alerts", 303)
