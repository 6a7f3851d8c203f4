"""Requests and complaints: the list, taking one at the front desk, one with what can be done, call backs, the daily list."""

import secrets
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.deps import Acting, Deps, Here
from api.forms import Fields, Form, Sent, first
from api.given import time_of
from api.rights import allow
from api.routes.request_acts import one_of, perform
from api.views.requests import (
    RequestDetail,
    RequestList,
    Unresolved,
    request_detail,
    request_views,
    unresolved_view,
)
from facility.domain.clock import Pause
from facility.domain.errors import Conflict, Unfit
from facility.domain.home import asked
from facility.domain.person import Person
from facility.domain.report import ReportKind
from facility.domain.request import (
    Came,
    DutyOf,
    RequestKind,
    RequestState,
    Satisfaction,
    StepName,
    may_call,
)
from facility.domain.request import Request as Asked
from facility.domain.role import REQUEST_KEEPERS, STAFF
from facility.flow.call_back import roles_of
from facility.flow.look_up_home import find_homes
from facility.flow.show_contact import show_contact
from facility.flow.take_request import Intake, take_request
from facility.ports import HomeFilter, RequestFilter, WorkUnit

router = APIRouter()

PAGE, HOMES_SHOWN = 50, 8
KEEPERS = allow(*REQUEST_KEEPERS)
Words_ = Annotated[list[str], Query()]


