"""Bare reading loops to compare with: `python -m benchmarks.loops NAME PORTS UNITS POINTS EVERY`, ended by SIGTERM.

`pymodbus`: the library and its own decoding; no schedule but the period's pace, no checks, no state. `reading`: our links
into sinks that count. Both print, at their end, when how many points were read.
"""

import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import uvloop
from pymodbus.client import AsyncModbusTcpClient

from benchmarks.load import Load
from collectors.link import ModbusLink
from facility.clock import SystemClock
from facility.domain.asset import Asset
from facility.domain.profile import Point
from facility.domain.reading import BadReason, Value
from facility.site import load as load_site

Polls = list[tuple[int, int]]  # when (Unix ns), how many points


class Counting:
    """A sink that only counts."""

    def __init__(self, polls: Polls, points: int) -> None:
        self._polls, self._points = polls, points

    def good(self, values: Sequence[Value], at_ns: int) -> None:
        self._polls.append((at_ns, self._points))

    def mixed(self, values: Sequence[Value | None], reasons: Sequence[BadReason], at_ns: int) -> None:
        self._polls.append((at_ns, sum(value is not None for value in values)))

    def failed(self, reason: BadReason, at_ns: int) -> None:
        """Nothing to count."""


async def reading(ports: Sequence[int], load: Load, polls: Polls) -> None:
    """Our reading path: agenda, client, checks, decoding, ranges."""
    with tempfile.TemporaryDirectory() as folder:
        site = load_site(load.write_site(ports, Path(folder)))
    clock, assets = SystemClock(), list(site.assets.values())

    def sink(asset: Asset, points: tuple[Point, ...]) -> Counting:
        return Counting(polls, len(points))

    async with asyncio.TaskGroup() as group:
        for link in site.links.values():
            group.create_task(ModbusLink(link, assets, sink, clock).run())


async def pymodbus(ports: Sequence[int], load: Load, polls: Polls) -> None:
    """pymodbus, one request a unit, one connection a gateway."""

    async def gateway(port: int) -> None:
        client = AsyncModbusTcpClient("127.0.0.1", port=port)
        await client.connect()
        float32 = client.DATATYPE.FLOAT32
        while True:
            began = time.monotonic()
            for unit in range(1, load.units + 1):
                answer = await client.read_holding_registers(0, count=2 * load.points, device_id=unit)
                decoded = client.convert_from_registers(answer.registers, float32)
                assert isinstance(decoded, list)
                polls.append((time.time_ns(), len(decoded)))
            await asyncio.sleep(max(0.0, began + load.every - time.monotonic()))

    await asyncio.gather(*(gateway(port) for port in ports))


LOOPS: dict[str, Callable[[Sequence[int], Load, Polls], Awaitable[None]]] = {"pymodbus": pymodbus, "reading": reading}


async def run(name: str, ports: Sequence[int], load: Load) -> None:
    """Until SIGTERM; ends at once, since pymodbus swallows a cancellation."""
    polls: Polls = []
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    task = asyncio.ensure_future(LOOPS[name](ports, load, polls))
    await asyncio.wait([asyncio.ensure_future(stop.wait()), task], return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()
    sys.stdout.write(f"\n{json.dumps(polls)}\n")
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    name, ports, units, points, every = sys.argv[1:]
    given = json.loads(ports)
    uvloop.run(run(name, given, Load(len(given), int(units), int(points), int(every))))
