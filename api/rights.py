"""Who may use a route. Each one declares it (`dependencies=[allow(…)]`); an application with one that does not is refused at the start."""

import asyncio
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Mount

from api.deps import Deps, Here
from api.forms import first, form_of
from api.session import bearer_of, csrf_of, identity_of, is_local_machine
from facility.domain.account import Identity, Scope
from facility.domain.errors import Refusal
from facility.domain.role import Role

PUBLIC_FOLDERS = ("/static",)


class SignInNeeded(Refusal):
    """Nobody that we know asks for something that is not public."""


class Forbidden(Refusal):
    """Somebody asks for what is not theirs; `id` of the text that says why (`pages.forbidden.<id>`)."""

    def __init__(self, id: str) -> None:
        super().__init__(id)
        self.id = id


class ChangeNeeded(Refusal):
    """The password must be changed before anything else."""


@dataclass(frozen=True, slots=True)
class Access:
    """The dependency that lets a request in, or raises."""

    everybody: bool = False
    link: bool = False  # the address itself is the proof; the route judges it
    accounts: bool = False  # everybody who is signed in, whatever their role
    roles: frozenset[Role] = frozenset()
    scope: Scope | None = None
    local: bool = False  # programs on this machine
    unchanged: bool = False  # also with a password that must be changed

    async def __call__(self, request: Request, deps: Here) -> None:
        """Leaves who asks in `request.state.identity`. SignInNeeded, Forbidden, ChangeNeeded, StoreError."""
        if self.everybody or self.link or (self.local and is_local_machine(request) and bearer_of(request) is None):
            return
        who = await asyncio.to_thread(identity_of, request, deps)
        if who is None:
            raise SignInNeeded
        request.state.identity = who
        if who.session is not None:
            request.state.csrf = csrf_of(deps, who.session)
        if who.account is not None and who.account.must_change and not self.unchanged:
            raise ChangeNeeded
        if not self.permits(who):
            raise Forbidden("role" if who.account else "scope")
        if request.method not in ("GET", "HEAD") and who.session is not None:
            await self._require_own_form(request, deps, who)

    def permits(self, who: Identity) -> bool:
        """This identity may."""
        if who.account is None:
            return self.scope is not None and self.scope in who.scopes
        return self.accounts or bool(self.roles & who.roles)

    @staticmethod
    async def _require_own_form(request: Request, deps: Deps, who: Identity) -> None:
        assert who.session is not None
        given = request.headers.get("x-csrf-token") or first(await form_of(request), "csrf")
        if not hmac.compare_digest(given.encode(), csrf_of(deps, who.session).encode()):
            raise Forbidden("form")


def public() -> Any:
    """Everybody, without signing in."""
    return Depends(Access(everybody=True))


def by_link() -> Any:
    """Whoever holds the personal link; the route judges it."""
    return Depends(Access(link=True))


def allow(*roles: Role, machines: Scope | None = None) -> Any:
    """People who have one of these roles; `machines`: also keys with this scope."""
    return Depends(Access(roles=frozenset(roles), scope=machines))


def signed_in(*, unchanged: bool = False, machines: Scope | None = None) -> Any:
    """Everybody with an account; `unchanged`: also before they changed a password that they must change."""
    return Depends(Access(accounts=True, unchanged=unchanged, scope=machines))


def machines(scope: Scope, *roles: Role) -> Any:
    """Programs on this machine, keys with this scope, and people with one of the roles."""
    return Depends(Access(local=True, scope=scope, roles=frozenset(roles)))


def identity(request: Request) -> Identity:
    """Who asks; only on routes that are not public."""
    found: Identity = request.state.identity
    return found


Who = Annotated[Identity, Depends(identity)]


def access_of(route: APIRoute) -> Access | None:
    """What the route declares; None when that is nothing, or more than one thing."""
    found = [each.call for each in route.dependant.dependencies if isinstance(each.call, Access)]
    return found[0] if len(found) == 1 else None


def routes_of(routes: Iterable[BaseRoute]) -> list[BaseRoute]:
    """All routes, those of included routers too."""
    found: list[BaseRoute] = []
    for route in routes:
        inner = getattr(route, "original_router", None)
        found += routes_of(inner.routes) if inner is not None else [route]
    return found


def require_declared(routes: Iterable[BaseRoute]) -> None:
    """Every route says who may use it; RuntimeError names those that do not."""
    silent = [str(getattr(route, "path", route)) for route in routes_of(routes) if not _declared(route)]
    if silent:
        raise RuntimeError(f"routes that do not declare who may use them: {', '.join(sorted(silent))}")


def _declared(route: BaseRoute) -> bool:
    if isinstance(route, Mount):
        return route.path in PUBLIC_FOLDERS
    return isinstance(route, APIRoute) and access_of(route) is not None
