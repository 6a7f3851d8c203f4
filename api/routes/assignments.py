"""Assigning many orders at once: a form with its confirmation and its result, and the same as JSON."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.deps import Acting, Deps, Here
from api.forms import Form, Sent, first
from api.rights import allow
from api.views.orders import OrderView, order_view
from api.views.people import Names
from facility.domain.errors import NotFound, Unfit
from facility.domain.role import PLANNERS
from facility.domain.skill import Skill
from facility.flow.assign import skill_lacked
from facility.flow.assign_many import Assigned, assign_many
from facility.flow.person_here import person_here

router = APIRouter()

SHORTEST_KEY, LONGEST_KEY = 8, 64
MOST = 500


@router.post("/orders/assign.json", tags=["work"], dependencies=[allow(*PLANNERS)])
def assign_json(request: Request, deps: Here, person: Acting, given: Sent) -> list[Assigned]:
    """Assign many: `to` (login), `orders` (`12:3,15:1`: number and version), header `Idempotency-Key`. Each stands by itself.

    Those that ask for a skill which the person has not are left (`why`: no_skill), unless `without_skill` is yes.
    """
    key = _key(request.headers.get("idempotency-key", given.get("key", "")))
    pairs = pairs_of(given.get("orders", "").split(","))
    with deps.work.reading() as unit:
        to = person_here(unit, given.get("to", "")).id
    sure, key = given.get("without_skill", "") != "", f"{person.id}:{key}"
    return assign_many(
        deps.site, deps.work, pairs, to=to, by=person.id, key=key, at=deps.clock.now(), without_skill=sure
    )


@router.post("/orders/assign", include_in_schema=False, dependencies=[allow(*PLANNERS)])
def assign_by_form(request: Request, deps: Here, person: Acting, form: Form) -> HTMLResponse:
    """Ticked orders (`pick`) to one person (`to`): first how many and which, then (`sure`) what became of each."""
    key = _key(first(form, "key"))
    if not form.get("pick"):
        raise Unfit("pick", "nothing_picked", "tick the orders that are to be assigned")
    pairs = pairs_of(form["pick"])
    with deps.work.reading() as unit:
        people = unit.people.all()
    to = next((one for one in people if one.login == first(form, "to")), None)
    facts = {"to": to, "people": people, "pairs": pairs, "key": key, "back": _back(first(form, "back")), "done": None}
    if to is None or first(form, "sure") != "1":
        return _page(request, deps, facts, 200 if to else 422)
    sure, now = first(form, "without_skill") != "", deps.clock.now()
    key = f"{person.id}:{key}"
    done = assign_many(deps.site, deps.work, pairs, to=to.id, by=person.id, key=key, at=now, without_skill=sure)
    return _page(request, deps, {**facts, "done": done})


def pairs_of(texts: Iterable[str]) -> list[tuple[int, int]]:
    """Number and version of each order, like 12:3; Unfit."""
    parts = [text.strip().split(":") for text in texts]
    if any(len(pair) != 2 or not all(is_whole(text) for text in pair) for pair in parts):
        raise Unfit("orders", "form_damaged", "write number and version of each order, like 12:3,15:1")
    if len(parts) > MOST:
        raise Unfit("orders", "form_damaged", f"{MOST} orders at most")
    return [(int(number), int(version)) for number, version in parts]


def is_whole(text: str) -> bool:
    """A whole number of fewer than ten digits."""
    return text.isascii() and text.isdecimal() and len(text) < 10


def _key(key: str) -> str:
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        raise Unfit("key", "form_damaged", f"needs a key of {SHORTEST_KEY} to {LONGEST_KEY} characters")
    return key


def _back(address: str) -> str:
    """Where the reader came from: a list of ours."""
    return address if address == "/orders/unassigned" or address.startswith("/orders?") else "/orders"


def _page(request: Request, deps: Deps, facts: Mapping[str, Any], status: int = 200) -> HTMLResponse:
    """`lacks`: by order, the skill that it asks for and the person has not."""
    to, views, lacks = facts["to"], dict[int, OrderView](), dict[int, Skill]()
    with deps.work.reading() as unit:
        names, now = Names(unit), deps.clock.now()
        for number, _ in facts["pairs"]:
            with suppress(NotFound):
                order = unit.orders.get(number)
                views[number] = order_view(deps.site, order, names, now)
                if to is not None and (skill := skill_lacked(deps.site, unit, order, to, now)):
                    lacks[number] = skill
    shown = {**facts, "orders": views, "lacks": lacks, "topic": ""}
    return deps.pages.page(request, "assign_many.html", status=status, facts=shown)
