"""`facility read` and `facility probe` as people run them: real processes, real wires, words, JSON and exit codes."""

import asyncio
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from collectors.births import Births
from facility.bus import publisher
from facility.cli.program import app
from facility.clock import SystemClock
from facility.domain.asset import Link, LinkKind
from facility.domain.profile import Profile
from facility.domain.text import Title
from facility.site import load
from facility.site.profiles import read_profile
from facility.site.tree import Faults
from simulators.sparkplug_payload import Metric, payload
from tests.collectors.hostile_server import Hostile, silent
from tests.collectors.small_device import answering, holding, served
from tests.harness.ports import free_port
from tests.harness.servers import Server
from tests.harness.wait import until

SITE = """
site: demo
title: {{en: Demo, zh: 示范}}
zone: Asia/Shanghai
language: zh-CN
teams: {{crew: {{title: {{en: Crew, zh: 班组}}}}}}
positions: {{keeper: {{title: {{en: Keeper, zh: 管理员}}, team: crew, role: administrator}}}}
areas: {{room: {{title: {{en: Room, zh: 机房}}, owner: keeper}}}}
links:
  wire: {{title: {{en: Wire, zh: 链路}}, kind: modbus_tcp, host: 127.0.0.1, port: {port}}}
  broker: {{title: {{en: Broker, zh: 消息}}, kind: mqtt, host: 127.0.0.1, port: {broker}}}
assets:
  box: {{title: {{en: Box, zh: 箱}}, profile: {profile}, area: room, operating: keeper, maintaining: keeper, link: wire, unit: 3}}
  gate:
    {{title: {{en: Gate, zh: 道闸}}, profile: gate_controller, area: room, operating: keeper, maintaining: keeper, link: broker,
     prefix: garden/gate}}
ladders:
  1: [{{position: keeper, channels: [hook], after: 0s}}]
  2: [{{position: keeper, channels: [hook], after: 0s}}]
  3: [{{position: keeper, channels: [hook], after: 0s}}]
channels: {{hook: {{kind: webhook, url: "http://127.0.0.1:9/hook", secret_file: hook.secret, timeout: 15s}}}}
"""
BOX = """
profile: box
title: {en: Box, zh: 箱}
class: box
system: power
protocol: modbus
modbus: {timeout: 200ms, max_gap: 0}
points:
  voltage: {title: {en: Voltage, zh: 电压}, unit: V, every: 5s, range: [0, 500], read: {table: holding, address: 0, type: float32}}
  state:
    title: {en: State, zh: 状态}
    every: 5s
    labels: {open: {en: Open, zh: 分闸}, closed: {en: Closed, zh: 合闸}}
    codes: {0: open, 1: closed}
    read: {table: holding, address: 4, type: enum}
"""
MEMORY = {0: 0x4366, 1: 0x199A, 4: 1, 6: 0x41C8, 7: 0x0000, 20: 500}


