"""Sign in and out."""

from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.deps import Deps, Here
from api.forms import Form, first, secret
from api.rights import Who, public, signed_in
from api.session import clear_cookie, identity_of, is_loopback, is_secure, set_cookie, visit_of
from facility.flow.sign_in import SignInRefused, sign_in
from facility.flow.sign_out import sign_out

router = APIRouter()


def local_path(text: str) -> str:
    """Where to go after signing in: a path of ours, else the first page."""
    parts = urlsplit(text)
    plain = text.startswith("/") and not text.startswith("//") and "\\" not in text and text.isprintable()
    return text if plain and not parts.netloc and not parts.scheme else "/"


@router.get("/sign-in", include_in_schema=False, dependencies=[public()])
def sign_in_page(request: Request, deps: Here, next: str = "/") -> Response:
    """The form; whoever is signed in already goes on."""
    if identity_of(request, deps) is not None:
        return RedirectResponse(local_path(next), 303)
    return sign_in_form(deps, request, next, 200)


@router.post("/sign-in", include_in_schema=False, dependencies=[public()])
def sign_in_by_form(request: Request, deps: Here, form: Form) -> Response:
    """Open a session and go on to where the reader wanted to go."""
    goal, login = local_path(first(form, "next") or "/"), first(form, "login")
    if not may_send_passwords(request, deps):
        return sign_in_form(deps, request, goal, 403, login=login)
    try:
        token = sign_in(
            deps.work,
            deps.passwords,
            deps.clock,
            deps.lifetime,
            login=login,
            password=secret(form, "password"),
            visit=visit_of(request),
        )
    except SignInRefused as refused:
        return sign_in_form(deps, request, goal, 429 if refused.wait else 422, login=login, refused=refused)
    answer = RedirectResponse(goal, 303)
    set_cookie(answer, request, deps, token)
    return answer


@router.post("/sign-out", include_in_schema=False, dependencies=[signed_in(unchanged=True)])
def sign_out_here(request: Request, deps: Here, who: Who) -> Response:
    """End this session; its cookie is forgotten."""
    if who.account is not None and who.session is not None:
        with deps.work.writing() as unit:
            sign_out(unit, who.account, who.session.id, visit_of(request), deps.clock.now())
    answer = RedirectResponse("/sign-in", 303)
    clear_cookie(answer, request, deps)
    return answer


def may_send_passwords(request: Request, deps: Deps) -> bool:
    """Passwords travel over TLS, or never leave the machine."""
    return is_secure(request, deps) or is_loopback(request)


def sign_in_form(
    deps: Deps, request: Request, goal: str, status: int, *, login: str = "", refused: SignInRefused | None = None
) -> HTMLResponse:
    """The page; the password is never put back into it."""
    with deps.work.reading() as unit:
        nobody = not unit.accounts.all()
    facts = {
        "goal": local_path(goal),
        "login": login[:100],
        "refused": refused,
        "open_wire": not may_send_passwords(request, deps),
        "nobody": nobody and deps.first_run.path is not None,
    }
    answer = deps.pages.page(request, "sign_in.html", status=status, facts=facts)
    if refused is not None and refused.wait:
        answer.headers["retry-after"] = str(max(1, round(refused.wait.total_seconds())))
    return answer
