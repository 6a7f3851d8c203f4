"""For machines that watch us: /healthz, /readyz, /metrics."""

import logging

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import PlainTextResponse, Response

from api import metrics
from api.deps import Deps, Here
from api.rights import machines, public
from api.session import bearer_of, identity_of, is_local_machine
from facility.domain.account import Scope
from facility.domain.errors import StoreError
from facility.domain.role import OPERATORS

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


@router.get("/healthz", dependencies=[public()])
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "up"}


@router.get("/readyz", dependencies=[public()])
def readyz(request: Request, deps: Here) -> Response:
    """Stores that pages and acknowledgements need are reachable and of a known schema; 503 otherwise.

    The reasons name hosts and files: only programs on this machine and keys that may read the metrics see them.
    History decides nothing: without it charts are missing, while alerts and orders go on.
    """
    reasons = {name: reason for name, reason in stores(deps).items() if reason}
    body: dict[str, object] = {"ready": not reasons}
    if _may_see_reasons(request, deps):
        body |= {"reasons": reasons, "history": deps.unprepared.get("history", "")}
    return JSONResponse(body, 503 if reasons else 200)


@router.get("/metrics", response_class=PlainTextResponse, dependencies=[machines(Scope.METRICS, *OPERATORS)])
def prometheus(deps: Here) -> PlainTextResponse:
    """Figures of all programs in the Prometheus text format."""
    return PlainTextResponse(metrics.exposition(deps), media_type="text/plain; version=0.0.4; charset=utf-8")


def _may_see_reasons(request: Request, deps: Deps) -> bool:
    if bearer_of(request) is None:
        return is_local_machine(request)
    try:
        who = identity_of(request, deps)
    except StoreError:
        return False
    return who is not None and Scope.METRICS in who.scopes
