"""What a point costs: CPU, rate and memory of the reading path over real Modbus TCP, beside bare pymodbus in the same run.

`python -m benchmarks.collect [--seconds 15] [--json]`: 10 gateways × 50 units × 30 float32 every second. The gateways are
a process of their own and are not counted; each side runs in a fresh process. CPU counts user and system time of all
threads after a warm-up; memory is the highest resident size since the start.
"""

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import uvloop
from pymodbus.client import AsyncModbusTcpClient

from collectors.journal import Journal
from collectors.link import ModbusLink
from collectors.monitor import Monitor
from collectors.outflow import Outflow
from collectors.spool import Spool
from collectors.wire import BlockSink, SinkFactory
from collectors.worker import Worker
from facility.clock import SystemClock
from facility.domain.asset import Asset, Link, LinkKind, Site
from facility.domain.profile import Point, Profile, RawType, Register, System, Table
from facility.domain.reading import BadReason, Value
from facility.domain.rule import Compare, Comparison, Rule
from facility.domain.text import Language, Title
from facility.domain.unit import Unit

GATEWAYS, UNITS, POINTS = 10, 50, 30
WARM_UP = 3.0  # seconds, at most
NO_TITLE = Title("", "")

Count = Callable[[], int]
Side = Callable[[Sequence[int], Path], tuple[Awaitable[None], Count]]


class Counting:
    """A sink that only counts."""

    def __init__(self, points: int) -> None:
        self.points, self.values = points, 0

    def good(self, values: Sequence[Value], at_ns: int) -> None:
        self.values += self.points

    def mixed(self, values: Sequence[Value | None], reasons: Sequence[BadReason], at_ns: int) -> None:
        self.values += sum(value is not None for value in values)

    def failed(self, reason: BadReason, at_ns: int) -> None:
        """Nothing to count."""


def estate(ports: Sequence[int]) -> Site:
    """Links and assets of the benchmark: a meter with 30 float32, deadbands and two rules, behind each unit."""
    points = {
        f"p{i}": Point(
            f"p{i}",
            NO_TITLE,
            Unit.VOLT,
            Register(Table.HOLDING, 2 * i, RawType.FLOAT32),
            timedelta(seconds=1),
            low=0.0,
            high=500.0,
            deadband=0.01,
        )
        for i in range(POINTS)
    }
    rules = {
        "low": Rule("low", NO_TITLE, Compare("p0", Comparison.BELOW, 10.0, 1.0), level=2),
        "high": Rule("high", NO_TITLE, Compare("p1", Comparison.ABOVE, 400.0, 1.0), timedelta(seconds=3), level=2),
    }
    profile = Profile("meter", NO_TITLE, "meter", System.POWER, "modbus", points, rules)
    links = {f"g{i}": Link(f"g{i}", NO_TITLE, LinkKind.MODBUS_TCP, "127.0.0.1", port) for i, port in enumerate(ports)}
    assets = {
        f"{link}-u{unit}": Asset(f"{link}-u{unit}", NO_TITLE, profile, "", "", "", link, unit, rules=rules)
        for link in links
        for unit in range(1, UNITS + 1)
    }
    zone = ZoneInfo("Asia/Shanghai")
    return Site("bench", NO_TITLE, zone, Language.EN, {}, {}, {}, links, assets, {}, {}, {}, {})


async def _links(site: Site, sinks: SinkFactory, clock: SystemClock) -> None:
    assets = list(site.assets.values())
    async with asyncio.TaskGroup() as group:
        for link in site.links.values():
            group.create_task(ModbusLink(link, assets, sinks, clock).run())


def reading_only(ports: Sequence[int], folder: Path) -> tuple[Awaitable[None], Count]:
    """Our reading path into sinks that count."""
    made: list[Counting] = []

    def sink(asset: Asset, points: tuple[Point, ...]) -> BlockSink:
        made.append(Counting(len(points)))
        return made[-1]

    return _links(estate(ports), sink, SystemClock()), lambda: sum(sink.values for sink in made)