@pytest.fixture
def device() -> Iterator[Hostile]:
    """Unit 3 with a few registers."""
    with served(answering({3: holding(MEMORY)})) as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for a site of one box and one gate."""
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "box.yaml").write_text(BOX, "utf-8")
    (tmp_path / "hook.secret").write_text("a secret of the hook", "utf-8")
    monkeypatch.setenv("FACILITY_SITE", str(tmp_path / "site.yaml"))
    monkeypatch.setenv("FACILITY_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[3]))
    return tmp_path


def write_site(folder: Path, port: int, *, broker: int = 0, profile: str = "box") -> None:
    text = SITE.format(port=port, broker=broker or free_port(), profile=profile)
    (folder / "site.yaml").write_text(text, "utf-8")


def run(*arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(app, arguments, input=answer)


def test_read_shows_values_raw_words_and_addresses(folder: Path, device: Hostile) -> None:
    write_site(folder, device.port)
    result = run("read", "box")
    assert result.exit_code == 0, result.output
    lines = {line.split()[0]: line for line in result.stdout.splitlines() if line.strip()}
    assert "230.1 V" in lines["voltage"]
    assert "4366 199A" in lines["voltage"]
    assert "unit 3 holding 0 float32" in lines["voltage"]
    assert "closed (合闸)" in lines["state"]
    assert "2 of 2 points good." in result.stdout
    assert "\x1b[" not in result.output
    data = json.loads(run("read", "box", "--point", "state", "--json").stdout)
    assert [(row["point"], row["value"], row["quality"], row["raw"]) for row in data["points"]] == [
        ("state", "closed", "good", ["0001"])
    ]


def test_read_of_what_is_not_there_names_the_nearest(folder: Path) -> None:
    write_site(folder, free_port())
    for words, said in ((("bax",), 'Did you mean "box"?'), (("box", "--point", "voltag"), 'Did you mean "voltage"?')):
        result = run("read", *words)
        assert result.exit_code == 1
        assert said in result.stderr


def test_read_of_a_device_that_is_off_says_so(folder: Path) -> None:
    port = free_port()
    write_site(folder, port)
    result = run("read", "box")
    assert result.exit_code == 1
    assert f"box: link wire, 127.0.0.1:{port}: Connection refused" in result.stderr


def test_a_line_of_running_collectors_is_busy(folder: Path) -> None:
    write_site(folder, free_port())
    text = (folder / "site.yaml").read_text("utf-8")
    serial = "kind: modbus_rtu, device: /dev/pts/9999"
    (folder / "site.yaml").write_text(re.sub(r"kind: modbus_tcp, host: 127.0.0.1, port: \d+", serial, text), "utf-8")
    (folder / "data").mkdir()
    with (folder / "data" / "collectors.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = run("read", "box")
    assert result.exit_code == 1
    assert "box: link wire, /dev/pts/9999: the running collectors hold the line. Stop them" in result.stderr


def test_read_of_a_silent_device_exits_with_1(folder: Path) -> None:
    with served(silent) as server:
        write_site(folder, server.port)
        result = run("read", "box")
    assert result.exit_code == 1
    assert "bad: no answer" in result.stdout
    assert "voltage, state: no answer in time" in result.stderr


async def send(broker: Server, topic: str, payload: bytes) -> None:
    link = Link("broker", Title("Broker", "消息"), LinkKind.MQTT, broker.host, broker.port)
    async with publisher(link, "the-gate") as publish:
        await publish(topic, payload, retain=True)


async def test_read_over_mqtt_marks_what_was_retained(folder: Path, broker: Server) -> None:
    write_site(folder, free_port(), broker=broker.port)
    message = b'{"barrier": {"position": "open"}, "time": "2026-01-01T00:00:00Z"}'
    await send(broker, "garden/gate/state", message)
    command = [sys.executable, "-m", "facility", "read", "gate", "--point", "barrier", "--json"]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, env=os.environ, cwd=folder)
    output, _ = await process.communicate()
    await send(broker, "garden/gate/state", b"")
    (row,) = json.loads(output)["points"]
    assert (row["topic"], row["retained"], row["raw"]) == ("garden/gate/state", True, [message.decode()])
    assert (row["value"], row["quality"], process.returncode) == ("open", "good", 0)


EDGE_BOX = """
profile: edge_box
title: {en: Box, zh: 箱}
class: box
system: power
protocol: mqtt
topics: {metrics: {topic: "{prefix}", format: sparkplug}}
points:
  warmth: {title: {en: Temperature, zh: 温度}, unit: °C, every: 30s, read: {topic: metrics, metric: Warmth, type: number}}
