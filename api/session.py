"""The cookie of a session, the token against forged forms, and who asks."""

import hashlib
import hmac
import ipaddress
from datetime import datetime
from urllib.parse import urlsplit

from fastapi import Request
from starlette.responses import Response

from api.deps import Deps
from facility.domain.account import Identity, Session, Visit
from facility.domain.errors import StoreError
from facility.flow.recognise import NOTED_EVERY, recognise_key, recognise_session

MOST_SEEN = 5000
SECURE_NAME, PLAIN_NAME = "__Host-session", "session"


def visit_of(request: Request) -> Visit:
    """Where this request comes from, and who acts when they are signed in."""
    who: Identity | None = getattr(request.state, "identity", None)
    account = who.account.id if who and who.account else 0
    person = who.person.id if who and who.person else None
    return Visit(request.client.host if request.client else "", request.headers.get("user-agent", ""), account, person)


def is_secure(request: Request, deps: Deps) -> bool:
    """The browser speaks TLS, with us or with the proxy before us."""
    if request.url.scheme == "https":
        return True
    public = urlsplit(deps.public_url)
    return public.scheme == "https" and public.netloc == request.headers.get("host")


def is_loopback(request: Request) -> bool:
    """The browser asks this very machine, by a loopback address: nothing can be overheard."""
    return _loopback(request.url.hostname or "")


def is_local_machine(request: Request) -> bool:
    """The request comes from this machine, and not through a proxy that speaks for others."""
    forwarded = any(name in request.headers for name in ("forwarded", "x-forwarded-for", "x-real-ip"))
    return _loopback(visit_of(request).address) and is_loopback(request) and not forwarded


def cookie_of(request: Request, deps: Deps) -> str:
    """The session's token; empty without one."""
    return request.cookies.get(SECURE_NAME if is_secure(request, deps) else PLAIN_NAME, "")


def set_cookie(response: Response, request: Request, deps: Deps, token: str) -> None:
    """Keep the token in the browser. `__Host-` holds it to this host and to TLS; loopback without TLS has another name."""
    secure = is_secure(request, deps)
    response.set_cookie(
        SECURE_NAME if secure else PLAIN_NAME,
        token,
        max_age=round(deps.lifetime.whole.total_seconds()),
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def clear_cookie(response: Response, request: Request, deps: Deps) -> None:
    """Forget the token."""
    secure = is_secure(request, deps)
    name = SECURE_NAME if secure else PLAIN_NAME
    response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="lax")


def csrf_of(deps: Deps, session: Session) -> str:
    """What a form of this session carries; nobody can compute it who does not hold the program's key."""
    return hmac.new(deps.secret, f"csrf:{session.token_hash}".encode(), hashlib.sha256).hexdigest()[:32]


def bearer_of(request: Request) -> str | None:
    """The key that a machine shows; None when it shows none."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def identity_of(request: Request, deps: Deps) -> Identity | None:
    """Who asks; None for nobody that we know. StoreError."""
    token, key = cookie_of(request, deps), bearer_of(request)
    if key is not None:
        return _machine(deps, key)
    if not token:
        return None
    now = deps.clock.now()
    with deps.work.reading() as unit:
        found = recognise_session(deps.site, unit, token, deps.lifetime, now)
    if found is not None and found.session is not None and _deliberate(request):
        _note_use(deps, found.session, now)
    return found


def _machine(deps: Deps, token: str) -> Identity | None:
    now = deps.clock.now()
    with deps.work.reading() as unit:
        found = recognise_key(unit, token, now)
    if found is None:
        return None
    identity, number = found
    if number and _is_due(deps, -number, now):
        try:
            with deps.work.writing() as unit:
                unit.api_keys.used(number, now)
        except StoreError:
            pass  # reading must go on while nobody can write
    return identity


def _deliberate(request: Request) -> bool:
    """Somebody asked for it. What an open page fetches by itself does not keep a session alive."""
    return "hx-request" not in request.headers and request.url.path != "/stream"


def _note_use(deps: Deps, session: Session, now: datetime) -> None:
    if now - session.seen_at < NOTED_EVERY or not _is_due(deps, session.id, now):
        return
    try:
        with deps.work.writing() as unit:
            unit.sessions.seen(session.id, now)
    except StoreError:
        pass  # the page can be read all the same


def _is_due(deps: Deps, number: int, now: datetime) -> bool:
    """This session (a key: minus its number) was not written down in the last minute, nor tried in vain: a locked store costs one wait."""
    last = deps.seen.get(number)
    if last is not None and now - last < NOTED_EVERY:
        return False
    if len(deps.seen) > MOST_SEEN:
        deps.seen.clear()
    deps.seen[number] = now
    return True


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
