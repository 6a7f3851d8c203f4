"""The first account: made once, by whoever can read the code on the machine's own disk."""

from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.deps import Deps, Here
from api.forms import Fields, Form, first, secret
from api.rights import public
from api.routes.sign_in import may_send_passwords
from api.session import set_cookie, visit_of
from facility.domain.account import SHORTEST_PASSWORD, SignInStep, Visit
from facility.domain.errors import NotFound, Refusal
from facility.domain.role import Role
from facility.flow.keep_account import PasswordRefused, check_password, create_first, new_account
from facility.flow.record_account import note
from facility.flow.sign_in import open_session, take_address_attempt

router = APIRouter()


@router.get("/first-run", include_in_schema=False, dependencies=[public()])
def first_run_page(request: Request, deps: Here) -> HTMLResponse:
    """The form; 404 once an account exists."""
    _require_nobody(deps)
    return _page(deps, request, 200, {})


@router.post("/first-run", include_in_schema=False, dependencies=[public()])
def first_account(request: Request, deps: Here, form: Form) -> Response:
    """Make the first system administrator, and sign in."""
    _require_nobody(deps)
    visit = visit_of(request)
    fault, wait = _fault(deps, request, form, visit)
    if fault:
        return _page(deps, request, 429 if wait else 422, form, fault, wait)
    hashed, now = deps.passwords.hash(secret(form, "new")), deps.clock.now()
    roles = frozenset({Role.SYSTEM_ADMINISTRATOR})
    try:
        account = new_account(
            first(form, "login"), hashed, now, name=first(form, "name"), roles=roles, must_change=False
        )
    except Refusal:
        return _page(deps, request, 422, form, "login")
    with deps.work.writing() as unit:
        made = create_first(unit, account, visit)
        note(unit, SignInStep.SIGNED_IN, made, visit, now)
        token = open_session(unit, made.id, deps.lifetime, visit, now)
    deps.first_run.withdraw()
    answer = RedirectResponse("/", 303)
    set_cookie(answer, request, deps, token)
    return answer


def _require_nobody(deps: Deps) -> None:
    with deps.work.reading() as unit:
        if unit.accounts.all() or deps.first_run.path is None:
            raise NotFound("page", "/first-run")


def _fault(deps: Deps, request: Request, form: Fields, visit: Visit) -> tuple[str, timedelta]:
    """What is wrong with the form, and how long to wait; empty and nought when it can be taken."""
    if not may_send_passwords(request, deps):
        return "open_wire", timedelta(0)
    with deps.work.writing() as unit:
        wait = take_address_attempt(unit, visit, deps.clock.now())
    if wait:
        return "wait", wait
    if not deps.first_run.is_right(first(form, "code")):
        return "code", wait
    if secret(form, "new") != secret(form, "again"):
        return "differs", wait
    try:
        check_password(secret(form, "new"), first(form, "login"))
    except PasswordRefused as refused:
        return refused.reason, wait
    return "", wait


def _page(
    deps: Deps, request: Request, status: int, form: Fields, fault: str = "", wait: timedelta = timedelta(0)
) -> HTMLResponse:
    kept = {name: first(form, name)[:100] for name in ("code", "login", "name")}
    facts = {"kept": kept, "fault": fault, "wait": wait, "shortest": SHORTEST_PASSWORD}
    facts["file"] = "first-run-code"
    return deps.pages.page(request, "first_run.html", status=status, facts=facts)
