"""Accounts, for the system administrator: the list, one of them, and all that can be done with them. The same verbs as the command."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.deps import Deps, Here
from api.forms import Fields, Form, first, secret
from api.rights import Who, allow
from api.routes.sign_in import may_send_passwords
from api.session import visit_of
from api.views.accounts import AccountDetail, AccountRow, account_detail, account_row
from facility.domain.account import SHORTEST_PASSWORD, Account
from facility.domain.errors import Conflict, Unfit
from facility.domain.role import GIVEN, Role
from facility.flow import keep_account
from facility.flow.keep_account import AccountRefused, PasswordRefused
from facility.flow.look_at_accounts import AccountState, look_at_accounts
from facility.flow.sign_out import sign_out, sign_out_everywhere
from facility.ports import WorkUnit

router = APIRouter()

ADMIN = allow(Role.SYSTEM_ADMINISTRATOR)
SORTS: dict[str, Callable[[AccountRow], tuple[object, ...]]] = {
    "login": lambda row: (row.login,),
    "name": lambda row: (row.name, row.login),
    "state": lambda row: (list(AccountState).index(row.state), row.login),
    "sessions": lambda row: (row.sessions, row.login),
    "signed_in_at": lambda row: (row.signed_in_at.timestamp() if row.signed_in_at else 0.0, row.login),
}
Chosen = Annotated[str, Query(max_length=100)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which accounts: `text` in login or name, by role and state; `sort`, with - the other way round."""

    text: str = ""
    role: str = ""
    state: str = ""
    sort: str = "login"


@dataclass(frozen=True, slots=True)
class AccountList:
    """The accounts that were asked for."""

    at: datetime
    accounts: tuple[AccountRow, ...]


def accounts_now(deps: Deps, wanted: Wanted) -> AccountList:
    """Filtered and sorted; Unfit for an order that there is not."""
    now, order = deps.clock.now(), wanted.sort.removeprefix("-")
    if order not in SORTS:
        raise Unfit("sort", "form_damaged", f"{order[:40]!r} is none of {', '.join(SORTS)}")
    with deps.work.reading() as unit:
        reports = look_at_accounts(deps.site, unit, unit.accounts.all(), deps.lifetime, now)
    text = wanted.text.casefold()
    rows = [row for row in map(account_row, reports) if text in row.login or text in row.name.casefold()]
    rows = [row for row in rows if not wanted.role or wanted.role in row.roles]
    rows = [row for row in rows if not wanted.state or wanted.state == row.state]
    rows.sort(key=SORTS[order], reverse=wanted.sort.startswith("-"))
    return AccountList(now, tuple(rows))


def account_now(deps: Deps, number: int, here: int = 0) -> AccountDetail:
    """One account; NotFound."""
    with deps.work.reading() as unit:
        (report,) = look_at_accounts(deps.site, unit, [unit.accounts.get(number)], deps.lifetime, deps.clock.now())
        return account_detail(unit, report, here)


@router.get("/accounts.json", tags=["account"], dependencies=[ADMIN])
def accounts_json(
    deps: Here, text: Chosen = "", role: Chosen = "", state: Chosen = "", sort: Chosen = "login"
) -> AccountList:
    """All accounts by login or name, role, state; sorted by login, name, state, sessions or signed_in_at (- the other way round)."""
    return accounts_now(deps, Wanted(text, role, state, sort))


@router.get("/accounts", include_in_schema=False, dependencies=[ADMIN])
def accounts_page(
    request: Request, deps: Here, text: Chosen = "", role: Chosen = "", state: Chosen = "", sort: Chosen = "login"
) -> HTMLResponse:
    """The list, and the form of a new account."""
    return _list(request, deps, Wanted(text, role, state, sort))


