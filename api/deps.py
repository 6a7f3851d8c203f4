"""What the routes work with, one object for the life of the program."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from api.feed import Feed
from api.home_assistant.publication import Publication
from api.web.pages import Pages
from facility.domain.asset import Site
from facility.domain.emergency import EmergencyPlans
from facility.ports import Clock, History, Live, Stage, Work


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
    plans: EmergencyPlans = EmergencyPlans({})  # noqa: RUF009 - frozen
    stage: Stage | None = None  # simulators that play drills


def deps_of(request: Request) -> Deps:
    """The program's object."""
    deps: Deps = request.app.state.deps
    return deps


Here = Annotated[Deps, Depends(deps_of)]


def acting_person() -> int | None:
    """The number of the person who acts, for the record; None: nobody is signed in. All pages that change something ask here."""
    return None


Acting = Annotated[int | None, Depends(acting_person)]
