"""The probe finds what is there, and nothing else, with no more requests than it said; stopped, it tells what it has."""

import asyncio
import random
from dataclasses import replace
from datetime import timedelta

import pytest

from collectors.asking import Event
from collectors.probe import Probe
from facility.domain.asset import LinkKind
from facility.domain.profile import Table
from facility.domain.scan import Scan
from facility.domain.serial_line import SerialLine
from tests.collectors import hostile_line
from tests.collectors.hostile_line import HostileLine, PtyLine
from tests.collectors.hostile_server import Hostile, always, garbage, silent, truth
from tests.collectors.small_device import GATEWAY_TARGET, Memory, answering, holding
from tests.collectors.wire_harness import eventually, link

QUICK = {"pause": timedelta(0), "timeout": timedelta(seconds=0.05)}


async def probed(server: Hostile, scan: Scan) -> Event:
    """What a scan of the server finds."""
    told: list[Event] = []
    await Probe(link(server.port), scan, told.append).run()
    assert told[-1]["event"] == "found"
    return told[-1]


def addresses(unit: Event) -> list[int]:
    rows = unit["rows"]
    assert isinstance(rows, list)
    return [row["address"] for row in rows]


def units_of(found: Event) -> list[Event]:
    units = found["units"]
    assert isinstance(units, list)
    return units


@pytest.mark.parametrize("others", [0, GATEWAY_TARGET])
async def test_units_that_answer_or_refuse_live(others: int) -> None:
    behaviour = answering({3: holding({0: 7}), 5: holding({90: 1}), 7: {(4, 0): 1}}, others=others)
    async with Hostile(always(behaviour)) as server:
        found = await probed(server, Scan(tuple(range(1, 9)), **QUICK))
    assert [unit["unit"] for unit in units_of(found)] == [3, 5, 7]
    signs = [str(unit["sign"]) for unit in units_of(found)]
    assert signs[0] == "answers"
    assert "exception 2 (illegal data address" in signs[1]
    assert "exception 1 (illegal function" in signs[2]
    assert found["requests"] == 8


@pytest.mark.parametrize("seed", range(12))
async def test_exactly_the_registers_that_the_device_has(seed: int) -> None:
    chance = random.Random(seed)
    has = {
        address: chance.randrange(0x10000)
        for address in range(100)
        if chance.random() < chance.choice([0.1, 0.5, 0.95])
    }
    scan = Scan((1,), registers=(range(100),), block=chance.choice([1, 7, 32, 100]), **QUICK)
    async with Hostile(always(answering({1: holding({**has, 200: 1})}))) as server:
        found = await probed(server, scan)
        assert len(server.asked) == found["requests"]
    (unit,) = units_of(found)
    assert addresses(unit) == sorted(has)
    rows = unit["rows"]
    assert isinstance(rows, list)
    assert {row["address"]: row["uint16"] for row in rows} == has
    assert unit["refused"] == sorted(set(range(100)) - has.keys())
    assert found["requests"] <= scan.most_requests


async def test_bits() -> None:
    memory: Memory = {(2, address): address % 3 == 0 for address in range(10, 20)}
    async with Hostile(always(answering({1: memory}))) as server:
        found = await probed(server, Scan((1,), Table.DISCRETE, (range(30),), 32, **QUICK))
    rows = units_of(found)[0]["rows"]
    assert isinstance(rows, list)
    assert {row["address"]: row["bit"] for row in rows} == {address: int(bit) for (_, address), bit in memory.items()}


async def test_a_table_that_the_unit_lacks_is_said_once() -> None:
    async with Hostile(always(answering({1: holding({0: 1})}))) as server:
        found = await probed(server, Scan((1,), Table.INPUT, (range(500),), 32, **QUICK))
    (unit,) = units_of(found)
    assert "no such table" in str(unit["end"])
    assert found["requests"] == 2


async def test_a_unit_that_is_silent_where_it_has_nothing_is_given_up_without_a_long_wait() -> None:
    alive = answering({1: holding({0: 1})})
    async with Hostile(lambda ask: alive if ask.address == 0 and ask.count == 1 else silent) as server:
        scan = Scan((1,), registers=(range(1000),), block=10, **QUICK)
        found = await probed(server, scan)
    (unit,) = units_of(found)
    assert "3 blocks in a row" in str(unit["end"])
    assert found["requests"] == 7


async def test_over_a_serial_line() -> None:
    line = HostileLine(lambda ask: hostile_line.right if ask.unit in (2, 4) else hostile_line.silent)
    told: list[Event] = []
    async with PtyLine(line) as pty:
        wire = replace(link(0), kind=LinkKind.MODBUS_RTU, serial=SerialLine(pty.device, baud=115200))
        await Probe(wire, Scan((1, 2, 3, 4), registers=(range(3),), **QUICK), told.append).run()
    units = units_of(told[-1])
    assert [unit["unit"] for unit in units] == [2, 4]
    for unit in units:
        rows = unit["rows"]
        assert isinstance(rows, list)
        assert "".join(row["hex"] for row in rows) == truth(int(str(unit["unit"])), 3, 0, 3).hex().upper()


async def test_garbage_is_no_life() -> None:
    async with Hostile(always(garbage)) as server:
        found = await probed(server, Scan((1, 2, 3), **QUICK))
    assert found["units"] == []


async def test_a_port_that_nobody_serves_is_said() -> None:
    async with Hostile(always(silent)) as server:
        pass
    found = await probed(server, Scan((1,), **QUICK))
    assert found["fault"] == "Connection refused"
    assert found["requests"] == 0


async def test_stopped_in_the_middle_it_tells_what_it_has() -> None:
    told: list[Event] = []
    alive = answering({1: holding(dict.fromkeys(range(10), 5))})
    async with Hostile(lambda ask: alive if ask.address < 10 else silent) as server:
        scan = Scan((1,), registers=(range(100),), block=10, pause=timedelta(0), timeout=timedelta(seconds=60))
        task = asyncio.ensure_future(Probe(link(server.port), scan, told.append).run())
        await eventually(lambda: server.asked and server.asked[-1].address == 10, "the silent block is asked")
        task.cancel()
        assert await task
    assert told[-1]["stopped"] is True
    assert addresses(units_of(told[-1])[0]) == list(range(10))


async def test_what_changes_between_the_passes_is_marked() -> None:
    count = 0

    def counting(server: Hostile, ask):  # type: ignore[no-untyped-def]
        nonlocal count
        count += 1
        return answering({1: holding({0: 500, 1: count})})(server, ask)

    async with Hostile(always(counting)) as server:
        found = await probed(server, Scan((1,), registers=(range(2),), **QUICK))
    rows = units_of(found)[0]["rows"]
    assert isinstance(rows, list)
    assert [row["changed"] for row in rows] == [False, True]
