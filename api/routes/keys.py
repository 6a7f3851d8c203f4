"""Keys of machines, for the system administrator: list, issue (shown once), revoke. The same verbs as the command."""

from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.deps import Deps, Here
from api.forms import Fields, Form, first
from api.rights import allow
from api.routes.sign_in import may_send_passwords
from api.session import visit_of
from api.views.accounts import KeyView, key_view
from facility.domain.account import Scope
from facility.domain.errors import Unfit
from facility.domain.role import Role
from facility.flow.issue_key import LONGEST, issue_key, revoke_key

router = APIRouter()

ADMIN = allow(Role.SYSTEM_ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class KeyList:
    """All keys, newest first."""

    keys: tuple[KeyView, ...]


def keys_now(deps: Deps) -> KeyList:
    """All keys; they themselves are not kept."""
    with deps.work.reading() as unit:
        return KeyList(tuple(key_view(key, deps.clock.now()) for key in unit.api_keys.all()))


@router.get("/keys.json", tags=["account"], dependencies=[ADMIN])
def keys_json(deps: Here) -> KeyList:
    """Keys of machines: for whom, what for, until when, when last used."""
    return keys_now(deps)


@router.get("/keys", include_in_schema=False, dependencies=[ADMIN])
def keys_page(request: Request, deps: Here, done: str = "") -> HTMLResponse:
    """The list, and the form of a new key."""
    return _page(request, deps, done=done)


@router.post("/keys", include_in_schema=False, dependencies=[ADMIN])
def issue(request: Request, deps: Here, form: Form) -> HTMLResponse:
    """Issue a key, and show it this once."""
    if not may_send_passwords(request, deps):
        return _page(request, deps, 403, form, fault="open_wire")
    days = first(form, "days")
    valid = timedelta(days=int(days) if days.isascii() and days.isdecimal() and len(days) < 6 else 0)
    scopes = frozenset(scope for scope in Scope if scope in form.get("scope", []))
    try:
        with deps.work.writing() as unit:
            key, token = issue_key(unit, first(form, "name"), scopes, valid, deps.clock.now(), visit_of(request))
    except Unfit as unfit:
        return _page(request, deps, 422, form, unfit=unfit)
    facts = {"key": key_view(key, deps.clock.now()), "token": token}
    return deps.pages.page(request, "key_once.html", facts=facts)


@router.post("/keys/{number}/revoke", include_in_schema=False, dependencies=[ADMIN])
def revoke(number: int, request: Request, deps: Here, form: Form) -> Response:
    """End a key, for good; needs a tick."""
    if first(form, "sure") != "1":
        return _page(request, deps, 422, fault="not_sure")
    with deps.work.writing() as unit:
        revoke_key(unit, number, deps.clock.now(), visit_of(request))
    return RedirectResponse("/keys?done=revoked", 303)


def _page(
    request: Request,
    deps: Deps,
    status: int = 200,
    form: Fields | None = None,
    *,
    fault: str = "",
    unfit: Unfit | None = None,
    done: str = "",
) -> HTMLResponse:
    facts = {
        "view": keys_now(deps),
        "name": first(form or {}, "name")[:100],
        "scopes": list(Scope),
        "longest": LONGEST.days,
        "fault": fault,
        "unfit": unfit,
        "done": done,
        "topic": "",
    }
    return deps.pages.page(request, "keys.html", status=status, facts=facts)
