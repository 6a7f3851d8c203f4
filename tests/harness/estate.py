"""A whole estate for a test: a copy of the demo's site file on free ports, and the real programs as processes."""

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from facility.store.live import SqlLive
from facility.store.sql import SqlWork
from tests.harness.ports import free_port
from tests.harness.wait import until

DEMO = Path(__file__).resolve().parents[2] / "examples" / "demo"
PROGRAMS = ("simulators", "collectors", "scheduler", "api")


class Estate:
    """The demo estate in `folder`; `environment` is what the programs are started with."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        shutil.copytree(DEMO, folder / "site")
        self.site_file = folder / "site" / "site.yaml"
        self.ports: dict[int, int] = {}
        self.site_file.write_text(
            re.sub(r"(port: )(\d+)", self._move, self.site_file.read_text(encoding="utf-8")), encoding="utf-8"
        )
        self.api_port, self.simulators_port, self.broker_port = free_port(), free_port(), free_port()
        mail_port = free_port()
        robot = f"http://127.0.0.1:{self.simulators_port}"
        self.environment = {
            "FACILITY_SITE": str(self.site_file),
            "FACILITY_DATA": str(folder / "data"),
            "FACILITY_API_PORT": str(self.api_port),
            "FACILITY_SIMULATORS_PORT": str(self.simulators_port),
            "FACILITY_BROKER_PORT": str(self.broker_port),
            "FACILITY_EMBEDDED_BROKER": "1",
            "FACILITY_ROBOT_URL": robot,
            "FACILITY_SIMULATORS_MAIL_PORT": str(mail_port),
            "FACILITY_MAIL_SERVER": f"127.0.0.1:{mail_port}",
            "FACILITY_WECOM_URL": f"{robot}/robot/cgi-bin/webhook/send?key=demo",
            "FACILITY_HOOK_URL": f"{robot}/hook",
            "FACILITY_HOOK_SECRET_FILE": str(folder / "hook.secret"),
            "FACILITY_PUBLIC_URL": f"http://127.0.0.1:{self.api_port}",
            **(environment or {}),
        }
        (folder / "hook.secret").write_text("whsec_" + base64.b64encode(bytes(range(32))).decode())
        self._key = ""
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def _move(self, match: re.Match[str]) -> str:
        old = int(match[2])
        self.ports[old] = self.ports.get(old) or free_port()
        return f"{match[1]}{self.ports[old]}"

    def facility(self, *arguments: str, within: float = 60, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the command line on this estate."""
        command = [sys.executable, "-m", "facility", *arguments]
        return subprocess.run(command, env=self._all(), capture_output=True, text=True, timeout=within, check=check)

    def prepare(self) -> None:
        """What an operator does first: apply the site file, let people fill the positions."""
        (self.folder / "data").mkdir(exist_ok=True)
        self.facility("site", "apply", "--yes")
        self.facility("people", "import", str(self.site_file.with_name("people.yaml")), "--yes")

    def start(self, *programs: str, **environment: str) -> None:
        """Start programs (all without an argument); their output goes to `<folder>/<program>.log`."""
        for name in programs or PROGRAMS:
            with (self.folder / f"{name}.log").open("ab") as log:
                command = [sys.executable, "-m", name]
                self.processes[name] = subprocess.Popen(
                    command, env={**self._all(), **environment}, stdout=log, stderr=log
                )

    def kill(self, program: str) -> None:
        """kill -9, as a power cut of the process would."""
        process = self.processes.pop(program)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def stop(self) -> dict[str, int]:
        """Stop all programs as the supervisor does; returns their exit codes."""
        for process in self.processes.values():
            process.terminate()
        codes = {}
        for name, process in self.processes.items():
            try:
                codes[name] = process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                codes[name] = process.wait()
        self.processes.clear()
        return codes

    def page(self, path: str) -> Any:
        """A page's JSON twin, read with a key made at the first time."""
        if not self._key:
            made = self.facility("keys", "create", "--name", "tests", "--scope", "read", "--json").stdout
            self._key = json.loads(made)["key"]
        headers = {"authorization": f"Bearer {self._key}"}
        address = f"http://127.0.0.1:{self.api_port}{path}"
        return httpx.get(address, headers=headers, timeout=5).raise_for_status().json()

    def messages(self) -> list[dict[str, Any]]:
        """What the simulated phones received."""
        messages: list[dict[str, Any]] = (
            httpx.get(f"http://127.0.0.1:{self.simulators_port}/messages", timeout=5).raise_for_status().json()
        )
        return messages

    def good_points(self) -> int:
        """How many points have a good value now."""
        states = SqlLive(f"sqlite:///{self.folder / 'data' / 'live.db'}", "demo-garden").get().values()
        return sum(point.quality == "good" for state in states for point in state.points.values())

    def work(self) -> SqlWork:
        """Its work database."""
        return SqlWork(f"sqlite:///{self.folder / 'data' / 'work.db'}", "demo-garden")

    def wait_ready(self, within: float = 60) -> None:
        """Until the api says that it is ready."""
        until(self._ready, f"the estate is ready (logs in {self.folder})", within=within, every=0.2)

    def _ready(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.api_port}/readyz", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def _all(self) -> dict[str, str]:
        return {**os.environ, **self.environment}


def jsonl(text: str) -> list[dict[str, Any]]:
    """The objects of a command's `--json` output, one a line."""
    return [json.loads(line) for line in text.splitlines() if line.strip()]
