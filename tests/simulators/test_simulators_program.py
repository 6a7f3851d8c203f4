"""The program as a process: serves the demo, keeps its account, stops cleanly."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from facility.store.live import SqlLive
from tests.harness.estate import Estate
from tests.harness.wait import until


@pytest.fixture
def estate(tmp_path: Path) -> Iterator[Estate]:
    estate = Estate(tmp_path)
    yield estate
    estate.stop()


def url(estate: Estate) -> str:
    return f"http://127.0.0.1:{estate.simulators_port}"


def answers(estate: Estate) -> bool:
    try:
        return httpx.get(f"{url(estate)}/healthz", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def start(estate: Estate, **environment: str) -> subprocess.Popen[bytes]:
    estate.start("simulators", **environment)
    until(lambda: answers(estate), f"the page answers (log in {estate.folder})")
    return estate.processes["simulators"]


def test_it_serves_accounts_and_stops_within_five_seconds_though_somebody_hangs(estate: Estate) -> None:
    process = start(estate)
    live = SqlLive(f"sqlite:///{estate.folder / 'data' / 'live.db'}", "demo-garden")
    account = until(lambda: live.programs().get("simulators"), "an account in the live store")
    assert account.metrics["facility_simulator_time_factor"] == 1
    assert 'facility_simulator_requests_total{link="pumps-1"}' in account.metrics
    log = (estate.folder / "simulators.log").read_text(encoding="utf-8")
    for port in estate.ports.values():
        assert f"127.0.0.1:{port}" in log
    httpx.post(f"{url(estate)}/robot/behaviour", json={"channel": "wecom", "mode": "hang"}).raise_for_status()
    hanging = threading.Thread(target=hang_on, args=(estate,))
    hanging.start()
    until(lambda: httpx.get(f"{url(estate)}/attempts").json(), "the hanging request")
    with socket.create_connection(("127.0.0.1", next(iter(estate.ports.values())))):
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
    hanging.join(5)
    assert not hanging.is_alive()
    assert "Traceback" not in (estate.folder / "simulators.log").read_text(encoding="utf-8")


def hang_on(estate: Estate) -> None:
    body = {"msgtype": "text", "text": {"content": "x"}}
    try:
        httpx.post(f"{url(estate)}/robot/cgi-bin/webhook/send?key=demo", json=body, timeout=30)
    except httpx.TransportError:
        return


def test_a_fast_estate_keeps_its_factor_and_plays_a_scenario_to_its_end(estate: Estate) -> None:
    start(estate, FACILITY_TIME_FACTOR="60")
    httpx.post(f"{url(estate)}/scenarios/power-outage").raise_for_status()
    until(lambda: status(estate)["scenario"]["running"] is False, "the end of the scenario")
    played = status(estate)["scenario"]
    assert (played["elapsed"], len(played["done"])) == (80, played["total"])


def status(estate: Estate) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = httpx.get(f"{url(estate)}/status").json()
    return found


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"FACILITY_TIME_FACTOR": "fast"}, "FACILITY_TIME_FACTOR"),
        ({"FACILITY_TIME_FACTOR": "0.5"}, "FACILITY_TIME_FACTOR"),
        ({"FACILITY_SITE": "/nowhere/site.yaml"}, "/nowhere/site.yaml"),
    ],
)
def test_what_cannot_be_used_is_said_and_ends_with_code_1(
    estate: Estate, environment: dict[str, str], says: str
) -> None:
    ended = run_until_end(estate, environment)
    assert (ended.returncode, says in ended.stderr, "Traceback" in ended.stderr) == (1, True, False)


def test_a_taken_port_is_said_and_ends_with_code_1(estate: Estate) -> None:
    with socket.create_server(("127.0.0.1", estate.simulators_port)):
        ended = run_until_end(estate, {})
    assert ended.returncode == 1
    assert "address already in use" in ended.stderr.lower()


def run_until_end(estate: Estate, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "simulators"]
    everything = {**os.environ, **estate.environment, **environment}
    return subprocess.run(command, env=everything, capture_output=True, text=True, timeout=30, check=False)