def wanted_of(
    kind: Words_ = [],  # noqa: B006 - FastAPI copies it
    state: Words_ = [],  # noqa: B006
    category: str = "",
    area: str = "",
    q: Annotated[str, Query(max_length=100, description="number, words or place")] = "",
    sort: Annotated[str, Query(description="-received (newest first) or received")] = "-received",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> RequestFilter:
    """The filter that an address names; empty fields ask for nothing; Unfit."""
    return RequestFilter(
        kinds=tuple(RequestKind(one) for one in _among("kind", kind, RequestKind)),
        states=tuple(RequestState(one) for one in _among("state", state, RequestState)),
        category=category,
        areas=(area,) if area else (),
        text=q.strip(),
        oldest_first=_among("sort", [sort], ("received", "-received")) == ["received"],
        limit=PAGE,
        offset=(page - 1) * PAGE,
    )


Wanted = Annotated[RequestFilter, Depends(wanted_of)]


def requests_now(deps: Deps, wanted: RequestFilter) -> RequestList:
    """One page."""
    with deps.work.reading() as unit:
        found, total = unit.requests.find(wanted)
        views = request_views(deps.site, unit, found, deps.clock.now())
    return RequestList(views, total, wanted.offset // PAGE + 1, max(1, -(-total // PAGE)))


@router.get("/requests.json", tags=["requests"], dependencies=[KEEPERS])
def requests_json(deps: Here, wanted: Wanted) -> RequestList:
    """Requests and complaints by kind, state, category, area and words."""
    return requests_now(deps, wanted)


@router.get("/requests", include_in_schema=False, dependencies=[KEEPERS])
def requests_page(request: Request, deps: Here, wanted: Wanted) -> HTMLResponse:
    """The same as a page."""
    chosen = {
        "kind": wanted.kinds,
        "state": wanted.states,
        "category": wanted.category,
        "area": next(iter(wanted.areas), ""),
        "q": wanted.text,
        "sort": "received" if wanted.oldest_first else "-received",
    }
    facts = {"view": requests_now(deps, wanted), "chosen": chosen, "topic": "", **_words(deps)}
    return deps.pages.page(request, "requests.html", facts=facts)


@router.get("/requests/new", include_in_schema=False, dependencies=[KEEPERS])
def new_page(request: Request, deps: Here, asset: str = "", home: str = "") -> HTMLResponse:
    """The form of the front desk."""
    return _new_page(request, deps, {"asset": [asset], "home": [home], "kind": ["repair"]})


@router.get("/requests/new/homes", include_in_schema=False, dependencies=[KEEPERS])
def homes_fragment(request: Request, deps: Here, person: Acting, home: str = "") -> HTMLResponse:
    """Homes that fit what is being typed, to choose from; noted as each look-up is."""
    homes = _homes(deps, person, home) if len(home.strip()) >= 2 else []
    return deps.pages.page(request, "request_homes.html", facts={"homes": homes, "typed": home.strip(), "kept": {}})


@router.post("/requests", include_in_schema=False, dependencies=[KEEPERS])
def take_by_form(request: Request, deps: Here, person: Acting, form: Form) -> Response:
    """Take one down; what cannot be taken is said on the same page, with all that was typed."""
    try:
        stored = _take(deps, person, form)
    except Unfit as unfit:
        return _new_page(request, deps, form, unfit, person)
    return RedirectResponse(f"/requests/{stored.id}?new=1", 303)


@router.post("/requests.json", tags=["requests"], dependencies=[KEEPERS])
def take_json(request: Request, deps: Here, person: Acting, given: Sent) -> RequestDetail:
    """Take one: `kind`, `category`, `words`, `home` (an address) or `asset` or `area`, and by choice `place`, `name`, `phone`, `duty`,
    `came`, `received_at`; header `Idempotency-Key`.
    """
    key = request.headers.get("idempotency-key", given.get("key", ""))
    stored = _take(deps, person, {**{name: [text] for name, text in given.items()}, "key": [key]})
    return _detail(deps, stored.id)


@router.get("/requests/{number}.json", tags=["requests"], dependencies=[KEEPERS])
def request_json(number: int, deps: Here) -> RequestDetail:
    """One with its clocks, history, call backs and steps; the phone is masked."""
    return _detail(deps, number)


@router.get("/requests/{number}", include_in_schema=False, dependencies=[KEEPERS])
def request_page(number: int, request: Request, deps: Here, person: Acting) -> HTMLResponse:
    """The same as a page."""
    return _page(request, deps, person, number)


@router.post("/requests/{number}/phone", include_in_schema=False, dependencies=[KEEPERS])
def phone_page(number: int, request: Request, deps: Here, person: Acting) -> HTMLResponse:
    """The same with the number to call; noted."""
    with deps.work.writing() as unit:
        show_contact(unit, number, person.id, deps.clock.now())
    return _page(request, deps, person, number, phone_shown=True)


@router.post("/requests/{number}/acts", include_in_schema=False, dependencies=[KEEPERS])
def act_by_form(number: int, request: Request, deps: Here, person: Acting, form: Form) -> Response:
    """What the form asks for; what cannot be done is said on the page."""
    try:
        perform(deps, person, number, form)
    except Unfit as unfit:
        return _page(request, deps, person, number, 422, form, unfit.id, unfit.params)
    except Conflict as conflict:
        return _page(request, deps, person, number, 409, form, "request_conflict", {"why": str(conflict)})
    return RedirectResponse(f"/requests/{number}", 303)


@router.post("/requests/{number}/acts.json", tags=["requests"], dependencies=[KEEPERS])
def act_json(number: int, request: Request, deps: Here, person: Acting, given: Sent) -> RequestDetail:
    """Do something with it: `act` (confirm, withdraw, hand_on, feedback, assign, answer, pause, resume, escalate, repeats, no_repeat,
    promise, done, call_back), `version`, header `Idempotency-Key`, and by act `note`, `reason`, `duty`, `category`, `to`, `of`, `why`,
    `step`, `due_on`, `satisfied`, `first_visit`, `again_at`.
    """
    key = request.headers.get("idempotency-key", given.get("key", ""))
    perform(deps, person, number, {**{name: [text] for name, text in given.items()}, "key": [key]})
    return _detail(deps, number)


@router.get("/call-backs.json", tags=["requests"], dependencies=[KEEPERS])
def call_backs_json(deps: Here, person: Acting) -> RequestList:
    """Finished requests whose call back waits for the person who is signed in, oldest first."""
    return _call_backs(deps, person)


@router.get("/call-backs", include_in_schema=False, dependencies=[KEEPERS])
def call_backs_page(request: Request, deps: Here, person: Acting) -> HTMLResponse:
    """The same as a page."""
    today = deps.clock.now().astimezone(deps.site.zone).date()
    with deps.work.reading() as unit:
        weekly = next(iter(unit.reports.find(ReportKind.WEEKLY, 1, 0)[0]), None)
    facts = {
        "view": _call_backs(deps, person),
        "weekly": weekly,
        "monday": today - timedelta(days=today.weekday()),
        "today": today,
        "topic": "",
    }
    return deps.pages.page(request, "call_backs.html", facts=facts)


@router.get("/unresolved.json", tags=["requests"], dependencies=[allow(*STAFF)])
def unresolved_json(deps: Here, day: str = "") -> Unresolved:
    """The unresolved work of a day as it stood in the evening, and how it stands now; without a day the latest list."""
    return _unresolved(deps, day)


@router.get("/unresolved", include_in_schema=False, dependencies=[allow(*STAFF)])
def unresolved_page(request: Request, deps: Here, day: str = "") -> HTMLResponse:
    """The same as a page."""
    return deps.pages.page(request, "unresolved.html", facts={"view": _unresolved(deps, day), "topic": ""})


def _take(deps: Deps, person: Person, form: Fields) -> Asked:
    now = deps.clock.now()
    kind = RequestKind(one_of("kind", first(form, "kind") or "repair", RequestKind))
    received = time_of({"received_at": first(form, "received_at")}, "received_at", deps.site.zone) or now
    with deps.work.writing() as unit:
        intake = Intake(
            kind=kind,
            category=first(form, "category"),
            words=first(form, "words"),
            came=Came(one_of("came", first(form, "came") or Came.DESK, Came)),
            received_at=received,
            key=first(form, "key"),
            home=_home(unit, form, now, person),
            asset=first(form, "asset"),
            place=first(form, "place"),
            area=first(form, "area"),
            name=first(form, "name"),
            phone=first(form, "phone"),
            duty=DutyOf(one_of("duty", first(form, "duty") or DutyOf.CENTRE, DutyOf)),
            receiver=person.id,
        )
        return take_request(deps.site, unit, intake, now)


def _home(unit: WorkUnit, form: Fields, now: datetime, person: Person) -> int | None:
    """The one that was chosen, or the only one that fits what was typed; Unfit."""
    chosen, typed = first(form, "home_number"), first(form, "home")
    if chosen.isascii() and chosen.isdecimal() and len(chosen) < 10:
        return unit.homes.get(int(chosen)).id
    if not typed:
        return None
    found = find_homes(unit, HomeFilter(asked(typed), limit=2), now, person.id)
    if found.total != 1:
        raise Unfit("home", "home_which" if found.total else "home_none", f"{found.total} homes fit {typed[:20]!r}")
    return found.homes[0].id


def _homes(deps: Deps, person: Person, typed: str) -> list[object]:
    with deps.work.writing() as unit:
        found = find_homes(unit, HomeFilter(asked(typed), limit=HOMES_SHOWN), deps.clock.now(), person.id)
    return [(home, found.people[home.id]) for home in found.homes]


def _new_page(
    request: Request, deps: Deps, form: Fields, unfit: Unfit | None = None, person: Person | None = None
) -> HTMLResponse:
    typed = first(form, "home")
    homes = _homes(deps, person, typed) if unfit is not None and person is not None and typed else []
    facts = {
        "key": secrets.token_hex(16),
        "kept": {name: first(form, name) for name in form},
        "fault": unfit.id if unfit else "",
        "params": unfit.params if unfit else {},
        "homes": homes,
        "typed": typed,
        "topic": "",
        **_words(deps),
    }
    return deps.pages.page(request, "request_new.html", status=422 if unfit else 200, facts=facts)


def _page(
    request: Request,
    deps: Deps,
    person: Person,
    number: int,
    status: int = 200,
    form: Fields | None = None,
    fault: str = "",
    params: Mapping[str, object] | None = None,
    *,
    phone_shown: bool = False,
) -> HTMLResponse:
    with deps.work.reading() as unit:
        view = request_detail(deps.site, unit, number, deps.clock.now(), phone_shown=phone_shown)
        people = unit.people.all()
        calls = view.request.state is RequestState.FINISHED and may_call(
            unit.requests.get(number), roles_of(deps.site, person)
        )
    facts = {
        "view": view,
        "people": people,
        "calls": calls,
        "key": secrets.token_hex(16),
        "kept": {name: first(form or {}, name) for name in form or {}},
        "fault": fault,
        "params": params or {},
        "topic": "",
        **_words(deps),
    }
    return deps.pages.page(request, "request.html", status=status, facts=facts)


def _detail(deps: Deps, number: int) -> RequestDetail:
    with deps.work.reading() as unit:
        return request_detail(deps.site, unit, number, deps.clock.now())


def _call_backs(deps: Deps, person: Person) -> RequestList:
    with deps.work.reading() as unit:
        finished = RequestFilter(states=[RequestState.FINISHED], oldest_first=True, limit=500)
        roles = roles_of(deps.site, person)
        mine = [one for one in unit.requests.find(finished)[0] if may_call(one, roles)]
        views = request_views(deps.site, unit, mine, deps.clock.now())
    return RequestList(views, len(views), 1, 1)


def _unresolved(deps: Deps, text: str) -> Unresolved:
    with deps.work.reading() as unit:
        latest = next(iter(unit.daily_lists.days(1)), deps.clock.now().astimezone(deps.site.zone).date())
        try:
            day = date.fromisoformat(text) if text else latest
        except ValueError:
            raise Unfit("day", "not_a_time", f"{text[:40]!r} is no day; write 2026-11-23", text=text[:40]) from None
        return unresolved_view(deps.site, unit, unit.daily_lists.get(day), day)


def _words(deps: Deps) -> dict[str, object]:
    """What forms offer to choose from."""
    return {
        "kinds": list(RequestKind),
        "states": list(RequestState),
        "categories": deps.site.categories.values(),
        "duties": list(DutyOf),
        "pauses": list(Pause),
        "step_names": list(StepName),
        "satisfactions": list(Satisfaction),
    }


def _among(field: str, given: list[str], known: Iterable[str]) -> list[str]:
    return [one_of(field, each, known) for each in given if each]
