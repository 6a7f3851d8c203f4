"""A small estate that runs: the doctor finds nothing wrong with it, `top` shows it, and every metric is in the manual."""

import contextlib
import io
import json
import os
import pty
import re
import select
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console

from facility.cli.top.picture import picture
from facility.cli.top.screen import screen
from facility.cli.top.source import Reading
from facility.domain.series import apart
from tests.harness.estate import Estate
from tests.harness.wait import until

pytestmark = pytest.mark.timeout(180)
MANUAL = Path(__file__).resolve().parents[2] / "docs" / "operations.md"


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    """The demo estate, running, read once."""
    estate = Estate(tmp_path_factory.mktemp("operations"))
    (estate.folder / "hook.secret").chmod(0o600)
    estate.prepare()
    estate.start()
    estate.wait_ready()
    until(lambda: _figures(estate).get("facility_drained_lines_total", 0) > 0, "lines in history", within=90, every=0.5)
    until(lambda: "facility_scheduler_leader" in _figures(estate), "a leader", within=90, every=0.5)
    yield estate
    estate.stop()


def _figures(estate: Estate) -> dict[str, float]:
    text = httpx.get(f"http://127.0.0.1:{estate.api_port}/metrics", timeout=10).text
    rows = (line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#"))
    return {name: float(value) for name, _, value in rows}


def _families(estate: Estate) -> set[str]:
    """Names of the metrics, as the exposition's own TYPE lines say them."""
    text = httpx.get(f"http://127.0.0.1:{estate.api_port}/metrics", timeout=10).text
    return set(re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE))


def top(estate: Estate, *arguments: str, columns: int = 120) -> str:
    command = [sys.executable, "-m", "facility", "top", *arguments]
    environment = {**os.environ, **estate.environment, "COLUMNS": str(columns), "NO_COLOR": "1"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True).stdout


def test_every_metric_is_in_the_manual(estate: Estate) -> None:
    printed, documented = _families(estate), set(re.findall(r"`(facility_\w+)", MANUAL.read_text("utf-8")))
    assert len(printed) > 60
    assert sorted(printed - documented) == []


def test_top_shows_programs_and_links_with_their_rates(estate: Estate) -> None:
    shown: dict[str, Any] = json.loads(top(estate, "--json"))
    programs = {row["program"]: row for row in shown["programs"]}
    assert set(programs) == {"collectors", "scheduler", "api", "simulators"}
    assert all(row["running"] and row["memory"] > 2**20 for row in programs.values())
    links = {row["link"]: row for row in shown["links"]}
    assert links["gates"]["kind"] == "mqtt"
    assert links["pumps-1"]["connected"] == 1
    assert links["pumps-1"]["polls"] > 0
    assert shown["totals"]["spool_lines"] is not None


def test_top_fits_the_terminal(estate: Estate) -> None:
    now = datetime.now(UTC)
    shown = picture(Reading(now, dict.fromkeys(("collectors", "api"), now), _figures(estate)), None)
    printed = {80: top(estate, "--once", columns=80)}
    for columns in (60, 200):
        console = Console(width=columns, file=io.StringIO(), highlight=False)
        with console.capture() as capture:
            console.print(screen(shown, columns))
        printed[columns] = capture.get()
    for columns, text in printed.items():
        lines = text.splitlines()
        assert max(map(len, lines)) <= columns
        assert any(line.startswith("collectors ") for line in lines)
        assert any(line.startswith("pumps-1 ") for line in lines)
        assert any("silent units" in line for line in lines) is (columns == 200)


def test_top_over_the_pages(estate: Estate) -> None:
    shown = json.loads(top(estate, "--json", "--url", f"http://127.0.0.1:{estate.api_port}"))
    links = {row["link"]: row for row in shown["links"]}
    assert links["pumps-1"]["polls"] > 0
    assert {row["program"] for row in shown["programs"]} >= {"collectors", "api"}


def test_the_doctor_finds_the_running_estate_well(estate: Estate) -> None:
    told = json.loads(estate.facility("doctor", "--json", "--language", "en", check=False).stdout)
    wrong = {row["id"]: row for row in told["findings"] if row["severity"] == "wrong"}
    assert set(wrong) <= {"broker.no_session"}, wrong  # the demo's own broker keeps nothing
    fine = {row["id"] for row in told["findings"] if row["severity"] == "fine"}
    assert fine >= {"ports.ours", "links.held", "programs.runs", "programs.leader", "history.file", "work.schema"}


def test_a_series_comes_apart(estate: Estate) -> None:
    assert all(apart(key)[0] for key in _figures(estate))


def test_top_on_a_terminal_sorts_filters_and_quits(estate: Estate) -> None:
    master, slave = pty.openpty()
    environment = {**os.environ, **estate.environment, "TERM": "xterm", "COLUMNS": "100", "LINES": "40"}
    command = [sys.executable, "-m", "facility", "top"]
    process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment)
    os.close(slave)
    seen = bytearray()

    def shows(text: bytes) -> bool:
        with contextlib.suppress(OSError):  # EIO: the other end is closed
            if select.select([master], [], [], 0.1)[0]:
                seen.extend(os.read(master, 65536))
        return text in seen

    until(lambda: shows(b"pumps-1"), "the links", within=90)
    os.write(master, b"p")
    os.write(master, b"x")

    def latest_frame() -> bytes:
        shows(b"")
        whole = bytes(seen).split(b"sort links")[1:-1]  # the foot ends a frame
        return whole[-1] if whole else b"pumps-1"

    until(lambda: b"pumps-1" not in latest_frame(), "troubled links only", within=90)
    os.write(master, b"q")
    until(lambda: (shows(b""), process.poll() is not None)[1], "it quits", within=90)
    os.close(master)
    assert process.wait() == 0