def to_spool(ports: Sequence[int], folder: Path) -> tuple[Awaitable[None], Count]:
    """Our reading path with present state, rules and the durable spool."""
    clock, site = SystemClock(), estate(ports)
    journal = Journal(folder / "journal.db", "main", clock)
    outflow = Outflow(Spool(folder / "spool.db", clock), journal)
    monitor = Monitor(site, clock, outflow)
    worker = Worker("flush", clock, outflow.step)
    outflow.wake = worker.wake

    async def run() -> None:
        worker.start()
        async with asyncio.TaskGroup() as group:
            group.create_task(_links(site, monitor.sink, clock))
            while True:
                monitor.tick()
                await asyncio.sleep(0.25)

    return run(), lambda: int(monitor.metrics()["facility_readings_total"])


def bare_pymodbus(ports: Sequence[int], folder: Path) -> tuple[Awaitable[None], Count]:
    """pymodbus and its own decoding; no checks, no schedule but a second's pace."""
    values = 0

    async def gateway(port: int) -> None:
        nonlocal values
        client = AsyncModbusTcpClient("127.0.0.1", port=port)
        await client.connect()
        float32 = client.DATATYPE.FLOAT32
        while True:
            began = time.monotonic()
            for unit in range(1, UNITS + 1):
                answer = await client.read_holding_registers(0, count=2 * POINTS, device_id=unit)
                decoded = client.convert_from_registers(answer.registers, float32)
                assert isinstance(decoded, list)
                values += len(decoded)
            await asyncio.sleep(max(0.0, began + 1 - time.monotonic()))

    async def run() -> None:
        await asyncio.gather(*(gateway(port) for port in ports))

    return run(), lambda: values


SIDES: dict[str, Side] = {"reading": reading_only, "to spool": to_spool, "bare pymodbus": bare_pymodbus}


async def measure(side: Side, ports: Sequence[int], seconds: float, folder: Path) -> dict[str, float]:
    """CPU µs a point, points/s and peak memory in MB of one side."""
    work, count = side(ports, folder)
    task = asyncio.ensure_future(work)
    while not count() and not task.done():  # noqa: ASYNC110 - a counter cannot wake anybody
        await asyncio.sleep(0.1)
    await asyncio.sleep(min(WARM_UP, seconds))
    cpu, values, began = _cpu(), count(), time.monotonic()
    await asyncio.wait([task], timeout=seconds)
    cpu, values, took = _cpu() - cpu, count() - values, time.monotonic() - began
    if task.done():
        task.result()
    return {
        "cpu_us_per_point": cpu / max(1, values) * 1e6,
        "points_per_second": values / took,
        "peak_mb": _peak_mb(),
    }


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _peak_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def run_all(seconds: float) -> dict[str, dict[str, float]]:
    """Each side in a process of its own, one after the other, against the same gateways."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.gateways", str(GATEWAYS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as gateways:
        assert gateways.stdin is not None
        assert gateways.stdout is not None
        ports = gateways.stdout.readline().strip()
        results = {}
        for name in SIDES:
            command = [sys.executable, "-m", "benchmarks.collect", "--side", name, "--ports", ports]
            run = subprocess.run([*command, "--seconds", str(seconds)], stdout=subprocess.PIPE, check=True)
            results[name] = json.loads(run.stdout)
        gateways.stdin.close()
    return results


def table(results: dict[str, dict[str, float]]) -> str:
    """The results for people."""
    lines = [f"{'':16}{'CPU µs/point':>14}{'points/s':>12}{'peak MB':>10}"]
    for name, r in results.items():
        row = f"{name:16}{r['cpu_us_per_point']:14.2f}{r['points_per_second']:12.0f}{r['peak_mb']:10.1f}"
        lines.append(row)
    wanted = GATEWAYS * UNITS * POINTS
    lines.append(f"asked for: {wanted} points/s; {os.cpu_count()} cores; load {os.getloadavg()[0]:.1f}")
    return "\n".join(lines)


async def one_side(name: str, ports: Sequence[int], seconds: float) -> None:
    """Measure, print, and end at once: pymodbus swallows a cancellation, and a clean end would wait for it for ever."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        result = await measure(SIDES[name], ports, seconds, Path(folder))
    sys.stdout.write(json.dumps(result))
    sys.stdout.flush()
    os._exit(0)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=15.0, help="measured seconds a side")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--ports", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        uvloop.run(one_side(options.side, options.ports, options.seconds))
    results = run_all(options.seconds)
    sys.stdout.write((json.dumps(results, indent=2) if options.json else table(results)) + "\n")


if __name__ == "__main__":
    main()
