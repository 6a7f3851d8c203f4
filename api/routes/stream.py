"""The live stream of a page: server-sent events `values`, `work` and `beat`."""

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.responses import JSONResponse, Response

from api.deps import Here
from api.language import language_of

router = APIRouter()


@router.get("/stream", tags=["estate"], response_class=StreamingResponse)
async def stream(request: Request, deps: Here, asset: str = "") -> Response:
    """Changes without reload. `asset`: all points of this asset; without it the main points of the estate."""
    if deps.feed.full:
        deps.feed.refused += 1
        return JSONResponse({"detail": "too many open pages"}, 503, headers={"retry-after": "30"})
    events = deps.feed.read(language_of(request, deps.site.language), asset)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)
