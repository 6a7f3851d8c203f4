"""The shift handover log for programs: what a signature would freeze, and the signatures and words as JSON."""

from datetime import date

from fastapi import APIRouter, Request

from api.deps import Acting, Here
from api.forms import Given, Sent
from api.given import calendar_day
from api.rights import allow
from api.routes.handover import Word, add_words, handover_now, shift_now
from api.views.handovers import HandoverView, ShiftFacts
from facility.domain.errors import Unfit
from facility.domain.role import STAFF
from facility.flow.shift_handover import give, take

router = APIRouter(tags=["work"])


@router.get("/handover/new.json", dependencies=[allow(*STAFF)])
def shift_json(deps: Here, position: Word, day: date, shift: Word) -> ShiftFacts:
    """A shift with the facts that a signature would freeze now; `handover`: the number of the record that it has already."""
    return shift_now(deps, position, day, shift)


@router.post("/handover.json", dependencies=[allow(*STAFF)])
def give_json(deps: Here, person: Acting, given: Sent) -> HandoverView:
    """Sign as who hands over: `position`, `day`, `shift`, `words`. The same person again gets the record that was signed."""
    position, day, shift = (
        _needed(given, "position"),
        calendar_day("day", _needed(given, "day")),
        _needed(given, "shift"),
    )
    assert day is not None
    with deps.work.writing() as unit:
        made = give(
            deps.site, unit, position=position, day=day, shift=shift, person=person.id, words=given.get("words", ""),
            now=deps.clock.now(),
        )  # fmt: skip
    return handover_now(deps, made.id)


@router.post("/handover/{number}/take.json", dependencies=[allow(*STAFF)])
def take_json(number: int, deps: Here, person: Acting, given: Sent) -> HandoverView:
    """Sign as who takes over: `words`. The same person again changes nothing."""
    with deps.work.writing() as unit:
        take(deps.site, unit, number, person.id, given.get("words", ""), deps.clock.now())
    return handover_now(deps, number)


@router.post("/handover/{number}/add.json", dependencies=[allow(*STAFF)])
def add_json(number: int, request: Request, deps: Here, person: Acting, given: Sent) -> HandoverView:
    """A correction beside the record: `words`, header `Idempotency-Key`; the same key of the same person again changes nothing."""
    key = request.headers.get("idempotency-key", given.get("key", ""))
    add_words(deps, number, person.id, given.get("words", ""), key)
    return handover_now(deps, number)


def _needed(given: Given, field: str) -> str:
    text = given.get(field, "")
    if not text:
        raise Unfit(field, "form_damaged", "is missing; send position, day and shift")
    return text
