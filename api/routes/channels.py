"""Message channels: how each does, and a test message to one person. The scheduler sends it."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.deps import Deps, Here
from api.forms import Given, Sent
from api.rights import allow, identity
from api.session import visit_of
from api.views.channels import ChannelTest, ChannelView, channel_test, channel_view
from facility.domain.account import Scope, Visit
from facility.domain.errors import NotFound, Unfit
from facility.domain.role import OVERSEERS, PLANNERS
from facility.flow.look_at_channels import look_at_channels
from facility.flow.person_here import person_here
from facility.flow.try_channel import try_channel

router = APIRouter()


@dataclass(frozen=True, slots=True)
class ChannelList:
    """All channels, in the order of the site file."""

    at: datetime
    channels: tuple[ChannelView, ...]


def channels_now(deps: Deps) -> ChannelList:
    """As they are known now."""
    now = deps.clock.now()
    with deps.work.reading() as unit:
        return ChannelList(now, tuple(map(channel_view, look_at_channels(deps.site, unit, now))))


def test_now(deps: Deps, number: int) -> ChannelTest:
    """How a test stands; NotFound."""
    with deps.work.reading() as unit:
        return channel_test(deps.site, unit, number, deps.clock.now())


def send_test(deps: Deps, given: Given, visit: Visit) -> int:
    """Queue a test; its number. Unfit, NotFound."""
    channel, login = given.get("channel", ""), given.get("person", "")
    if given.get("sure") not in ("1", "True"):
        raise Unfit("sure", "test_not_sure", "must be 1: a real person is told on a real channel")
    if channel not in deps.site.channels:
        raise NotFound("channel", f"{channel} (known: {', '.join(deps.site.channels)})")
    with deps.work.writing() as unit:
        person = person_here(unit, login).id
        return try_channel(unit, channel, person, secrets.token_hex(4), deps.clock.now(), visit).id


@router.get("/channels.json", tags=["operation"], dependencies=[allow(*PLANNERS, machines=Scope.READ)])
def channels_json(deps: Here) -> ChannelList:
    """Channels of the site file: way out, last accepted, failing since, the vendor's last refusal, this month's use."""
    return channels_now(deps)


@router.get("/channels", include_in_schema=False, dependencies=[allow(*PLANNERS)])
def channels_page(request: Request, deps: Here) -> HTMLResponse:
    """The list of channels."""
    return _page(request, deps, 200)


@router.post("/channels/tests.json", tags=["operation"], status_code=202, dependencies=[allow(*OVERSEERS)])
def test_by_program(request: Request, deps: Here, given: Sent) -> ChannelTest:
    """Send a test: `channel`, `person` (login), `sure` (1). Ask `/channels/tests/{number}.json` for the vendor's answer."""
    return test_now(deps, send_test(deps, given, visit_of(request)))


@router.post("/channels/tests", include_in_schema=False, dependencies=[allow(*OVERSEERS)])
def test_by_form(request: Request, deps: Here, given: Sent) -> Response:
    """Send a test, and go to the page that waits for its answer."""
    try:
        number = send_test(deps, given, visit_of(request))
    except Unfit as unfit:
        return _page(request, deps, 422, unfit)
    return RedirectResponse(f"/channels/tests/{number}", 303)


@router.get("/channels/tests/{number}.json", tags=["operation"], dependencies=[allow(*PLANNERS, machines=Scope.READ)])
def test_json(number: int, deps: Here) -> ChannelTest:
    """How a test stands: waiting, not_taken (no scheduler sent it), queued, accepted, not_accepted; with the vendor's own code and text."""
    return test_now(deps, number)


@router.get("/channels/tests/{number}", include_in_schema=False, dependencies=[allow(*PLANNERS)])
def test_page(number: int, request: Request, deps: Here) -> HTMLResponse:
    """A test; the page asks again by itself until the vendor has answered."""
    return deps.pages.page(request, "channel_test.html", facts={"view": test_now(deps, number), "topic": ""})


def _page(request: Request, deps: Deps, status: int, fault: Unfit | None = None) -> HTMLResponse:
    tests = bool(identity(request).roles & OVERSEERS)
    with deps.work.reading() as unit:
        people = unit.people.all() if tests else []
    facts = {"view": channels_now(deps), "people": people, "tests": tests, "fault": fault, "topic": ""}
    return deps.pages.page(request, "channels.html", status=status, facts=facts)
