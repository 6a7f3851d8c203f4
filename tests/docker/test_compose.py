"""The compose file as it is shipped, all of it but Grafana: a reading arrives in InfluxDB, and an alert goes out."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.harness.ports import free_port
from tests.harness.servers import reports
from tests.harness.wait import until

ROOT = Path(__file__).resolve().parents[2]
PORTS = ("WEB", "INFLUX", "MQTT", "SIMULATORS_WEB", "SIMULATORS_MODBUS")
PROGRAMS = ("collectors", "scheduler", "watchdog", "api", "simulators")

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]


class Stack:
    """The running containers."""

    def __init__(self, folder: Path) -> None:
        self.secrets = folder / "secrets"
        self.ports = {name: free_port() for name in PORTS}
        self.environment = {
            **os.environ,
            **{f"FACILITY_{name}_PORT": str(port) for name, port in self.ports.items()},
            "FACILITY_SECRETS": str(self.secrets),
            "FACILITY_IMAGE": "facility:test",
            "COMPOSE_PROJECT_NAME": f"facility-test-{os.getpid()}",
        }

    def run(self, *arguments: str, check: bool = True) -> str:
        """`docker compose …`; its standard output."""
        done = subprocess.run(
            ["docker", "compose", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not check or done.returncode == 0, (
            f"docker compose {' '.join(arguments)}\n{done.stdout[-4000:]}\n{done.stderr[-8000:]}"
        )
        return done.stdout

    def secret(self, name: str) -> str:
        return (self.secrets / f"{name}.txt").read_text(encoding="utf-8").strip()

    def url(self, port: str) -> str:
        return f"http://127.0.0.1:{self.ports[port]}"

    def stored(self, query: str) -> list[Any]:
        """Values of the first series of an InfluxQL query; empty when there are none."""
        headers = {"Authorization": f"Token {self.secret('influx_token')}"}
        answer = httpx.get(
            f"{self.url('INFLUX')}/query", params={"db": "facility", "q": query}, headers=headers, timeout=10
        )
        series = answer.raise_for_status().json()["results"][0].get("series", [])
        return [row[1] for found in series for row in found["values"]]

    def publish(self, user: str, topic: str, payload: str) -> None:
        """As a client of the broker."""
        arguments = ["-u", user, "-P", self.secret(f"broker_{user}"), "-q", "1", "-t", topic, "-m", payload]
        self.run("exec", "-T", "mosquitto", "mosquitto_pub", *arguments)


def missing() -> str:
    """What this machine lacks; empty when it has all."""
    if shutil.which("docker") is None:
        return "install Docker"
    for command in (["docker", "info"], ["docker", "compose", "version"]):
        if subprocess.run(command, capture_output=True, check=False).returncode:
            return f"`{' '.join(command)}` fails; start a Docker engine with the compose plugin"
    return ""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Built, started, healthy; removed with its data at the end."""
    lacking = missing()
    if lacking:
        if os.environ.get("CI"):
            pytest.fail(lacking)
        pytest.skip(lacking)
    running = Stack(tmp_path_factory.mktemp("compose"))
    subprocess.run(
        [sys.executable, ROOT / "deploy" / "make-secrets"], env=running.environment, check=True, capture_output=True
    )
    services = [name for name in running.run("config", "--services").split() if name != "grafana"]
    try:
        running.run("up", "--build", "--wait", "--wait-timeout", "600", *services)
        version = subprocess.run(
            ["docker", "version", "--format", "{{.Server.Version}}"], capture_output=True, text=True, check=True
        )
        reports["compose"] = f"Docker engine {version.stdout.strip()}, services {', '.join(sorted(services))}"
        yield running
    except AssertionError as failure:
        failure.add_note(running.run("logs", "--tail", "15", check=False)[-12000:])
        failure.add_note(running.run("ps", "--all", "--format", "{{.Service}}: {{.Status}}", check=False))
        raise
    finally:
        running.run("down", "--volumes", "--timeout", "10", check=False)


def test_readings_of_the_wire_arrive_in_influxdb(stack: Stack) -> None:
    voltage = until(
        lambda: stack.stored("SELECT last(voltage_l1) FROM meter WHERE asset = 'incomer-1'"),
        "a voltage in InfluxDB",
        within=60,
        every=0.5,
    )
    assert 190 < voltage[0] < 250


def test_devices_may_publish_and_collectors_may_not(stack: Stack) -> None:
    topic = "demo-garden/gates/north-in/event"
    stack.publish("collectors", topic, '{"card": "F0RGED", "result": "passage"}')
    stack.publish("devices", topic, '{"card": "C0FFEE", "result": "passage"}')
    query = "SELECT last_card_text FROM gate WHERE asset = 'gate-north-in'"
    cards = until(
        lambda: "C0FFEE" in (found := stack.stored(query)) and found, "the card in InfluxDB", within=60, every=0.5
    )
    assert "F0RGED" not in cards


def test_pages_are_served(stack: Stack) -> None:
    until(
        lambda: httpx.get(f"{stack.url('WEB')}/readyz", timeout=10).status_code == 200,
        "the pages are ready",
        within=60,
        every=0.5,
    )
    made = stack.run("exec", "-T", "api", "facility", "keys", "create", "--name", "t", "--scope", "read", "--json")
    key = {"authorization": f"Bearer {json.loads(made)['key']}"}
    assert httpx.get(f"{stack.url('WEB')}/overview.json", timeout=10).status_code == 401
    overview = httpx.get(f"{stack.url('WEB')}/overview.json", timeout=10, headers=key).raise_for_status().json()
    assert overview["site"] == "demo-garden"


def test_a_power_outage_reaches_the_managers_phone(stack: Stack) -> None:
    httpx.post(f"{stack.url('SIMULATORS_WEB')}/scenarios/power-outage", timeout=10).raise_for_status()

    def told() -> list[dict[str, Any]]:
        messages = httpx.get(f"{stack.url('SIMULATORS_WEB')}/messages", timeout=10).raise_for_status().json()
        return [message for message in messages if message["to"] == "ChenJing" and "市电停电" in message["text"]]

    message = until(told, "the manager's message", within=90, every=0.5)[0]
    assert "一级信息" in message["text"]
    assert message["link"].startswith(f"{stack.url('WEB')}/a/")
    assert httpx.get(message["link"], timeout=10).status_code == 200


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_are_nobody_on_a_read_only_root(stack: Stack, program: str) -> None:
    assert stack.run("exec", "-T", program, "id", "-u").strip() == "10001"
    assert "no" in stack.run(
        "exec", "-T", program, "sh", "-c", "touch /opt/facility/x 2>/dev/null && echo yes || echo no"
    )


def test_ports_are_published_on_the_loopback_only(stack: Stack) -> None:
    ports = stack.run("ps", "--format", "{{.Ports}}")
    assert "127.0.0.1:" in ports
    assert "0.0.0.0" not in ports
    assert "[::]" not in ports
