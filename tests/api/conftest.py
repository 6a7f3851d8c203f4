"""Fixtures of the page tests: a scene, and a client of the application on it."""

import asyncio
import atexit
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from copy import copy
from functools import cache
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from api.app import guarded, make_deps, make_routes
from api.deps import Deps
from api.session import csrf_of
from facility.domain.account import Account, Lifetime, Visit, hash_of
from facility.flow.sign_in import open_session
from tests.api.scene import SECRET, Scene

ADDRESS = "https://facility.test"


@asynccontextmanager
async def no_background(_deps: Deps) -> AsyncIterator[None]:
    """The tests ask for pages; nothing runs beside them."""
    yield


@cache
def routes() -> FastAPI:
    """The routes of all clients, which take turns: making hundreds of them costs more than most tests."""
    return make_routes(no_background)


@cache
def loop() -> asyncio.Runner:
    """The event loop of all requests, with its threads."""
    runner = asyncio.Runner()
    atexit.register(runner.close)
    return runner


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Empty stores of the demo estate."""
    return Scene(tmp_path / "data")


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Everything that a page can show; for tests that change nothing."""
    return Scene(tmp_path_factory.mktemp("scene") / "data").whole()


def deps_on(scene: Scene) -> Deps:
    """What the routes work with, on a scene's stores."""
    return make_deps(scene.site, scene.clock, scene.history, scene.live, scene.work, SECRET, scene.passwords)


class Client:
    """A browser-like client that follows no redirects by itself and keeps its cookies; `token`: of a session that it begins with."""

    def __init__(self, deps: Deps, token: str = "", address: str = ADDRESS, peer: str = "10.0.0.7") -> None:
        self.deps = deps
        self.cookies = httpx.Cookies()
        self.address, self.peer = address, peer
        if token:
            self.cookies.set("__Host-session", token, domain="facility.test")
        self._app = guarded(routes(), deps)

    def another(self, token: str = "") -> "Client":
        """Another browser on the same application."""
        browser = copy(self)
        browser.cookies = httpx.Cookies()
        if token:
            browser.cookies.set("__Host-session", token, domain="facility.test")
        return browser

    def get(self, path: str, language: str = "en", **headers: str) -> httpx.Response:
        """Ask for a page."""
        return self.send("GET", path, {"accept-language": language, **headers})

    def as_person(self, login: str) -> "Client":
        """The same application in the browser of this person."""
        with self.deps.work.writing() as unit:
            person = unit.people.named(login)
            now = self.deps.clock.now()
            known = unit.accounts.by_login(f"of-{login}")
            fresh = Account(
                0, f"of-{login}", login, person.id, frozenset(), "", False, False, made_at=now, changed_at=now
            )
            account = known or unit.accounts.add(fresh)
            token = open_session(unit, account.id, Lifetime(), Visit("10.0.0.8", "Firefox"), now)
        return self.another(token)

    @property
    def csrf(self) -> str:
        """What the forms of our session carry; empty without one."""
        token = self.cookies.get("__Host-session", domain="facility.test")
        with self.deps.work.reading() as unit:
            session = unit.sessions.find(hash_of(token)) if token else None
        return csrf_of(self.deps, session) if session else ""

    def act(self, path: str, form: Mapping[str, str | list[str]], language: str = "en") -> httpx.Response:
        """Send a form of a signed-in person."""
        return self.post(path, {"csrf": self.csrf, **form}, **{"accept-language": language})

    def tell(self, method: str, path: str, body: object = None) -> httpx.Response:
        """A script's request in the session: JSON, and the token as a header."""
        headers = {"x-csrf-token": self.csrf, "sec-fetch-site": "same-origin"}
        return loop().run(self._send(method, path, headers, None, body))

    def post(self, path: str, form: Mapping[str, str | list[str]], **headers: str) -> httpx.Response:
        """Send a form, as a page of ours does."""
        return self.send("POST", path, {"accept-language": "en", "sec-fetch-site": "same-origin", **headers}, form)

    def send(
        self, method: str, path: str, headers: Mapping[str, str], form: Mapping[str, str | list[str]] | None = None
    ) -> httpx.Response:
        """One request."""
        return loop().run(self._send(method, path, headers, form))

    def raw(self, path: str, content: bytes, headers: Mapping[str, str]) -> httpx.Response:
        """Post bytes, as a machine does."""
        return loop().run(self._send("POST", path, headers, None, None, content))

    async def _send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        form: Mapping[str, str | list[str]] | None,
        body: object = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        routes().state.deps = self.deps
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False, client=(self.peer, 40000))
        async with httpx.AsyncClient(transport=transport, base_url=self.address, cookies=self.cookies) as client:
            answer = await client.request(method, path, headers=dict(headers), data=form, json=body, content=content)
            self.cookies = client.cookies
            return answer


@pytest.fixture
def client(scene: Scene) -> Client:
    """A manager's browser on the empty scene."""
    return Client(deps_on(scene), scene.session(scene.manager()))


@pytest.fixture
def stranger(scene: Scene) -> Client:
    """A browser that nobody signed in with."""
    return Client(deps_on(scene))


@pytest.fixture
def machine(scene: Scene) -> Client:
    """A program on the machine itself."""
    return Client(deps_on(scene), address="http://127.0.0.1:8080", peer="127.0.0.1")


@pytest.fixture(scope="module")
def reader(full: Scene) -> Client:
    """A manager's browser on the full scene."""
    return Client(deps_on(full), full.session(full.manager()))
