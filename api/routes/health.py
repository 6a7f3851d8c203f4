"""For machines that watch us: /healthz, /readyz, /metrics."""

import logging

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from starlette.responses import PlainTextResponse, Response

from api import metrics
from api.deps import Deps, Here
from facility.domain.errors import StoreError

router = APIRouter(tags=["operation"])
log = logging.getLogger(__name__)


def stores(deps: Deps) -> dict[str, str]:
    """What each store answers now: empty when it does its work, else what is wrong."""
    answers = {"work": "", "live": ""}
    try:
        with deps.work.reading() as unit:
            unit.revisions.latest()
    except StoreError as error:
        answers["work"] = str(error)
    try:
        deps.live.programs()
    except StoreError as error:
        answers["live"] = str(error)
    return answers | {name: reason for name, reason in deps.unprepared.items() if name != "history"}


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "up"}


@router.get("/readyz")
def readyz(deps: Here) -> Response:
    """Stores that pages and acknowledgements need are reachable and of a known schema; 503 with reasons otherwise.

    History is reported but decides nothing: without it charts are missing, while alerts and orders go on.
    """
    reasons = {name: reason for name, reason in stores(deps).items() if reason}
    body = {"ready": not reasons, "reasons": reasons, "history": deps.unprepared.get("history", "")}
    return JSONResponse(body, 503 if reasons else 200)


@router.get("/metrics", response_class=PlainTextResponse)
def prometheus(deps: Here) -> PlainTextResponse:
    """Figures of all programs in the Prometheus text format."""
    return PlainTextResponse(metrics.exposition(deps), media_type="text/plain; version=0.0.4; charset=utf-8")
