"""Fixtures of the page tests: a scene, and a client of the application on it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from api.app import make_app, make_deps
from api.deps import Deps
from tests.api.scene import SECRET, Scene


@asynccontextmanager
async def no_background(_deps: Deps) -> AsyncIterator[None]:
    """The tests ask for pages; nothing runs beside them."""
    yield


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
    return make_deps(scene.site, scene.clock, scene.history, scene.live, scene.work, SECRET)


class Client:
    """A browser-like client that follows no redirects by itself and keeps its cookies."""

    def __init__(self, deps: Deps) -> None:
        self.deps = deps
        self.cookies = httpx.Cookies()
        self._app = make_app(deps, no_background)

    def get(self, path: str, language: str = "en", **headers: str) -> httpx.Response:
        """Ask for a page."""
        return self.send("GET", path, {"accept-language": language, **headers})

    def post(self, path: str, form: Mapping[str, str | list[str]], **headers: str) -> httpx.Response:
        """Send a form, as a page of ours does."""
        return self.send("POST", path, {"accept-language": "en", "sec-fetch-site": "same-origin", **headers}, form)

    def send(
        self, method: str, path: str, headers: Mapping[str, str], form: Mapping[str, str | list[str]] | None = None
    ) -> httpx.Response:
        """One request."""
        return asyncio.run(self._send(method, path, headers, form))

    def raw(self, path: str, content: bytes, headers: Mapping[str, str]) -> httpx.Response:
        """Post bytes, as a machine does."""
        return asyncio.run(self._send("POST", path, headers, None, content))

    async def _send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        form: Mapping[str, str | list[str]] | None,
        content: bytes | None = None,
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://facility.test", cookies=self.cookies
        ) as client:
            answer = await client.request(method, path, headers=dict(headers), data=form, content=content)
            self.cookies.update(client.cookies)
            return answer


@pytest.fixture
def client(scene: Scene) -> Client:
    """A client of the empty scene."""
    return Client(deps_on(scene))


@pytest.fixture(scope="module")
def reader(full: Scene) -> Client:
    """A client of the full scene."""
    return Client(deps_on(full))
