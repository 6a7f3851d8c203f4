"""The live stream of a page: server-sent events `values`, `work` and `beat`."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.responses import JSONResponse, Response

from api.deps import Deps, Here
from api.language import language_of
from api.rights import allow
from api.session import identity_of
from facility.domain.account import Scope
from facility.domain.errors import StoreError
from facility.domain.role import STAFF

router = APIRouter()

ASKED_EVERY = 10.0
"""Seconds between two looks whether the reader is still signed in."""


@router.get(
    "/stream",
    tags=["estate"],
    response_class=StreamingResponse,
    dependencies=[allow(*STAFF, machines=Scope.READ)],
)
async def stream(request: Request, deps: Here, asset: str = "") -> Response:
    """Changes without reload. `asset`: all points of this asset; without it the main points of the estate."""
    if deps.feed.full:
        deps.feed.refused += 1
        return JSONResponse({"detail": "too many open pages"}, 503, headers={"retry-after": "30"})
    events = deps.feed.read(language_of(request, deps.site.language), asset)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(_while_known(events, request, deps), media_type="text/event-stream", headers=headers)


async def _while_known(events: AsyncGenerator[str, None], request: Request, deps: Deps) -> AsyncIterator[str]:
    """The events until the reader's session ends: signing out everywhere closes open pages too."""
    asked = deps.clock.monotonic()
    async with aclosing(events):
        async for event in events:
            yield event
            if deps.clock.monotonic() - asked >= ASKED_EVERY:
                asked = deps.clock.monotonic()
                if not await asyncio.to_thread(_still_may, request, deps):
                    return


def _still_may(request: Request, deps: Deps) -> bool:
    try:
        who = identity_of(request, deps)
    except StoreError:
        return True  # a store that is away ends nobody's session
    return who is not None and bool(who.roles & STAFF or Scope.READ in who.scopes)
