"""The real api as a process on a scene, kept alive as the other programs would, and Chromium to look at it."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import httpx
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from facility.domain.account import Account
from tests.api.scene import Scene
from tests.harness.ports import free_port
from tests.harness.wait import until

CHROMIUM = Path("/usr/bin/chromium")


class Served:
    """An api that runs. `address` is its first page's."""

    def __init__(self, scene: Scene, tls: Mapping[str, str]) -> None:
        self.scene, self._tls = scene, tls
        self.port = free_port()
        self.address = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self._stop = threading.Event()
        self._beats = threading.Thread(target=self._beat, daemon=True)

    def start(self) -> None:
        """Start the program and wait until it is ready."""
        environment = {**os.environ, **self.scene.environment, "FACILITY_API_PORT": str(self.port), **self._tls}
        log = (self.scene.folder / "api.log").open("ab")
        with log:
            self.process = subprocess.Popen([sys.executable, "-m", "api"], env=environment, stdout=log, stderr=log)
        until(self._ready, f"the api is ready (log in {self.scene.folder})", within=30, every=0.1)

    def sign_in(self, context: BrowserContext, account: Account | None = None) -> None:
        """From now on this account, or the manager's, is signed in, in this browser."""
        token = self.scene.session(account or self.scene.manager())
        context.add_cookies([{"name": "session", "value": token, "url": self.address}])

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self.process is not None
        self.process.terminate()
        code = self.process.wait(10)
        self.process = None
        return code

    def keep_alive(self) -> None:
        """From now on the other programs seem to run."""
        self._beats.start()

    def close(self) -> None:
        """Stop everything."""
        self._stop.set()
        if self._beats.is_alive():
            self._beats.join()
        if self.process is not None:
            self.stop()

    def _beat(self) -> None:
        while not self._stop.wait(1.0):
            self.scene.beat()

    def _ready(self) -> bool:
        try:
            return httpx.get(f"{self.address}/readyz", timeout=2, verify=False).status_code == 200
        except httpx.HTTPError:
            return False


@contextmanager
def served(scene: Scene, *, alive: bool = True, tls: Mapping[str, str] = MappingProxyType({})) -> Iterator[Served]:
    """An api on this scene; `alive`: with the other programs' signs of life; `tls`: settings of its certificate."""
    running = Served(scene, tls)
    try:
        running.start()
        if alive:
            running.keep_alive()
        yield running
    finally:
        running.close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-lcd-text"])
        yield browser
        browser.close()
