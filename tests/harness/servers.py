"""The ladder for servers: address from the environment → container → local binary. The first rung that stands is used.

`climb(POSTGRES)` gives a running server or raises NoServer with what to install. `reports` remembers for the summary which rung ran.
FACILITY_TEST_RUNGS (default `environment,container,local`) leaves rungs out.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.harness.wait import until

LOOPBACK = "127.0.0.1"
reports: dict[str, str] = {}


class NoServer(Exception):
    """No rung could be used. `broken`: a rung was installed and its server did not come up."""

    def __init__(self, server: str, mend: str, *, broken: bool) -> None:
        super().__init__(f"{server}: {mend}")
        self.broken = broken


@dataclass
class Server:
    """A server that is up at `host:port`; `given` when it is not ours (its address came from the environment)."""

    name: str
    rung: str
    host: str
    port: int
    secrets: dict[str, str] = field(default_factory=dict)
    given: bool = False

    def kill(self) -> None:
        """End it at once, as a power cut does."""
        raise NotImplementedError

    def restart(self) -> None:
        """Start it again at the same address with the same data."""
        raise NotImplementedError

    def stop(self) -> None:
        """End it and remove its data."""


class Process(Server):
    """A server of a local binary."""

    def begin(self, command: Sequence[str], folder: Path, ready: Callable[["Server"], bool]) -> "Process":
        """Start it; AssertionError when it does not get ready."""
        self._command, self._folder, self._ready = command, folder, ready
        try:
            self.restart()
        except BaseException:
            self.stop()
            raise
        return self

    def restart(self) -> None:
        self._spawn()
        attempts = iter(range(20))  # what a killed server left behind may take a moment to end

        def up() -> bool:
            if self._process.poll() is None:
                return self._ready(self)
            assert next(attempts, None) is not None, f"{self.name} ended: {(self._folder / 'log').read_text()[-2000:]}"
            self._spawn()
            return False

        until(up, f"{self.name} is ready")

    def _spawn(self) -> None:
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)


class Container(Server):
    """A server in a container of testcontainers, its port bound on the loopback only."""

    def begin(
        self, container: Any, inside: int, ready: Callable[["Server"], bool], folder: Path | None = None
    ) -> "Container":
        """Start it; AssertionError when it does not get ready. `folder` is mounted, and removed with it."""
        self._container, self._ready, self._folder = container, ready, folder
        container.ports[inside] = (LOOPBACK, self.port)
        container.start()
        try:
            until(lambda: ready(self), f"{self.name} is ready in its container")
        except BaseException:
            self.stop()
            raise
        return self

    def restart(self) -> None:
        self._container.get_wrapped_container().start()
        until(lambda: self._ready(self), f"{self.name} is ready again")

    def kill(self) -> None:
        self._container.get_wrapped_container().kill()

    def stop(self) -> None:
        self._container.stop()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


@dataclass(frozen=True)
class Ladder:
    """How to get one kind of server. Each rung gives a server, or None where it is not installed."""

    name: str
    environment: Callable[[], Server | None]
    container: Callable[[], Server | None]
    local: Callable[[], Server | None]
    install: str
    version: Callable[[Server], str]


def climb(ladder: Ladder) -> Server:
    """The server of the first rung that stands; NoServer."""
    wanted = os.environ.get("FACILITY_TEST_RUNGS", "environment,container,local").split(",")
    failures = []
    for name in wanted:
        try:
            server: Server | None = getattr(ladder, name)()
        except Exception as error:  # whatever a rung breaks with is reported, and fails in CI
            failures.append(f"rung {name} did not come up ({type(error).__name__}: {error})")
            continue
        if server is not None and not (failures and os.environ.get("CI")):
            reports[ladder.name] = f"{server.rung}, {ladder.version(server)}"
            for failure in failures:
                reports[f"{ladder.name} (tried)"] = failure
            return server
        if server is not None:
            server.stop()
    mend = "; ".join(failures) or f"none. Install {ladder.install}"
    reports[ladder.name] = mend
    raise NoServer(ladder.name, mend, broken=bool(failures))


def image(name: str) -> Any:
    """A testcontainers container of this image, or None when no engine answers or the image cannot be had."""
    os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
    if not _engine_listens():
        return None
    try:
        import docker
        from testcontainers.core.container import DockerContainer
    except ImportError:
        return None
    address = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if address.startswith("unix://") and not Path(address.removeprefix("unix://")).exists():
        return None  # Docker's client would leave its socket to the garbage collector
    try:
        engine = docker.from_env(timeout=20)
    except docker.errors.DockerException:
        return None
    try:
        engine.images.get(name)
    except docker.errors.ImageNotFound:
        try:
            engine.images.pull(name)
        except docker.errors.APIError:
            return None
    finally:
        engine.close()
    return DockerContainer(name)


def _engine_listens() -> bool:
    """Asked before docker's own client is, which leaves its socket open when a stopped engine left its file behind."""
    address = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if not address.startswith("unix://"):
        return True
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(address.removeprefix("unix://")) == 0


def folder(server: str, user: str | None = None) -> Path:
    """A new folder for a server's data, outside of pytest's own (which other users may not enter)."""
    path = Path(tempfile.mkdtemp(prefix=f"facility-{server}-"))
    path.chmod(0o755)
    if user is not None:
        shutil.chown(path, user)
    return path


def as_user(user: str | None) -> list[str]:
    """Prefix of a command that must not run as root."""
    if user is None:
        return []
    found = pwd.getpwnam(user)
    return ["setpriv", f"--reuid={found.pw_uid}", f"--regid={found.pw_gid}", "--clear-groups", "--"]
