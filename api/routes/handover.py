"""The shift handover log: the list with what is missing, one record, and its three signatures and words."""

import secrets
from collections.abc import Mapping
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.addresses import query_with
from api.deps import Acting, Deps, Here
from api.forms import Form, first
from api.given import calendar_day
from api.rights import allow, identity
from api.views.handovers import HandoverList, HandoverView, ShiftFacts, facts_view, handover_view, shift_view
from api.views.people import Names
from facility.domain.account import Scope
from facility.domain.errors import Unfit
from facility.domain.person import Person
from facility.domain.role import STAFF
from facility.flow.shift_handover import add_to, facts_of, give, missing, shift_named, take, to_give
from facility.ports import HandoverFilter

router = APIRouter()

PAGE = 50
SHORTEST_KEY, LONGEST_KEY = 8, 64
Word = Annotated[str, Query(max_length=100)]
Page = Annotated[int, Query(ge=1, le=10_000)]


def handovers_now(
    deps: Deps, asker: Person | None, position: str, person: str, since: str, until: str, untaken: str, page: int
) -> HandoverList:
    """One page; Unfit for a day that is none, NotFound for a login that nobody has."""
    now, site = deps.clock.now(), deps.site
    with deps.work.reading() as unit:
        wanted = HandoverFilter(
            positions=[position] if position else None,
            person=unit.people.named(person).id if person else None,
            first=calendar_day("since", since),
            last=calendar_day("until", until),
            untaken=untaken not in ("", "0"),
            limit=PAGE,
            offset=(page - 1) * PAGE,
        )
        found, total = unit.handovers.find(wanted)
        names = Names(unit)
        mine = to_give(site, unit, asker.id, now) if asker else []
        return HandoverList(
            tuple(handover_view(site, unit, each, names) for each in found),
            total,
            page,
            max(1, -(-total // PAGE)),
            tuple(shift_view(site, names, *each) for each in mine),
            tuple(shift_view(site, names, *each) for each in missing(site, unit, now)),
        )


def shift_now(deps: Deps, position: str, day: date, shift: str) -> ShiftFacts:
    """A shift as it would be signed now; NotFound."""
    with deps.work.reading() as unit:
        slot = shift_named(deps.site, unit, position, day, shift)
        known = unit.handovers.of_shift(position, day, shift)
        return ShiftFacts(
            shift_view(deps.site, Names(unit), position, slot),
            facts_view(deps.site, facts_of(deps.site, unit, position, slot, deps.clock.now())),
            known.id if known else None,
        )


def add_words(deps: Deps, number: int, person: int, words: str, key: str) -> None:
    """A correction of a person; Unfit, NotFound."""
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        raise Unfit("key", "form_damaged", f"has {SHORTEST_KEY} to {LONGEST_KEY} characters")
    with deps.work.writing() as unit:
        add_to(unit, number, person, words, key, deps.clock.now())


def handover_now(deps: Deps, number: int) -> HandoverView:
    """One record; NotFound."""
    with deps.work.reading() as unit:
        return handover_view(deps.site, unit, unit.handovers.get(number), Names(unit), whole=True)


@router.get("/handover.json", tags=["work"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def handovers_json(
    request: Request,
    deps: Here,
    position: Word = "",
    person: Word = "",
    since: Word = "",
    until: Word = "",
    untaken: Word = "",
    page: Page = 1,
) -> HandoverList:
    """Records of shifts, latest first, and shifts that ended an hour ago without one."""
    return handovers_now(deps, identity(request).person, position, person, since, until, untaken, page)


@router.get("/handover", include_in_schema=False, dependencies=[allow(*STAFF)])
def handovers_page(
    request: Request,
    deps: Here,
    position: Word = "",
    person: Word = "",
    since: Word = "",
    until: Word = "",
    untaken: Word = "",
    page: Page = 1,
) -> HTMLResponse:
    """The same as a page."""
    with deps.work.reading() as unit:
        people = unit.people.all()
    facts = {
        "view": handovers_now(deps, identity(request).person, position, person, since, until, untaken, page),
        "chosen": {"position": position, "person": person, "since": since, "until": until, "untaken": untaken},
        "people": people,
        "address": lambda **changes: query_with(request, **changes),
        "topic": "",
    }
    return deps.pages.page(request, "handovers.html", facts=facts)


@router.get("/handover/new", include_in_schema=False, dependencies=[allow(*STAFF)])
def new_page(request: Request, deps: Here, position: Word, day: date, shift: Word) -> Response:
    """The form of a shift with its facts, or the record that it has."""
    with deps.work.reading() as unit:
        known = unit.handovers.of_shift(position, day, shift)
    if known is not None:
        return RedirectResponse(f"/handover/{known.id}", 303)
    return _form(request, deps, position, day, shift, {})


@router.post("/handover", include_in_schema=False, dependencies=[allow(*STAFF)])
def give_by_form(request: Request, deps: Here, person: Acting, form: Form) -> Response:
    """Sign as who hands over."""
    position, shift, day = first(form, "position"), first(form, "shift"), calendar_day("day", first(form, "day"))
    if day is None:
        raise Unfit("day", "form_damaged", "is missing")
    words, now = first(form, "words"), deps.clock.now()
    try:
        with deps.work.writing() as unit:
            made = give(
                deps.site, unit, position=position, day=day, shift=shift, person=person.id, words=words, now=now
            )
    except Unfit as refused:
        return _form(request, deps, position, day, shift, {"words": words, "fault": refused}, 422)
    return RedirectResponse(f"/handover/{made.id}", 303)


@router.get("/handover/{number}.json", tags=["work"], dependencies=[allow(*STAFF, machines=Scope.READ)])
def handover_json(number: int, deps: Here) -> HandoverView:
    """One record with its facts and additions."""
    return handover_now(deps, number)


@router.get("/handover/{number}", include_in_schema=False, dependencies=[allow(*STAFF)])
def handover_page(number: int, request: Request, deps: Here) -> HTMLResponse:
    """One record; it prints on a sheet."""
    return _record(request, deps, number, {})


@router.post("/handover/{number}/take", include_in_schema=False, dependencies=[allow(*STAFF)])
def take_by_form(number: int, request: Request, deps: Here, person: Acting, form: Form) -> Response:
    """Sign as who takes over."""
    try:
        with deps.work.writing() as unit:
            take(deps.site, unit, number, person.id, first(form, "words"), deps.clock.now())
    except Unfit as refused:
        return _record(request, deps, number, {"taken_words": first(form, "words"), "fault": refused}, 422)
    return RedirectResponse(f"/handover/{number}", 303)


@router.post("/handover/{number}/add", include_in_schema=False, dependencies=[allow(*STAFF)])
def add_by_form(number: int, request: Request, deps: Here, person: Acting, form: Form) -> Response:
    """A correction, beside what was signed."""
    try:
        add_words(deps, number, person.id, first(form, "words"), first(form, "key"))
    except Unfit as refused:
        return _record(request, deps, number, {"added_words": first(form, "words"), "fault": refused}, 422)
    return RedirectResponse(f"/handover/{number}", 303)


def _form(
    request: Request, deps: Deps, position: str, day: date, shift: str, kept: Mapping[str, object], status: int = 200
) -> HTMLResponse:
    found = shift_now(deps, position, day, shift)
    facts = {"view": found.shift, "facts": found.facts, "kept": kept}
    return deps.pages.page(request, "handover_new.html", status=status, facts=facts)


def _record(request: Request, deps: Deps, number: int, kept: Mapping[str, object], status: int = 200) -> HTMLResponse:
    view, who = handover_now(deps, number), identity(request).person
    with deps.work.reading() as unit:
        giver = unit.handovers.get(number).giver
    facts = {
        "view": view,
        "kept": kept,
        "may_take": who is not None and view.taken_at is None and who.id != giver,
        "may_add": who is not None,
        "key": secrets.token_hex(16),
        "topic": "",
    }
    return deps.pages.page(request, "handover.html", status=status, facts=facts)