@router.post("/accounts", include_in_schema=False, dependencies=[ADMIN])
def create(request: Request, deps: Here, form: Form) -> Response:
    """Make an account; a password of ours is shown in the answer, this once."""
    login, roles = first(form, "login"), _roles_of(form)
    password, fault = _password(request, deps, form, login)
    if fault:
        return _list(request, deps, Wanted(), 422, form, fault)
    try:
        with deps.work.reading() as unit:
            owner = keep_account.check_account(unit, login, roles, first(form, "person"))
        made_of = keep_account.new_account(
            login,
            deps.passwords.hash(password.text),
            deps.clock.now(),
            name=first(form, "name"),
            roles=roles,
            person=owner,
            must_change=password.must_change,
        )
        with deps.work.writing() as unit:
            made = keep_account.create_account(unit, made_of, visit_of(request))
    except AccountRefused as refused:
        return _list(request, deps, Wanted(), 422, form, refused.reason, refused.params)
    except Conflict:
        return _list(request, deps, Wanted(), 409, form, "taken", {"login": login})
    if password.ours:
        return _once(request, deps, made, password.text, "created")
    return RedirectResponse(f"/accounts/{made.id}?done=created", 303)


@router.get("/accounts/{number}.json", tags=["account"], dependencies=[ADMIN])
def account_json(number: int, deps: Here, who: Who) -> AccountDetail:
    """One account with its sessions and the latest lines of its record."""
    return account_now(deps, number, who.session.id if who.session else 0)


@router.get("/accounts/{number}", include_in_schema=False, dependencies=[ADMIN])
def account_page(number: int, request: Request, deps: Here, done: Chosen = "") -> HTMLResponse:
    """One account."""
    return _one(request, deps, number, done=done)


@router.post("/accounts/{number}/password", include_in_schema=False, dependencies=[ADMIN])
def give_password(number: int, request: Request, deps: Here, form: Form) -> Response:
    """Another password, which must be changed at the next sign-in; ends all sessions."""
    account = _account(deps, number)
    password, fault = _password(request, deps, form, account.login)
    if fault:
        return _one(request, deps, number, 422, fault)
    hashed, now = deps.passwords.hash(password.text), deps.clock.now()
    with deps.work.writing() as unit:
        keep_account.reset_password(unit, account.login, hashed, now, must_change=True, visit=visit_of(request))
    if password.ours:
        return _once(request, deps, account, password.text, "password")
    return RedirectResponse(f"/accounts/{number}?done=password", 303)


@router.post("/accounts/{number}/roles", include_in_schema=False, dependencies=[ADMIN])
def change_roles(number: int, request: Request, deps: Here, form: Form) -> Response:
    """Replace the roles of the account itself."""

    def change(unit: WorkUnit, account: Account) -> None:
        keep_account.change_roles(unit, account.login, _roles_of(form), deps.clock.now(), visit_of(request))

    return _done(request, deps, number, "roles", change)


@router.post("/accounts/{number}/unlock", include_in_schema=False, dependencies=[ADMIN])
def unlock(number: int, request: Request, deps: Here) -> Response:
    """End the pause for guessing."""

    def change(unit: WorkUnit, account: Account) -> None:
        keep_account.unlock(unit, account.login, deps.clock.now(), visit_of(request))

    return _done(request, deps, number, "unlock", change)


@router.post("/accounts/{number}/sign-out", include_in_schema=False, dependencies=[ADMIN])
def end_sessions(number: int, request: Request, deps: Here, form: Form) -> Response:
    """End one session (`session`), or all."""
    session = first(form, "session")

    def change(unit: WorkUnit, account: Account) -> None:
        if session:
            known = int(session) if session.isascii() and session.isdecimal() and len(session) < 19 else 0
            sign_out(unit, account, known, visit_of(request), deps.clock.now())
        else:
            sign_out_everywhere(unit, account, visit_of(request), deps.clock.now())

    return _done(request, deps, number, "sessions", change)


@router.post("/accounts/{number}/disable", include_in_schema=False, dependencies=[ADMIN])
def disable(number: int, request: Request, deps: Here, form: Form) -> Response:
    """Close it and end its sessions; needs a tick."""
    if first(form, "sure") != "1":
        return _one(request, deps, number, 422, "not_sure")

    def change(unit: WorkUnit, account: Account) -> None:
        keep_account.set_disabled(unit, account.login, True, deps.clock.now(), visit_of(request))

    return _done(request, deps, number, "disable", change)


