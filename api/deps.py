"""What the routes work with, one object for the life of the program."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import Depends, Request

from api.feed import Feed
from api.home_assistant.publication import Publication
from api.web.pages import Pages
from facility.domain.asset import Site
from facility.domain.errors import NotFound, Unfit
from facility.domain.person import Person
from facility.ports import Clock, History, Live, Work


@dataclass(slots=True)
class Deps:
    """The site, the clock, the stores and the pages. `unprepared` names stores that are not ready yet, and why."""

    site: Site
    clock: Clock
    history: History
    live: Live
    work: Work
    secret: bytes
    feed: Feed
    pages: Pages
    unprepared: dict[str, str] = field(default_factory=dict)
    started: float = 0.0  # clock.monotonic()
    requests: dict[int, int] = field(default_factory=dict)  # by status
    publication: Publication | None = None  # to Home Assistant, when the site file wants it


def deps_of(request: Request) -> Deps:
    """The program's object."""
    deps: Deps = request.app.state.deps
    return deps


Here = Annotated[Deps, Depends(deps_of)]
Fields = Mapping[str, str]

MOST_BYTES = 64_000


async def fields_of(request: Request) -> Fields:
    """What was sent, as a form or as a JSON object of plain values: name → text; Unfit."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Unfit("body", "form_damaged", f"is larger than {MOST_BYTES} bytes")
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        form = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=200)
        return {name: values[0].strip() for name, values in form.items()}
    try:
        given = json.loads(body or b"{}")
    except ValueError:
        raise Unfit("body", "form_damaged", "is no JSON") from None
    if not isinstance(given, dict) or any(isinstance(value, dict | list) for value in given.values()):
        raise Unfit("body", "form_damaged", "must be a JSON object of plain values")
    return {str(name): "" if value is None else str(value).strip() for name, value in given.items()}


Given = Annotated[Fields, Depends(fields_of)]


def acting_person(deps: Here, given: Given) -> Person:
    """Who acts: for the time being whom the field `person` (a login) names; Unfit, NotFound."""
    login = given.get("person", "")
    if not login:
        raise Unfit("person", "person_missing", "say who acts: the login of a person")
    with deps.work.reading() as unit:
        found = next((person for person in unit.people.all() if person.login == login), None)
    if found is None:
        raise NotFound("person", login)
    return found


Acting = Annotated[Person, Depends(acting_person)]
