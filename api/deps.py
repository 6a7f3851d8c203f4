"""What the routes work with, one object for the life of the program."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from api.buckets import Buckets
from api.feed import Feed
from api.first_run import FirstRun
from api.home_assistant.publication import Publication
from api.sent_lists import SentLists
from api.web.pages import Pages
from facility.domain.account import Identity, Lifetime
from facility.domain.asset import Site
from facility.domain.emergency import EmergencyPlans
from facility.domain.errors import Unfit
from facility.domain.person import Person
from facility.ports import Clock, History, Live, Passwords, Stage, Work


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
    passwords: Passwords
    public_url: str = ""
    lifetime: Lifetime = field(default_factory=Lifetime)
    first_run: FirstRun = field(default_factory=FirstRun)
    seen: dict[int, datetime] = field(
        default_factory=dict
    )  # by session (a key: minus its number), when its use was last written down
    unprepared: dict[str, str] = field(default_factory=dict)
    started: float = 0.0  # clock.monotonic()
    reports: Buckets = field(default_factory=Buckets)  # of the public form
    lists: SentLists = field(default_factory=SentLists)  # of homes, until they are entered
    requests: dict[int, int] = field(default_factory=dict)  # by status
    publication: Publication | None = None  # to Home Assistant, when the site file wants it
    plans: EmergencyPlans = EmergencyPlans({})  # noqa: RUF009 - frozen
    stage: Stage | None = None  # simulators that play drills


def deps_of(request: Request) -> Deps:
    """The program's object."""
    deps: Deps = request.app.state.deps
    return deps


Here = Annotated[Deps, Depends(deps_of)]


def acting_number(request: Request) -> int | None:
    """The number of the person who acts, for the record; None: a machine, or an account that belongs to nobody."""
    who: Identity | None = getattr(request.state, "identity", None)
    return who.person.id if who and who.person else None


def acting_person(request: Request) -> Person:
    """Who acts: whoever is signed in; Unfit for an account that belongs to no person."""
    who: Identity | None = getattr(request.state, "identity", None)
    if who is None or who.person is None:
        raise Unfit(
            "person", "person_missing", "this account belongs to no person; people act, with accounts of their own"
        )
    return who.person


ActingNumber = Annotated[int | None, Depends(acting_number)]
Acting = Annotated[Person, Depends(acting_person)]
