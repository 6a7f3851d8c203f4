"""One's own account: who one is here, where one is signed in, another password."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.deps import Deps, Here
from api.forms import Form, secret
from api.rights import Forbidden, Who, signed_in
from api.routes.sign_in import may_send_passwords
from api.session import clear_cookie, set_cookie, visit_of
from api.views.accounts import SessionView, session_views
from facility.domain.account import SHORTEST_PASSWORD, Account, Identity
from facility.domain.role import Role
from facility.flow.keep_account import PasswordRefused, change_password
from facility.flow.sign_in import SignInRefused
from facility.flow.sign_out import sign_out, sign_out_everywhere

router = APIRouter()


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account as its owner sees it."""

    login: str
    name: str
    roles: tuple[Role, ...]
    must_change: bool
    changed_at: datetime
    sessions: tuple[SessionView, ...]


def account_now(deps: Deps, who: Identity) -> AccountView:
    """Roles in the order of the glossary, sessions last used first."""
    account = own(who)
    now = deps.clock.now()
    with deps.work.reading() as unit:
        sessions = tuple(one for one in unit.sessions.of(account.id) if deps.lifetime.holds(one, now))
    return AccountView(
        account.login,
        who.name,
        tuple(role for role in Role if role in who.roles),
        account.must_change,
        account.changed_at,
        session_views(sessions, who.session.id if who.session else 0),
    )


def own(who: Identity) -> Account:
    """The account of whoever asks; Forbidden for machines."""
    if who.account is None:
        raise Forbidden("scope")
    return who.account


@router.get("/account", include_in_schema=False, dependencies=[signed_in(unchanged=True)])
def account_page(request: Request, deps: Here, who: Who, done: str = "") -> HTMLResponse:
    """The page."""
    return _page(deps, request, who, 200, done=done)


@router.get("/account.json", tags=["account"], dependencies=[signed_in(unchanged=True)])
def account_json(deps: Here, who: Who) -> AccountView:
    """Who one is here, and where one is signed in."""
    return account_now(deps, who)


@router.post("/account/password", include_in_schema=False, dependencies=[signed_in(unchanged=True)])
def password_by_form(request: Request, deps: Here, who: Who, form: Form) -> Response:
    """Another password: ends all sessions, and begins a new one here."""
    if not may_send_passwords(request, deps):
        return _page(deps, request, who, 403, fault="open_wire")
    old, new, again = (secret(form, name) for name in ("old", "new", "again"))
    if new != again:
        return _page(deps, request, who, 422, fault="differs")
    try:
        token = change_password(
            deps.work, deps.passwords, deps.clock, deps.lifetime, who, old=old, new=new, visit=visit_of(request)
        )
    except PasswordRefused as refused:
        return _page(deps, request, who, 422, fault=refused.reason)
    except SignInRefused as refused:
        return _page(deps, request, who, 429 if refused.wait else 422, refused=refused)
    answer = RedirectResponse("/account?done=password", 303)
    set_cookie(answer, request, deps, token)
    return answer


@router.post("/account/sessions/{number}/end", include_in_schema=False, dependencies=[signed_in(unchanged=True)])
def end_session(number: int, request: Request, deps: Here, who: Who) -> Response:
    """Sign out in another browser."""
    with deps.work.writing() as unit:
        sign_out(unit, own(who), number, visit_of(request), deps.clock.now())
    return RedirectResponse("/account?done=session", 303)


@router.post("/account/sign-out-everywhere", include_in_schema=False, dependencies=[signed_in(unchanged=True)])
def end_all_sessions(request: Request, deps: Here, who: Who) -> Response:
    """Sign out in all browsers, this one too."""
    with deps.work.writing() as unit:
        sign_out_everywhere(unit, own(who), visit_of(request), deps.clock.now())
    answer = RedirectResponse("/sign-in", 303)
    clear_cookie(answer, request, deps)
    return answer


def _page(
    deps: Deps,
    request: Request,
    who: Identity,
    status: int,
    *,
    fault: str = "",
    done: str = "",
    refused: SignInRefused | None = None,
) -> HTMLResponse:
    facts = {
        "view": account_now(deps, who),
        "fault": fault,
        "refused": refused,
        "done": done if done in ("password", "session") else "",
        "shortest": SHORTEST_PASSWORD,
    }
    return deps.pages.page(request, "account.html", status=status, facts=facts)
