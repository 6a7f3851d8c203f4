"""G11: the broker is killed in the middle of a stream and stays away; nothing is lost from our side, and what is lost is seen.
G1 for a device without a clock: what has a number alone is stored once, wherever the collectors die.

The oracle is the device: it numbers its messages, goes on counting while it has no broker, and throws away what it cannot
send. Each of its numbers must end as stored once, or counted as missing. FACILITY_BROKER_DOWN: seconds without a broker.
"""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from facility.bus import BrokerLost, Publish, publisher
from facility.domain.asset import Link, LinkKind
from facility.domain.text import Title
from tests.harness.gate_site import figure, gate, rows, write_gate_site
from tests.harness.servers import Server
from tests.harness.wait import until

DOWN = float(os.environ.get("FACILITY_BROKER_DOWN", "1"))
pytestmark = [
    pytest.mark.kill,
    pytest.mark.timeout(240 + DOWN),
    # paho leaves its socket to the garbage collector when a connection is refused
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]

PROFILE = """
profile: numbered_gate
title: {en: Gate, zh: 道闸}
class: gate
system: parking
protocol: mqtt
topics: {event: {topic: "{prefix}/event", sequence: $.n}, state: "{prefix}/state"}
points:
  card: {title: {en: Card, zh: 卡}, every: 1d, read: {topic: event, path: $.card, type: text, time: $.time}}
  jammed: {title: {en: Jammed, zh: 卡死}, every: 10s, read: {topic: state, path: $.jammed, type: bool, time: $.time}}
rules:
  jam:
    title: {en: Jam, zh: 卡死}
    when: {point: jammed, equals: true}
    level: 1
    alert: barrier_fault
"""


class Device:
    """Numbers a message every 10 ms and tells its state every 0.5 s, with or without a broker."""

    def __init__(self, broker: Server, prefix: str, *, timed: bool = True) -> None:
        self._link = Link("gates", Title("x", "x"), LinkKind.MQTT, broker.host, broker.port)
        self._prefix, self._timed = prefix, timed
        self.jammed = False
        self.issued = self.sent = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    @contextmanager
    def running(self) -> Iterator["Device"]:
        self._thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            self._thread.join(20)

    def more(self, count: int) -> None:
        """Wait until it sent so many more."""
        before = self.sent
        until(lambda: self.sent >= before + count, f"{count} more messages are sent", within=60)

    async def _run(self) -> None:
        while not self._stop.is_set():
            try:
                async with publisher(self._link, f"{self._prefix}-device") as publish:
                    await self._tell(publish)
                    while not self._stop.is_set():
                        await self._count(publish)
            except BrokerLost:
                self.issued += 1  # it counts on; what it cannot send is gone
                await asyncio.sleep(0.1)

    async def _count(self, publish: Publish) -> None:
        self.issued += 1
        message = {"n": self.issued, "card": f"card-{self.issued:06d}"} | ({"time": _now()} if self._timed else {})
        await publish(f"{self._prefix}/event", json.dumps(message).encode())
        self.sent += 1
        if self.issued % 50 == 0:
            await self._tell(publish)
        await asyncio.sleep(0.01)

    async def _tell(self, publish: Publish) -> None:
        state = {"jammed": self.jammed, "time": _now()}
        await publish(f"{self._prefix}/state", json.dumps(state).encode(), retain=True)


