"""Reading an asset at once over the real wire: values, ratios, raw words, and clear words for everything that goes wrong."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from collectors.asking import Event
from collectors.read_now import ReadNow
from collectors.wires import wires_of
from facility.domain.asset import Asset, Link, LinkKind
from facility.domain.profile import ModbusLimits, Point, RawType, Register, Table
from facility.domain.serial_line import SerialLine
from tests.collectors import hostile_line
from tests.collectors.hostile_line import HostileLine, PtyLine, TcpLine
from tests.collectors.hostile_server import Hostile, always, foreign_unit, silent, truth
from tests.collectors.small_device import GATEWAY_TARGET, answering, holding
from tests.collectors.wire_harness import NOWHERE, asset, link, point, words

QUICK = ModbusLimits(timeout=timedelta(seconds=0.1), max_gap=0)


async def read(wire: Link, device: Asset, *wanted: str) -> tuple[bool, dict[str, Any], list[Event]]:
    """Whether all was answered, the rows by point (or the fault), and the requests."""
    told: list[Event] = []
    answered = await ReadNow(wire, device, wanted, told.append).run()
    requests = [event for event in told if event["event"] == "request"]
    if told[-1]["event"] == "fault":
        return answered, {"fault": told[-1]["what"]}, requests
    rows = told[-1]["points"]
    assert isinstance(rows, list)
    return answered, {row["point"]: row for row in rows}, requests


def meter(points: list[Point] | None = None) -> Asset:
    ratio = Register(Table.HOLDING, 9, RawType.UINT16)
    power = Register(Table.HOLDING, 4, RawType.INT16, scale=0.1, scale_by=("ratio",))
    voltage = Register(Table.HOLDING, 0, RawType.FLOAT32)
    state = Register(Table.HOLDING, 7, RawType.ENUM)
    labelled = replace(point("state", state, codes={1: "closed"}), labels={"closed": NOWHERE})
    usual = [point("voltage", voltage), point("power", power, high=5000.0), labelled, point("ratio", ratio)]
    return asset("meter", points or usual, limits=QUICK)


MEMORY = {0: 0x4366, 1: 0x199A, 4: 300, 7: 1, 9: 40}


async def test_values_come_with_ratios_labels_raw_words_and_times() -> None:
    async with Hostile(always(answering({1: holding(MEMORY)}))) as server:
        answered, rows, requests = await read(link(server.port), meter())
    assert answered
    assert {name: row["value"] for name, row in rows.items()} == {
        "voltage": pytest.approx(230.1, rel=1e-6),
        "power": 1200.0,
        "state": "closed",
        "ratio": 40.0,
    }
    assert rows["voltage"]["raw"] == ["4366", "199A"]
    assert rows["state"]["label"] == {"en": "x", "zh": "x"}
    assert (rows["power"]["table"], rows["power"]["address"], rows["power"]["quality"]) == ("holding", 4, "good")
    assert all(row["ms"] >= 0 for row in rows.values())
    assert len(requests) == 4


async def test_wanted_points_are_read_with_what_they_need_and_nothing_else() -> None:
    async with Hostile(always(answering({1: holding(MEMORY)}))) as server:
        answered, rows, _ = await read(link(server.port), meter(), "power")
        assert [ask.address for ask in server.asked] == [9, 4]
    assert answered
    assert {name: row["value"] for name, row in rows.items()} == {"power": 1200.0}


async def test_a_value_that_is_bad_was_answered_all_the_same() -> None:
    async with Hostile(always(answering({1: holding({**MEMORY, 7: 9, 9: 0})}))) as server:
        answered, rows, _ = await read(link(server.port), meter())
    assert answered
    assert {name: row["reason"] for name, row in rows.items()} == {
        "voltage": "",
        "power": "ratio_unknown",
        "state": "unknown_label",
        "ratio": "",
    }
    assert rows["state"]["raw"] == ["0009"]


async def test_what_the_device_refuses_is_said_and_the_rest_is_read() -> None:
    has = {address: 100 + address for address in range(40) if address % 6}
    async with Hostile(always(answering({1: holding(has)}))) as server:
        answered, rows, _ = await read(link(server.port), meter(words(40)))
    assert not answered
    assert {name: row["value"] for name, row in rows.items() if row["value"] is not None} == {
        f"p{address}": float(value) for address, value in has.items()
    }
    assert rows["p0"]["reason"] == "refused"
    assert "exception 2 (illegal data address" in rows["p0"]["fault"]


async def test_a_gateway_without_the_unit_is_said_in_words() -> None:
    async with Hostile(always(answering({}, others=GATEWAY_TARGET))) as server:
        answered, rows, _ = await read(link(server.port), meter(words(2)))
    assert not answered
    assert "exception 11 (the unit behind the gateway does not answer)" in rows["p0"]["fault"]


async def test_a_silent_device_is_given_up_after_two_requests() -> None:
    async with Hostile(always(silent)) as server:
        answered, rows, requests = await read(link(server.port), meter())
    assert not answered
    assert {row["reason"] for row in rows.values()} == {"timeout"}
    assert len(requests) == 2


async def test_another_units_answer_is_no_value() -> None:
    async with Hostile(always(foreign_unit)) as server:
        answered, rows, _ = await read(link(server.port), meter(words(1)))
    assert not answered
    assert rows["p0"]["value"] is None
    assert "unit 2 answered for unit 1" in rows["p0"]["fault"]


async def test_a_port_that_nobody_serves_is_said() -> None:
    async with Hostile(always(silent)) as server:
        pass
    answered, rows, _ = await read(link(server.port), meter())
    assert not answered
    assert rows == {"fault": "Connection refused"}


def serial(kind: LinkKind, *, device: str = "", port: int = 0) -> Link:
    return Link("wire", NOWHERE, kind, "127.0.0.1", port, serial=SerialLine(device, baud=115200))


async def test_over_a_serial_line() -> None:
    async with PtyLine(HostileLine(always(hostile_line.right))) as line:  # type: ignore[arg-type]
        answered, rows, _ = await read(serial(LinkKind.MODBUS_RTU, device=line.device), meter(words(3)))
    assert answered
    assert [row["raw"] for row in rows.values()] == [[truth(1, 3, address, 1).hex().upper()] for address in range(3)]


async def test_over_a_serial_server() -> None:
    async with TcpLine(HostileLine(always(hostile_line.right))) as line:  # type: ignore[arg-type]
        answered, rows, _ = await read(serial(LinkKind.MODBUS_RTU_TCP, port=line.port), meter(words(3)))
    assert answered
    assert [row["raw"] for row in rows.values()] == [[truth(1, 3, address, 1).hex().upper()] for address in range(3)]


async def test_a_line_that_another_program_holds_is_busy() -> None:
    async with PtyLine(HostileLine(always(hostile_line.right))) as line:  # type: ignore[arg-type]
        wire = serial(LinkKind.MODBUS_RTU, device=line.device)
        holder = wires_of(wire)()
        await holder.connect()
        answered, rows, _ = await read(wire, meter(words(1)))
        holder.close()
    assert not answered
    assert "another program uses it: stop that program" in rows["fault"]
