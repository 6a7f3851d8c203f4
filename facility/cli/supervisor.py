"""One supervisor for the programs: starts them, restarts what dies, stops all of them together."""

import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from facility.domain.asset import Site

log = logging.getLogger(__name__)

PROGRAMS = ("simulators", "collectors", "scheduler", "api", "watchdog")
MODULES = {"watchdog": "scheduler.watchdog"}  # of programs that have another name
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before a dead program is started again; doubled each time
STEADY = 60.0  # seconds after which a running program's earlier deaths are forgotten
PATIENCE = 8.0  # seconds between SIGTERM and SIGKILL
_PR_SET_PDEATHSIG = 1


def programs_of(site: Site, *, simulators: bool) -> tuple[str, ...]:
    """What runs for a site; a watchdog only where the site file says whom it tells."""
    left_out = {"simulators": not simulators, "watchdog": site.watchdog is None}
    return tuple(name for name in PROGRAMS if not left_out.get(name))


@dataclass(slots=True)
class Child:
    """One program and its life so far."""

    name: str
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE
    start_at: float = 0.0
    deaths: int = 0


@dataclass(slots=True)
class Supervisor:
    """Runs the programs `names` until told to stop. `on_tick` is called about ten times a second; False stops.

    With `logs` each program writes to `<logs>/<name>.log`; otherwise all write to this process' standard error.
    """

    names: Sequence[str]
    environment: Mapping[str, str]
    logs: Path | None = None
    on_tick: Callable[[], bool] = lambda: True
    _children: list[Child] = field(init=False)
    _stop: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._children = [Child(name) for name in self.names]

    def run(self) -> None:
        """Block until SIGINT, SIGTERM or SIGHUP, or until `on_tick` says so; then stop every program. Leaves no process behind."""
        before = {
            number: signal.signal(number, self._on_signal) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        }
        try:
            while not self._stop:
                for child in self._children:
                    self._look_after(child)
                self._stop = self._stop or not self.on_tick()
                time.sleep(0.1)
        finally:
            self._stop_all()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stop = True

    def _look_after(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.start_at:
                child.process, child.started = self._start(child.name), now
            return
        code = child.process.poll()
        if code is None:
            return
        if now - child.started > STEADY:
            child.pause = FIRST_PAUSE
        child.deaths += 1
        log.error("%s ended (%s); starting it again in %.1f s", child.name, _how(code), child.pause)
        child.process, child.start_at = None, now + child.pause
        child.pause = min(2 * child.pause, LONGEST_PAUSE)

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        with (self.logs / f"{name}.log").open("ab") if self.logs else nullcontext() as output:
            return subprocess.Popen(
                [sys.executable, "-m", MODULES.get(name, name)],
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C reaches the supervisor alone; it stops the others in order
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - the supervisor has one thread
            )

    def _stop_all(self) -> None:
        running = [
            child.process for child in reversed(self._children) if child.process and child.process.poll() is None
        ]
        for process in running:
            process.terminate()
        end = time.monotonic() + PATIENCE
        for process in running:
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("process %d did not stop in %.0f s; killed", process.pid, PATIENCE)
                process.kill()
                process.wait()


def _how(code: int) -> str:
    return f"by signal {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"


def _die_with_parent() -> None:
    """A supervisor that is killed takes its programs along (Linux only; elsewhere they notice nothing)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
