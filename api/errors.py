"""The one place where errors become answers: a page in plain words for people, JSON for programs."""

import logging
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from api.deps import Deps
from api.rights import ChangeNeeded, Forbidden, SignInNeeded
from facility.domain.errors import Conflict, LinkRefused, NotFound, StoreError, Unfit

log = logging.getLogger(__name__)

STATUS = {"expired": 410, "forged": 403, "damaged": 404}
"""Answers to a personal link that is refused, by its reason."""

FORBIDDEN = {
    "role": "none of your roles may see this",
    "scope": "this key has no scope for this address",
    "form": "the form carries no valid token; load the page again",
}

KNOWN = (403, 404, 405, 409, 422, 500, 503)


def install(app: FastAPI) -> None:
    """Register all handlers."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(NotFound, _not_found)
    app.add_exception_handler(Conflict, _conflict)
    app.add_exception_handler(Unfit, _unfit)
    app.add_exception_handler(LinkRefused, _link_refused)
    app.add_exception_handler(SignInNeeded, _sign_in)
    app.add_exception_handler(ChangeNeeded, _change)
    app.add_exception_handler(Forbidden, _forbidden)
    app.add_exception_handler(StoreError, _store)
    app.add_exception_handler(Exception, _bug)


def answer(request: Request, status: int, detail: str, said: Unfit | None = None) -> Response:
    """An error as a page, or as JSON on a JSON address. `said`: what cannot be taken, in the reader's words."""
    if for_program(request):
        return JSONResponse({"detail": detail}, status)
    deps: Deps = request.app.state.deps
    shown = status if status in KNOWN else 404 if status < 500 else 500
    return deps.pages.page(request, "error.html", status=status, facts={"status": status, "shown": shown, "said": said})


def for_program(request: Request) -> bool:
    """The answer is read by a program, not by a person."""
    path = request.url.path
    return path.endswith((".json", "/stream")) or path.startswith(("/static/", "/healthz", "/readyz", "/metrics"))


async def _sign_in(request: Request, error: Exception) -> Response:
    """To the sign-in page, and back here afterwards; a program, or a part of a page that fetches itself, is told 401."""
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    target = f"/sign-in?{urlencode({'next': here if request.method == 'GET' else '/'})}"
    if for_program(request):
        challenge = {"www-authenticate": "Bearer"}
        return JSONResponse({"detail": "sign in, or send a key: Authorization: Bearer …"}, 401, headers=challenge)
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"hx-redirect": target})
    return RedirectResponse(target, 303)


async def _change(request: Request, error: Exception) -> Response:
    """To the page where the password is changed."""
    if for_program(request):
        return JSONResponse({"detail": "change the password first, on /account"}, 403)
    if "hx-request" in request.headers:
        return Response(status_code=403, headers={"hx-redirect": "/account"})
    return RedirectResponse("/account", 303)


async def _forbidden(request: Request, error: Exception) -> Response:
    assert isinstance(error, Forbidden)
    if for_program(request):
        return JSONResponse({"detail": FORBIDDEN[error.id]}, 403)
    deps: Deps = request.app.state.deps
    return deps.pages.page(request, "forbidden.html", status=403, facts={"reason": error.id})


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
    known = getattr(request.state, "identity", None) is not None
    return answer(
        request, 503, str(error) if known else "a store cannot be reached"
    )  # strangers learn no hosts and files


async def _bug(request: Request, _error: Exception) -> Response:
    """Our own fault; the server logs it with its traceback."""
    return answer(request, 500, "internal error")
