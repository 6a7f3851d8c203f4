"""A gatehouse: gates on a real broker, the real collectors and scheduler, a vendor that receives, and an oracle that knows.

Gate 1 sends numbered passages with their own times; each gate can jam, which is an alert of level 1 and is told by one
channel. What is sent follows the same clock as the programs.
"""

import asyncio
import json
import os
import re
import resource
import secrets
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from facility.bus import publisher
from facility.clock import SystemClock
from facility.domain.alert import Alert
from facility.domain.asset import Link, LinkKind
from facility.domain.moment import nanoseconds
from facility.domain.person import Person
from facility.domain.text import Language, Title
from facility.store.sql import SqlWork
from tests.harness.clock import SharedClock
from tests.harness.gate_site import figure, gate, rows, write_gate_site
from tests.harness.servers import Server
from tests.harness.vendor import Vendor
from tests.harness.wait import until

GATES = 6

PROFILE = """
profile: numbered_gate
title: {en: Gate, zh: 道闸}
class: gate
system: parking
protocol: mqtt
topics: {event: "{prefix}/event", state: "{prefix}/state"}
points:
  number: {title: {en: Number, zh: 编号}, every: 1d, read: {topic: event, path: $.number, type: number, time: $.time}}
  card: {title: {en: Card, zh: 卡}, every: 1d, read: {topic: event, path: $.card, type: text, time: $.time}}
  jammed: {title: {en: Jammed, zh: 卡死}, every: 30s, read: {topic: state, path: $.jammed, type: bool, time: $.time}}
rules:
  jam: {title: {en: Jam, zh: 卡死}, when: {point: jammed, equals: true}, hold: 0s, clear_hold: 0s, level: 1, alert: barrier_fault}
"""