@router.post("/accounts/{number}/enable", include_in_schema=False, dependencies=[ADMIN])
def enable(number: int, request: Request, deps: Here) -> Response:
    """Open it again."""

    def change(unit: WorkUnit, account: Account) -> None:
        keep_account.set_disabled(unit, account.login, False, deps.clock.now(), visit_of(request))

    return _done(request, deps, number, "enable", change)


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A password for somebody else; `ours`: made here, to be shown once."""

    text: str
    must_change: bool
    ours: bool


def _password(request: Request, deps: Deps, form: Fields, login: str) -> tuple[NewPassword, str]:
    """What was typed twice, or one of ours when nothing was; and what is wrong (a key of `pages.password`)."""
    typed = secret(form, "new")
    nothing = NewPassword("", True, False)
    if not may_send_passwords(request, deps):
        return nothing, "open_wire"
    if not typed and not secret(form, "again"):
        return NewPassword(keep_account.one_time_password(), True, True), ""
    if typed != secret(form, "again"):
        return nothing, "differs"
    try:
        keep_account.check_password(typed, login)
    except PasswordRefused as refused:
        return nothing, refused.reason
    return NewPassword(typed, first(form, "must_change") == "1", False), ""


def _roles_of(form: Fields) -> frozenset[Role]:
    """Unfit for a role that there is not."""
    given = [each for each in form.get("role", []) if each]
    for each in given:
        if each not in tuple(Role):
            raise Unfit("role", "form_damaged", f"{each[:40]!r} is no role")
    return frozenset(map(Role, given))


def _account(deps: Deps, number: int) -> Account:
    with deps.work.reading() as unit:
        return unit.accounts.get(number)


def _done(
    request: Request, deps: Deps, number: int, what: str, change: Callable[[WorkUnit, Account], None]
) -> Response:
    try:
        with deps.work.writing() as unit:
            change(unit, unit.accounts.get(number))
    except AccountRefused as refused:
        return _one(request, deps, number, 422, refused.reason, refused.params)
    return RedirectResponse(f"/accounts/{number}?done={what}", 303)


def _list(
    request: Request,
    deps: Deps,
    wanted: Wanted,
    status: int = 200,
    form: Fields | None = None,
    fault: str = "",
    params: dict[str, object] | None = None,
) -> HTMLResponse:
    with deps.work.reading() as unit:
        people = unit.people.all()
    kept = {name: first(form or {}, name)[:100] for name in ("login", "name", "person")}
    facts = {
        "view": accounts_now(deps, wanted),
        "wanted": wanted,
        "people": people,
        "kept": kept,
        "kept_roles": form.get("role", []) if form else [],
        "roles": list(Role),
        "states": list(AccountState),
        **_common(fault, params),
    }
    return deps.pages.page(request, "accounts.html", status=status, facts=facts)


def _one(
    request: Request,
    deps: Deps,
    number: int,
    status: int = 200,
    fault: str = "",
    params: dict[str, object] | None = None,
    done: str = "",
) -> HTMLResponse:
    who = request.state.identity
    facts = {
        "view": account_now(deps, number, who.session.id if who.session else 0),
        "done": done,
        **_common(fault, params),
    }
    return deps.pages.page(request, "account_of.html", status=status, facts=facts)


def _once(request: Request, deps: Deps, account: Account, password: str, what: str) -> HTMLResponse:
    facts = {"account": account, "password": password, "what": what}
    return deps.pages.page(request, "account_password.html", facts=facts)


def _common(fault: str, params: dict[str, object] | None) -> dict[str, object]:
    given = [role for role in Role if role in GIVEN]
    return {"fault": fault, "params": params or {}, "given": given, "shortest": SHORTEST_PASSWORD, "topic": ""}
