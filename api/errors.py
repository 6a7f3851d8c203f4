"""The one place where errors become answers: a page in plain words for people, JSON for programs."""

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.deps import Deps
from facility.domain.errors import Conflict, LinkRefused, NotFound, StoreError, Unfit

log = logging.getLogger(__name__)

STATUS = {"expired": 410, "forged": 403, "damaged": 404}
"""Answers to a personal link that is refused, by its reason."""

KNOWN = (403, 404, 405, 409, 422, 500, 503)


def install(app: FastAPI) -> None:
    """Register all handlers."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(NotFound, _not_found)
    app.add_exception_handler(Conflict, _conflict)
    app.add_exception_handler(Unfit, _unfit)
    app.add_exception_handler(LinkRefused, _link_refused)
    app.add_exception_handler(StoreError, _store)
    app.add_exception_handler(Exception, _bug)


def answer(request: Request, status: int, detail: str, said: Unfit | None = None) -> Response:
    """An error as a page, or as JSON on a JSON address. `said`: what cannot be taken, in the reader's words."""
    path = request.url.path
    if path.endswith((".json", "/stream")) or path.startswith(("/static/", "/healthz", "/readyz", "/metrics")):
        return JSONResponse({"detail": detail}, status)
    deps: Deps = request.app.state.deps
    shown = status if status in KNOWN else 404 if status < 500 else 500
    return deps.pages.page(request, "error.html", status=status, facts={"status": status, "shown": shown, "said": said})


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return answer(request, error.status_code, str(error.detail))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = "; ".join(f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in error.errors())
    return answer(request, 422, faults)


async def _not_found(request: Request, error: Exception) -> Response:
    return answer(request, 404, str(error))


async def _conflict(request: Request, error: Exception) -> Response:
    return answer(request, 409, str(error))


async def _unfit(request: Request, error: Exception) -> Response:
    assert isinstance(error, Unfit)
    return answer(request, 422, str(error), error)


async def _link_refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, LinkRefused)
    deps: Deps = request.app.state.deps
    return deps.pages.page(request, "link_refused.html", status=STATUS[error.reason], facts={"reason": error.reason})


async def _store(request: Request, error: Exception) -> Response:
    log.warning("%s %s: %s", request.method, request.url.path.split("/")[1], error)
    return answer(request, 503, str(error))


async def _bug(request: Request, _error: Exception) -> Response:
    """Our own fault; the server logs it with its traceback."""
    return answer(request, 500, "internal error")