class Gatehouse:
    """Folder, programs and oracle. `sent`: number of each passage → its time in Unix ns; `jams`: gates that jammed, and when."""

    def __init__(self, folder: Path, broker: Server, vendor: Vendor, work_url: str = "", **environment: str) -> None:
        self.site = f"gatehouse-{uuid.uuid4().hex[:8]}"
        self.folder, self.data, self._vendor = folder, folder / "data", vendor
        self.data.mkdir(exist_ok=True)
        self.clock = SharedClock(folder)
        self._time = SystemClock(Path(self.clock.environment["FACILITY_CLOCK"]))
        self._write_site(broker, vendor)
        self.work_url = work_url or f"sqlite:///{self.data / 'work.db'}"
        self._environment = {
            "FACILITY_SITE": str(folder / "site.yaml"),
            "FACILITY_DATA": str(self.data),
            "FACILITY_WORK": self.work_url,
            "FACILITY_LIVE": f"sqlite:///{self.data / 'live.db'}",
            **self.clock.environment,
            **environment,
        }
        self.work = SqlWork(self.work_url, self.site)
        self.work.prepare()
        with self.work.writing() as unit:
            unit.people.put(Person(0, "keeper", "Keeper", Language.EN, ("keeper",), {"hook": "uid"}))
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.sent: dict[int, int] = {}
        self.jams: dict[int, datetime] = {}
        self._runner = asyncio.Runner()
        link = Link("gates", Title("x", "x"), LinkKind.MQTT, broker.host, broker.port)
        self._connection = publisher(link, f"{self.site}-oracle")
        self._publish = self._runner.run(self._connection.__aenter__())

    def _write_site(self, broker: Server, vendor: Vendor) -> None:
        gates = [
            gate(f"gate-{n}", f"Gate no {n}", "numbered_gate", f"{self.site}/gate-{n}") for n in range(1, GATES + 1)
        ]
        write_gate_site(self.folder, self.site, broker, gates, PROFILE, vendor.hook)

    def start(self, *programs: str) -> None:
        """Start programs; their output goes to `<folder>/<program>.log`."""
        for name in programs:
            with (self.folder / f"{name}.log").open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    [sys.executable, "-m", name], env={**os.environ, **self._environment}, stdout=log, stderr=log
                )

    def begin(self) -> None:
        """Start both programs and pass the gate until a first passage is stored: the broker knows the session from then on."""
        self.start("collectors", "scheduler")
        until(lambda: self.figure('facility_bus_connected{link="gates"}') == 1, "the collectors listen", within=60)
        until(lambda: self.figure("facility_scheduler_leader", "scheduler") == 1, "the scheduler leads", within=60)

    def kill(self, program: str) -> None:
        """kill -9."""
        process = self.processes.pop(program)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def close(self) -> None:
        """End everything."""
        for process in self.processes.values():
            process.kill()
            process.wait()
        self._runner.run(self._connection.__aexit__(None, None, None))
        self._runner.close()
        self.work.close()

    def now(self) -> datetime:
        """The time of all programs."""
        return self._time.now()

    def passage(self, padding: int = 0) -> str:
        """A new passage as a message, made longer by so many random bytes; not yet sent."""
        number, at = len(self.sent) + 1, self.now()
        self.sent[number] = nanoseconds(at)
        return json.dumps(
            {
                "number": number,
                "card": f"card-{number:06d}{secrets.token_urlsafe(padding) if padding else ''}",
                "time": at.isoformat(),
            }
        )

    def tell(self, message: str, topic: str = "gate-1/event") -> None:
        """Publish with QoS 1; the broker has it afterwards."""
        self._runner.run(self._publish(f"{self.site}/{topic}", message.encode()))

    def jam(self, gate: int) -> None:
        """A gate jams, and says so."""
        self.jams[gate] = self.now()
        self.tell(json.dumps({"jammed": True, "time": self.jams[gate].isoformat()}), f"gate-{gate}/state")

    def told(self, gate: int) -> bool:
        """The keeper was told that this gate jams."""
        return self.times_told(gate) > 0

    def times_told(self, gate: int) -> int:
        """How many messages of level 1 about this gate the vendor accepted."""
        texts = [request.text for request in self._vendor.accepted()]
        return sum("[Level 1] Barrier fault" in text and f"Gate no {gate}" in text for text in texts)

    def jam_and_wait(self, gate: int) -> None:
        """A gate jams; time goes on at its own pace until the keeper is told."""
        self.jam(gate)
        until(lambda: self.told(gate), f"the keeper is told of gate {gate} (logs in {self.folder})", within=60)
        until(lambda: f"gate-{gate}" not in self.late(), f"the proof for gate {gate} is stored, in time")

    def pass_time(self, seconds: float, step: float, jams: dict[float, int], padding: int = 0) -> None:
        """Let so much time pass: a passage every `step` seconds; at these shares of the time a gate jams and is told of."""
        steps = round(seconds / step)
        waiting = {round(share * steps): gate for share, gate in jams.items()}
        for number in range(steps):
            self.clock.advance(step)
            self.tell(self.passage(padding))
            if number in waiting:
                self.jam_and_wait(waiting[number])

    def alerts(self) -> list[Alert]:
        """All alerts of jams."""
        with self.work.reading() as unit:
            return [alert for alert in unit.alerts.recent(1000) if alert.kind == "barrier_fault"]

    def late(self) -> list[str]:
        """Assets whose alert was told after its deadline, or not at all."""
        with self.work.reading() as unit:
            found = [(alert, unit.alerts.deadline(alert.id)) for alert in self.alerts()]
        return [
            alert.asset for alert, deadline in found if deadline.met_at is None or deadline.met_at > deadline.due_at
        ]

    def is_exact(self) -> bool:
        """Each gate that jammed has one condition with its own onset and one alert that was told in time; no other gate has."""
        with self.work.reading() as unit:
            found = sorted((item.asset, item.onset) for item in unit.conditions.recent(1000) if item.rule == "jam")
        wanted = sorted((f"gate-{gate}", at) for gate, at in self.jams.items())
        return found == wanted and sorted(alert.asset for alert in self.alerts()) == [asset for asset, _ in wanted]

    def figure(self, name: str, program: str = "collectors") -> float:
        """A figure of a program's own account; 0 when there is none."""
        assert all(process.poll() is None for process in self.processes.values()), f"one ended: logs in {self.folder}"
        return figure(self.data / "live.db", self.site, name, program)

    def stored(self) -> list[tuple[int, int]]:
        """Number and time (Unix ns) of each passage in the embedded history, as often as it is there."""
        rows = self._rows("history.db", "SELECT at, numbers FROM lines")
        return sorted(
            (round(float(found[1])), int(at))
            for at, numbers in rows
            if (found := re.search(r"number=([\d.]+)", numbers))
        )

    def spooled(self) -> int:
        """Lines that wait in the spool."""
        return int(self._rows("spool.db", "SELECT coalesce(sum(count), 0) FROM batches")[0][0])

    def _rows(self, name: str, query: str) -> list[tuple[str, ...]]:
        return rows(self.data / name, query)

    @contextmanager
    def disk_full(self) -> Iterator[None]:
        """No file of the programs may grow beyond the largest one there is."""
        largest = max(path.stat().st_size for path in self.data.iterdir())
        for process in self.processes.values():
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))
        try:
            yield
        finally:
            for process in self.processes.values():
                resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
