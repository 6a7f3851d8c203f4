"""One serial line with many units: a dead one hurts nobody, a lost line is named and comes back, the bus time is measured."""

import asyncio
import logging
import os
from dataclasses import replace
from pathlib import Path

import pytest

from collectors.link import ModbusLink
from collectors.rtu import Rtu
from facility.clock import SystemClock
from facility.domain.asset import Link, LinkKind
from facility.domain.bus_time import bus_time
from facility.domain.profile import Table
from facility.domain.reading import BadReason
from facility.domain.serial_line import SerialLine
from tests.collectors import hostile_line
from tests.collectors.hostile_line import Behaviour, HostileLine, MemoryPort, PtyLine, TcpLine
from tests.collectors.hostile_server import Ask, truth
from tests.collectors.wire_harness import NOWHERE, Sinks, asset, eventually, limits, running, words
from tests.harness.simulated_time import SimulatedClock, run_simulated

UNITS, DEAD = 32, 32


def serial(device: str, **settings: int) -> Link:
    """A link of a serial line at this machine."""
    return Link("wire", NOWHERE, LinkKind.MODBUS_RTU, "", 0, serial=SerialLine(device, **settings))


def true_values(unit: int, count: int) -> dict[str, float]:
    """What `words(count)` of a unit hold."""
    payload = truth(unit, Table.HOLDING.function, 0, count)
    return {f"p{i}": float(int.from_bytes(payload[2 * i : 2 * i + 2], "big")) for i in range(count)}


def metric(link: ModbusLink, name: str) -> float:
    return link.metrics()[f'facility_link_{name}{{link="wire"}}']


@pytest.mark.parametrize(("period", "minutes"), [(5.0, 10), (1.0, 4)], ids=["idle bus", "busy bus"])
def test_a_dead_unit_leaves_the_others_their_polls(period: float, minutes: int) -> None:
    """C2 on one line at 9600 baud, in simulated time; with a period of 1 s the line is planned to 79 %."""

    def choose(ask: Ask) -> Behaviour:
        return hostile_line.silent if ask.unit == DEAD else hostile_line.right

    async def play() -> tuple[Sinks, dict[str, float]]:
        line, sinks = SerialLine("line"), Sinks()
        assets = [
            asset(f"u{i}", words(4, every=period), unit=i, limits=limits(timeout=0.3)) for i in range(1, UNITS + 1)
        ]
        port = MemoryPort(HostileLine(choose, line))
        reader = ModbusLink(serial("line"), assets, sinks, SimulatedClock(), lambda: Rtu(port, line))
        async with running(reader):
            for _ in range(minutes):
                reader.metrics()
                await asyncio.sleep(60.0)
            return sinks, dict(reader.metrics())

    sinks, series = run_simulated(play())
    wanted = minutes * 60 / period
    for i in range(1, UNITS):
        good = [values for values, _, _ in sinks.calls(f"u{i}") if values]
        assert len(good) >= 0.99 * wanted, (i, len(good), wanted)
        assert all(values == true_values(i, 4) for values in good)
    assert {reason for _, bad, _ in sinks.calls(f"u{DEAD}") for reason in bad.values()} == {BadReason.TIMEOUT}
    planned = series['facility_link_bus_planned_ratio{link="wire"}']
    assert series['facility_link_bus_ratio{link="wire"}'] == pytest.approx(planned * 31 / 32, abs=0.03)


def test_while_an_answer_may_still_come_the_others_are_asked() -> None:
    """A unit whose answer is owed is left alone for a timeout; its neighbour does not wait for it."""
    asked: list[tuple[float, int]] = []

    def choose(ask: Ask) -> Behaviour:
        asked.append((asyncio.get_running_loop().time(), ask.unit))
        return hostile_line.silent if ask.unit == 1 else hostile_line.right

    async def play() -> None:
        line = SerialLine("line")
        far = words(2, first=500)
        blocks = [*words(2), *(replace(one, name=f"far{i}") for i, one in enumerate(far))]
        assets = [asset("a", blocks, unit=1, limits=limits(timeout=2.0)), asset("b", words(2, every=0.5), unit=2)]
        port = MemoryPort(HostileLine(choose, line))
        reader = ModbusLink(serial("line"), assets, Sinks(), SimulatedClock(), lambda: Rtu(port, line))
        async with running(reader):
            await asyncio.sleep(20.0)

    run_simulated(play())
    first, second = [at for at, unit in asked if unit == 1][:2]
    meanwhile = [at for at, unit in asked if unit == 2 and first + 2.0 < at < second]
    assert second - first >= 4.0
    assert len(meanwhile) >= 3