class House:
    """The real collectors in a folder, and what the stores hold."""

    def __init__(self, folder: Path, broker: Server) -> None:
        self.site = f"broker-{uuid.uuid4().hex[:8]}"
        self._folder = folder
        gates = [gate("gate", "Gate", "numbered_gate", f"{self.site}/gate")]
        write_gate_site(folder, self.site, broker, gates, PROFILE)

    @contextmanager
    def collecting(self, failpoint: str = "") -> Iterator[subprocess.Popen[bytes]]:
        environment = {
            **os.environ,
            "FACILITY_SITE": str(self._folder / "site.yaml"),
            "FACILITY_DATA": str(self._folder / "data"),
            "FACILITY_FAILPOINT": failpoint,
        }
        with (self._folder / "log").open("ab") as log:
            process = subprocess.Popen([sys.executable, "-m", "collectors"], env=environment, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(20)

    def stored(self) -> list[int]:
        """The numbers in history, as often as they are there."""
        rows = self._rows("history.db", "SELECT texts FROM lines")
        return sorted(int(n) for row in rows for n in re.findall(r'card_text="card-(\d+)"', row[0]))

    def absent(self) -> int:
        """How many numbers between the first and the last stored one are not stored."""
        stored = self.stored()
        return stored[-1] - stored[0] + 1 - len(set(stored))

    def edges(self) -> list[str]:
        """The level-1 condition's edges in the work database."""
        return [row[0] for row in self._rows("work.db", "SELECT kind FROM edges WHERE rule = 'jam' ORDER BY sequence")]

    def figure(self, name: str) -> float:
        """A figure of the collectors' own account."""
        return figure(self._folder / "data" / "live.db", self.site, f'facility_bus_{name}{{link="gates"}}')

    def log(self) -> str:
        return (self._folder / "log").read_text("utf-8")

    def _rows(self, name: str, query: str) -> list[tuple[str, ...]]:
        return rows(self._folder / "data" / name, query)


def _now() -> str:
    return datetime.now(UTC).isoformat()


def test_a_killed_broker_loses_nothing_of_ours_and_the_gap_is_seen(broker: Server, tmp_path: Path) -> None:
    if broker.given:
        pytest.skip("install mosquitto: this broker is not ours to kill")
    house = House(tmp_path, broker)
    device = Device(broker, f"{house.site}/gate")
    with house.collecting(), device.running():
        until(house.stored, "the first numbers are stored", within=40)
        device.more(100)
        broker.kill()
        device.jammed = True  # while nobody can hear of it
        since, begun = time.monotonic(), device.issued
        until(
            lambda: device.issued > begun + 5 and time.monotonic() - since >= DOWN,
            "it counts on without a broker",
            within=30 + DOWN,
        )
        broker.restart()
        until(lambda: house.edges() == ["opened"], "level 1 is derived again within 60 s", within=60)
        device.more(150)  # so that the missing ones are too late to come
        last = device.issued
        until(lambda: house.stored()[-1] >= last, "what came last is stored", within=40)
        until(lambda: 0 < house.absent() == house.figure("missing_total"), "what is not stored is counted", within=40)
    stored = house.stored()
    assert len(stored) == len(set(stored))
    assert len(re.findall("never came", house.log())) == 1
    assert house.edges() == ["opened"]


def test_broker_and_collectors_killed_together_lose_nothing_that_was_acknowledged(
    broker: Server, tmp_path: Path
) -> None:
    """Both die, the broker comes back first and keeps what comes for our session."""
    if broker.given:
        pytest.skip("install mosquitto: this broker is not ours to kill")
    house = House(tmp_path, broker)
    device = Device(broker, f"{house.site}/gate")
    with device.running():
        with house.collecting() as first:
            until(house.stored, "the first numbers are stored", within=40)
            device.more(50)
            first.send_signal(signal.SIGKILL)
            broker.kill()
        safe = set(house.stored())
        broker.restart()
        device.jammed = True
        device.more(50)
        with house.collecting():
            until(lambda: house.edges() == ["opened"], "level 1 is derived again within 60 s", within=60)
            last = device.issued
            until(lambda: house.stored()[-1] >= last, "what came meanwhile is stored", within=40)
    stored = house.stored()
    assert safe <= set(stored)
    assert len(stored) == len(set(stored))


def test_a_number_without_a_time_is_stored_once_wherever_the_collectors_die(broker: Server, tmp_path: Path) -> None:
    house = House(tmp_path, broker)
    device = Device(broker, f"{house.site}/gate", timed=False)
    with device.running():
        with house.collecting() as process:
            until(house.stored, "the first numbers are stored", within=40)
            device.more(50)
            process.send_signal(signal.SIGKILL)
        for name in ("stamps.after_commit", "spool.after_commit"):
            with house.collecting(f"{name}:3") as process:
                died = until(lambda process=process: process.poll(), f"dead at {name}", within=40)  # type: ignore[misc]
                assert died == -signal.SIGKILL
        with house.collecting():
            device.more(50)
            last = device.issued
            until(lambda: house.stored()[-1] >= last, "what came last is stored", within=40)
    stored = house.stored()
    assert stored == list(range(stored[0], stored[-1] + 1))
