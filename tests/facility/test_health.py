"""Health checks: who beats is alive, who stands still or never ran is not, and says why."""

import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from facility.cli.program import app
from facility.health import Program, trouble
from facility.heartbeat import FOLDER, SILENT, Heartbeat
from tests.harness.ports import free_port


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of the settings."""
    monkeypatch.setenv("FACILITY_DATA", str(tmp_path))
    return tmp_path


def test_who_never_ran_is_not_alive(data: Path) -> None:
    assert "has not run" in trouble(Program.COLLECTORS)
    assert str(data) in trouble(Program.COLLECTORS)


def test_who_beats_is_alive_and_who_stands_still_is_not(data: Path) -> None:
    Heartbeat(data, "scheduler")()
    assert trouble(Program.SCHEDULER) == ""
    assert "has not run" in trouble(Program.WATCHDOG)
    then = time.time() - SILENT - 1
    os.utime(data / FOLDER / "scheduler", (then, then))
    assert "31 s ago" in trouble(Program.SCHEDULER)


def test_beats_between_cost_no_disk(data: Path) -> None:
    beat = Heartbeat(data, "collectors")
    beat()
    (data / FOLDER / "collectors").unlink()
    beat()
    assert "has not run" in trouble(Program.COLLECTORS)


def test_a_disk_that_refuses_is_said_once_and_stops_nobody(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    (data / FOLDER).write_text("no folder", encoding="utf-8")
    beat = Heartbeat(data, "collectors")
    beat()
    assert "cannot be touched" in caplog.text
    assert trouble(Program.COLLECTORS)


class Web(BaseHTTPRequestHandler):
    """A program that is well at first, and then is not."""

    statuses = iter((200, 503))

    def do_GET(self) -> None:
        self.send_response(next(self.statuses) if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_who_answers_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("FACILITY_API_PORT", str(port))
    assert "refused" in trouble(Program.API)
    with HTTPServer(("127.0.0.1", port), Web) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert trouble(Program.API) == ""
        assert trouble(Program.API) == "/healthz answers 503"
        server.shutdown()


def test_both_commands_say_so(data: Path) -> None:
    Heartbeat(data, "collectors")()
    for program, code, said in (("collectors", 0, "collectors: alive"), ("scheduler", 1, "scheduler: has not run")):
        light = subprocess.run(
            [sys.executable, "-m", "facility.health", program], capture_output=True, text=True, check=False
        )
        full = CliRunner().invoke(app, ["health", program])
        assert (light.returncode, full.exit_code) == (code, code)
        assert said in light.stdout + light.stderr
        assert said in full.output


def test_a_health_check_loads_no_library() -> None:
    script = "import sys, facility.health; print(sorted({'sqlalchemy', 'httpx', 'typer', 'yaml'} & {*sys.modules}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
