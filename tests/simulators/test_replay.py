"""Replay on the wire: recorded pace, failures, what was never asked, and times that move along."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusIOException

from facility.clock import SystemClock
from facility.domain.asset import Site
from facility.domain.recording import Entry, Exchange, RecordingRefused, head
from simulators.estate import Estate
from simulators.replay import Recording, load_recording, shifted

LINK = "distribution-1"
ASKED = b"\x03\x00\x28\x00\x01"


def told(at: float, word: int, *, failure: str = "", took: float = 0.0) -> Exchange:
    """An answer to the question for register 40."""
    answer = b"" if failure else bytes((3, 2, 0, word))
    return Exchange(LINK, at, 1, ASKED, answer, failure, took)


@asynccontextmanager
async def master(site: Site, entries: list[Entry], pace: float) -> AsyncIterator[AsyncModbusTcpClient]:
    assets = {id: asset for id, asset in site.assets.items() if asset.link == LINK}
    estate = Estate(
        replace(site, assets=assets, links={LINK: site.links[LINK]}),
        SystemClock(),
        recording=Recording({LINK: entries}, pace),
    )
    await estate.start()
    client = AsyncModbusTcpClient("127.0.0.1", port=site.links[LINK].port, timeout=0.5, retries=0)
    try:
        assert await client.connect()
        yield client
    finally:
        client.close()
        await estate.stop()


async def test_as_fast_as_asked_each_request_gets_the_next_answer_and_then_the_last(moved: Site) -> None:
    async with master(moved, [told(0, 1), told(50, 2), told(100, 3)], pace=0) as client:
        seen = [(await client.read_holding_registers(40, count=1, device_id=1)).registers for _ in range(4)]
        assert seen == [[1], [2], [3], [3]]
        never = await client.read_holding_registers(41, count=1, device_id=1)
        assert never.exception_code == 2


async def test_at_the_recorded_pace_a_request_gets_what_was_answered_last(moved: Site) -> None:
    async with master(moved, [told(0, 1), told(0.1, 2, took=500.0), told(3600, 3)], pace=3600) as client:
        seen: set[int] = set()
        for _ in range(2000):
            answer = await client.read_holding_registers(40, count=1, device_id=1)
            seen.add(answer.registers[0])
            if 3 in seen:
                break
        assert seen in ({1, 2, 3}, {2, 3})


async def test_failures_come_again_as_they_were(moved: Site) -> None:
    async with master(moved, [told(0, 0, failure="timeout"), told(1, 7)], pace=0) as client:
        with pytest.raises(ModbusIOException):
            await client.read_holding_registers(40, count=1, device_id=1)
    async with master(moved, [told(0, 0, failure="lost"), told(1, 7)], pace=0) as client:
        with pytest.raises((ModbusIOException, ConnectionError)):
            await client.read_holding_registers(40, count=1, device_id=1)


def test_a_recording_of_another_site_is_refused(moved: Site, tmp_path: Path) -> None:
    file = tmp_path / "traffic.jsonl"
    file.write_text(head("x") + "\n" + replace(told(0, 1), link="elsewhere").line() + "\n", encoding="utf-8")
    with pytest.raises(RecordingRefused, match="of link elsewhere, which demo-garden does not have"):
        load_recording(file, 1, moved)
    with pytest.raises(RecordingRefused, match="cannot be read"):
        load_recording(tmp_path / "nothing", 1, moved)


def test_times_in_payloads_move_along_in_their_own_form() -> None:
    paths, hour = ("$.time", "$.a.ms", "$.a.s"), timedelta(hours=1)
    document = {"time": "2026-11-23T08:00:00+08:00", "a": {"ms": 1700000000000, "s": 1700000000.5}, "card": "x1"}
    moved = json.loads(shifted(json.dumps(document).encode(), paths, hour))
    assert moved == {
        "time": "2026-11-23T09:00:00.000+08:00",
        "a": {"ms": 1700003600000, "s": 1700003600.5},
        "card": "x1",
    }
    for untouched in (b"21.5", b'{"time": "soon"}', b'{"cut', b"[1]"):
        assert json.loads(shifted(b'{"time": "soon"}', paths, hour)) == {"time": "soon"}
        assert shifted(untouched, (), hour) == untouched
    assert shifted(b'{"cut', paths, hour) == b'{"cut'
