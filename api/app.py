"""Puts the application together: routes, static files, guards, errors."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import errors
from api.deps import Deps
from api.feed import Feed
from api.home_assistant.publication import Publication
from api.rights import require_declared
from api.routes import (
    account,
    accounts,
    alert_acts,
    alert_figures,
    alerts,
    announcements,
    assets,
    assignments,
    audit,
    calendars,
    cards,
    certificates,
    channels,
    description,
    drills,
    duties,
    duties_rest,
    energy,
    evidence,
    figures,
    first_run,
    handover,
    handover_rest,
    health,
    history,
    home_list,
    homes,
    keys,
    links,
    lists,
    order_acts,
    order_board,
    pages,
    people,
    plan_changes,
    plans,
    printing,
    programs,
    receipts,
    report,
    requests,
    residents,
    sign_in,
    stream,
    switches,
)
from api.security import Guard
from api.web.pages import STATIC, Pages
from facility.domain.asset import Site
from facility.ports import Clock, History, Live, Passwords, Work

PARTS = (
    assets,
    pages,
    alert_figures,
    history,
    announcements,
    alert_acts,
    alerts,
    energy,
    evidence,
    figures,
    report,
    requests,
    residents,
    order_board,
    assignments,
    order_acts,
    lists,
    printing,
    plans,
    plan_changes,
    switches,
    certificates,
    drills,
    programs,
    calendars,
    channels,
    audit,
    people,
    home_list,
    homes,
    handover_rest,
    handover,
    duties,
    duties_rest,
    sign_in,
    account,
    accounts,
    keys,
    first_run,
    description,
    links,
    cards,
    receipts,
    stream,
    health,
)
"""The routes; the JSON twin of a page is declared before the page, which would take its address."""

Background = Callable[[Deps], AbstractAsyncContextManager[None]]


def make_deps(
    site: Site, clock: Clock, history: History, live: Live, work: Work, secret: bytes, passwords: Passwords
) -> Deps:
    """What the routes work with."""
    feed, web = Feed(site, clock, live, work), Pages(site, clock, live, work)
    publication = Publication(site, site.home_assistant, clock, live) if site.home_assistant else None
    started = clock.monotonic()
    return Deps(
        site, clock, history, live, work, secret, feed, web, passwords, started=started, publication=publication
    )


def make_app(deps: Deps, background: Background) -> ASGIApp:
    """The application; `background` runs beside it from start to stop."""
    return guarded(make_routes(background), deps)


def make_routes(background: Background) -> FastAPI:
    """All routes, static files and what is said of errors; they work with the deps of `guarded`."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with background(app.state.deps):
            yield

    app = FastAPI(
        title="Facility",
        version="0.1.0",
        description="JSON twins of the pages: the same address with `.json`. Times are UTC, ISO 8601. "
        "Programs send a key of the scope `read`: `Authorization: Bearer fk_…` (facility keys create).",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,  # served by a route of ours, which declares who may read it
    )
    for part in PARTS:
        app.include_router(part.router)
    app.mount("/static", Kept(directory=STATIC))
    require_declared(app.routes)
    errors.install(app)
    return app


def guarded(app: FastAPI, deps: Deps) -> ASGIApp:
    """The routes at work with `deps`, behind the guard, which stands outside of everything: an answer to a bug is guarded too."""
    app.state.deps = deps
    return Guard(Counted(app, deps.requests))


class Kept(StaticFiles):
    """Static files: an address with a hash may be kept for a year."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the file."""

        async def send_kept(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200 and scope["query_string"]:
                message["headers"] = [*message["headers"], (b"cache-control", b"public, max-age=31536000, immutable")]
            await send(message)

        await super().__call__(scope, receive, send_kept)


class Counted:
    """ASGI middleware: counts answers by status."""

    def __init__(self, app: ASGIApp, requests: dict[int, int]) -> None:
        self.app = app
        self.requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and count."""

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.requests[message["status"]] = self.requests.get(message["status"], 0) + 1
            await send(message)

        await self.app(scope, receive, send_counted)