"""


async def test_read_of_a_sparkplug_device_uses_the_births_that_the_running_collectors_keep(
    folder: Path, broker: Server
) -> None:
    write_site(folder, free_port(), broker=broker.port)
    (folder / "profiles" / "edge_box.yaml").write_text(EDGE_BOX, "utf-8")
    text = (folder / "site.yaml").read_text("utf-8")
    text = text.replace("gate_controller", "edge_box").replace("garden/gate", "garden/edge/box")
    (folder / "site.yaml").write_text(text, "utf-8")
    (folder / "data").mkdir()
    births = Births(folder / "data" / "births.db", SystemClock())
    births.put("broker", "garden/edge", "", payload([Metric("bdSeq", "uint64", 1)], seq=0))
    births.put("broker", "garden/edge", "box", payload([Metric("Warmth", "double", 20.0, alias=7)], seq=1))
    link = Link("broker", Title("Broker", "消息"), LinkKind.MQTT, broker.host, broker.port)
    data = payload([Metric(alias=7, kind="double", value=21.5, typed=False)])
    with (folder / "data" / "collectors.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        command = [sys.executable, "-m", "facility", "read", "gate", "--json"]
        process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, env=os.environ, cwd=folder)
        async with publisher(link, "the-edge") as publish:
            while process.returncode is None:
                await publish("spBv1.0/garden/DDATA/edge/box", data)
                await asyncio.sleep(0.1)
        output, _ = await process.communicate()
    births.close()
    (row,) = json.loads(output)["points"]
    assert (row["value"], row["path"], row["raw"], row["fault"]) == (21.5, "Warmth", ["21.5"], "")


def test_read_over_mqtt_without_a_message_exits_with_1(folder: Path, broker: Server) -> None:
    write_site(folder, free_port(), broker=broker.port)
    result = run("read", "gate", "--point", "barrier", "--wait", "0.3")
    assert result.exit_code == 1
    assert "barrier: no message on garden/gate/state within 0.3 s" in result.stderr


def test_read_while_no_broker_is_there(folder: Path) -> None:
    write_site(folder, free_port())
    result = run("read", "gate", "--wait", "5")
    assert result.exit_code == 1
    assert "no broker at 127.0.0.1" in result.stderr


def probe(device: Hostile, *arguments: str, answer: str = "") -> Result:
    quick = ("--pause", "0", "--timeout", "200", "--host", "127.0.0.1", "--port", str(device.port))
    return run("probe", *quick, *arguments, answer=answer)


def test_probe_finds_the_units(device: Hostile) -> None:
    result = probe(device, "--units", "1-4")
    assert result.exit_code == 0, result.output
    assert "At most 4 requests" in result.stdout
    assert [line for line in result.stdout.splitlines() if line.startswith("unit")] == ["unit 3: answers"]
    assert "1 unit found with 4 requests." in result.stdout
    assert probe(device, "--units", "5", "--json").exit_code == 1


def loaded(path: Path) -> Profile:
    faults = Faults()
    profile = read_profile(path.read_text("utf-8"), path.name, path.stem, faults)
    assert (faults.found, profile is None) == ([], False)
    assert profile is not None
    return profile


def test_a_draft_is_a_profile_that_reads_the_same_values(folder: Path, device: Hostile) -> None:
    draft = folder / "profiles" / "new_box.yaml"
    result = probe(device, "--units", "3", "--registers", "0-30", "--write-draft", str(draft))
    assert result.exit_code == 0, result.output
    assert "«float32 ABCD 230.1»" in result.stdout
    profile = loaded(draft)
    assert profile.modbus.max_gap == 0
    assert draft.read_text("utf-8").startswith("# Draft of a probe")
    assert all(point.title.en.startswith("TODO") and point.low is None for point in profile.points.values())
    write_site(folder, device.port, profile="new_box")
    assert load(folder / "site.yaml").assets["box"].profile == profile
    data: dict[str, Any] = json.loads(run("read", "box", "--json").stdout)
    assert {row["point"]: row["value"] for row in data["points"]} == {
        "holding_0": pytest.approx(230.1, rel=1e-6),
        "holding_4": 1.0,
        "holding_6": 25.0,
        "holding_20": 500.0,
    }
    again = probe(device, "--units", "3", "--registers", "0-30", "--write-draft", str(draft))
    assert again.exit_code == 1
    assert "exists already" in again.stderr


def test_many_requests_are_asked_for_first(device: Hostile) -> None:
    result = probe(device, "--units", "3", "--registers", "0-2000", answer="n\n")
    assert result.exit_code == 1
    assert "Send up to 6" in result.output
    assert device.asked == []


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "Name one wire"),
        (["--host", "x", "--device", "/dev/x"], 2, "Name one wire"),
        (["--host", "x", "--units", "0-3"], 1, "0-3 is not within 1 and 247"),
        (["--host", "x", "--units", "9-3"], 1, "Write 3-9"),
        (["--host", "x", "--registers", "all"], 1, '"all" is no number and no range'),
        (["--host", "x", "--units", "1-3", "--registers", "0", "--write-draft", "d.yaml"], 1, "one device"),
        (
            ["--host", "x", "--units", "1", "--registers", "0", "--write-draft", "New.yaml"],
            1,
            "not the name of a profile",
        ),
    ],
)
def test_wrong_use_of_probe_is_explained(arguments: list[str], code: int, said: str) -> None:
    result = run("probe", *arguments)
    assert result.exit_code == code
    assert said in " ".join(result.output.replace("│", " ").split())


def test_ctrl_c_shows_what_was_found_so_far(folder: Path) -> None:
    alive = answering({1: holding({0: 7})})

    def first_alone(server: Hostile, ask):  # type: ignore[no-untyped-def]
        return alive(server, ask) if ask.unit == 1 else b""

    with served(first_alone) as server:
        command = [sys.executable, "-m", "facility", "probe", "--host", "127.0.0.1", "--port", str(server.port)]
        process = subprocess.Popen(
            [*command, "--timeout", "60000"], stdout=subprocess.PIPE, text=True, env=os.environ, cwd=folder
        )
        until(lambda: any(ask.unit == 2 for ask in server.asked), "the silent unit is asked")
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "unit 1: answers" in output
    assert "Stopped. 1 unit found" in output