def test_the_planned_time_is_the_time_that_is_needed() -> None:
    """When devices answer at once; less by the silence before a read that finds the line at rest already."""

    async def play() -> float:
        line = SerialLine("line", baud=19200)
        assets = [asset(f"u{i}", words(20, every=2.0), unit=i) for i in range(1, 9)]
        port = MemoryPort(HostileLine(lambda ask: hostile_line.right, line))
        reader = ModbusLink(serial("line", baud=19200), assets, Sinks(), SimulatedClock(), lambda: Rtu(port, line))
        async with running(reader):
            await asyncio.sleep(120.0)
            measured = metric(reader, "bus_seconds_total") / 120.0
        return measured / bus_time(line, assets).utilisation

    assert 0.9 < run_simulated(play()) <= 1.0


async def test_a_line_that_is_unplugged_is_lost_and_comes_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "collectors.link")
    device, sinks = tmp_path / "line", Sinks()
    async with PtyLine(HostileLine(lambda ask: hostile_line.right)) as pty:
        device.symlink_to(pty.device)
        assets = [asset(f"u{i}", words(2, every=0.25), unit=i) for i in (1, 2)]
        reader = ModbusLink(serial(str(device), baud=115200), assets, sinks, SystemClock())
        async with running(reader):
            await eventually(lambda: sinks.calls("u2") and sinks.calls("u2")[-1][0] == true_values(2, 2), "values")
            device.unlink()
            pty.unplug()
            await eventually(lambda: BadReason.COMM_LOST in sinks.calls("u2")[-1][1].values(), "the line is lost")
            pty.plug()
            os.symlink(pty.device, device)
            await eventually(lambda: sinks.calls("u2")[-1][0] == true_values(2, 2), "values again")
    lost, back = (record.message for record in caplog.records)
    assert lost.startswith(f"link wire: {device} is lost: there is no such device: is the adapter plugged in?")
    assert back.startswith("link wire: back after")


async def test_a_serial_server_is_read_like_a_line() -> None:
    sinks = Sinks()
    async with TcpLine(HostileLine(lambda ask: hostile_line.crumbs)) as tcp:
        over_tcp = Link("wire", NOWHERE, LinkKind.MODBUS_RTU_TCP, "127.0.0.1", tcp.port, serial=SerialLine(baud=115200))
        reader = ModbusLink(over_tcp, [asset("a", words(100, every=0.25))], sinks, SystemClock())
        async with running(reader):
            await eventually(lambda: len(sinks.calls("a")) >= 3, "three polls")
    assert all(values == true_values(1, 100) for values, _, _ in sinks.calls("a"))


async def test_one_bad_register_of_a_hundred_leaves_99_points() -> None:
    """C1 on a serial line."""

    def choose(ask: Ask) -> Behaviour:
        return hostile_line.refused if ask.address <= 37 < ask.address + ask.count else hostile_line.right

    sinks, wanted = Sinks(), true_values(1, 100)
    del wanted["p37"]
    async with PtyLine(HostileLine(choose)) as pty:
        reader = ModbusLink(serial(pty.device, baud=115200), [asset("a", words(100, every=0.5))], sinks, SystemClock())
        async with running(reader):
            await eventually(lambda: len(sinks.calls("a")) >= 4, "four cycles")
            assert metric(reader, "connects_total") == 1
    for good, bad, _ in sinks.calls("a")[1:]:
        assert good == wanted
        assert bad == {"p37": BadReason.REFUSED}
