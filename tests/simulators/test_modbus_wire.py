"""The Modbus servers as foreign masters see them: pymodbus' client, mbpoll, and raw frames; and each fault on the wire."""

import asyncio
import os
import re
import shutil
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusIOException

from facility.domain.asset import Site
from facility.domain.profile import Register
from simulators.estate import Estate

Frame = tuple[int, int, bytes]  # transaction, unit, PDU


def port_of(estate: Estate, link: str) -> int:
    return estate.site.links[link].port


@asynccontextmanager
async def master(estate: Estate, link: str, patience: float = 2.0) -> AsyncIterator[AsyncModbusTcpClient]:
    client = AsyncModbusTcpClient("127.0.0.1", port=port_of(estate, link), timeout=patience, retries=0)
    assert await client.connect()
    try:
        yield client
    finally:
        client.close()


class RawMaster:
    """Sends requests and gets frames as they come."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def ask(self, transaction: int, unit: int, pdu: bytes) -> None:
        self._writer.write(struct.pack(">HHHB", transaction, 0, len(pdu) + 1, unit) + pdu)

    async def frame(self) -> Frame:
        transaction, protocol, length, unit = struct.unpack(">HHHB", await self._reader.readexactly(7))
        assert protocol == 0
        return transaction, unit, await self._reader.readexactly(length - 1)

    async def at_end(self) -> bool:
        try:
            return await self._reader.read() == b""
        except ConnectionResetError:
            return True


@asynccontextmanager
async def raw(estate: Estate, link: str) -> AsyncIterator[RawMaster]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(estate, link))
    try:
        yield RawMaster(reader, writer)
    finally:
        writer.close()


READ_BREAKER = struct.pack(">BHH", 3, 40, 1)
CLOSED = struct.pack(">BBH", 3, 2, 1)


async def test_pymodbus_reads_what_the_plant_holds(estate: Estate) -> None:
    estate.stage.step()
    async with master(estate, "distribution-1") as client:
        answer = await client.read_holding_registers(0, count=6, device_id=1)
    read = client.convert_from_registers(answer.registers, client.DATATYPE.FLOAT32)
    held = estate.plant.values("incomer-1")
    assert read == pytest.approx([held["voltage_l1"], held["voltage_l2"], held["voltage_l3"]], rel=1e-6)


async def test_pymodbus_reads_all_four_tables(estate: Estate) -> None:
    estate.plant.gases["gas-1"].leak = True
    estate.plant.run(60)
    async with master(estate, "gas-intakes") as client:
        assert (await client.read_coils(1, count=1, device_id=1)).bits[0] is True
        assert (await client.read_discrete_inputs(10, count=1, device_id=1)).bits[0] is True
        assert (await client.read_holding_registers(8, count=1, device_id=1)).registers == [2]
        pressure = (await client.read_input_registers(100, count=2, device_id=2)).registers
    swapped = struct.pack("<HH", *pressure)  # BADC: the bytes of each word change places
    assert struct.unpack(">f", swapped)[0] == pytest.approx(estate.plant.values("gas-2")["pressure"], rel=1e-6)


async def test_mbpoll_reads_what_the_plant_holds(estate: Estate) -> None:
    mbpoll = shutil.which("mbpoll")
    if mbpoll is None:
        assert os.environ.get("CI") != "true", "CI needs Debian's mbpoll"
        pytest.skip("install mbpoll")
    estate.stage.step()
    port = str(port_of(estate, "distribution-1"))
    where = ("-m", "tcp", "-p", port, "-a", "1", "-0", "-r", "0", "-c", "3", "-t", "4:float", "-B", "-1", "127.0.0.1")
    process = await asyncio.create_subprocess_exec(mbpoll, *where, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    read = [float(value) for value in re.findall(r"^\[\d\]:\s+(\S+)", out.decode(), re.MULTILINE)]
    held = estate.plant.values("incomer-1")
    assert read == pytest.approx([held["voltage_l1"], held["voltage_l2"], held["voltage_l3"]], abs=0.01)


async def test_every_register_of_the_demo_is_served(estate: Estate) -> None:
    served = 0
    for link in {asset.link for asset in estate.site.assets.values() if asset.unit}:
        async with raw(estate, link) as wire:
            for asset in (asset for asset in estate.site.assets.values() if asset.link == link):
                for point in asset.profile.points.values():
                    assert isinstance(point.read, Register)
                    ask = struct.pack(">BHH", point.read.table.function, point.read.address, _length(point.read))
                    wire.ask(7, asset.unit, ask)
                    transaction, unit, pdu = await wire.frame()
                    assert (transaction, unit, pdu[0]) == (7, asset.unit, point.read.table.function)
                    served += 1
    assert served > 700


def _length(register: Register) -> int:
    return 1 if register.table.of_bits else register.type.words


@pytest.mark.parametrize(
    ("unit", "pdu", "exception"),
    [
        (1, struct.pack(">BHH", 6, 40, 2), 1),  # write one register: no writing function exists
        (1, struct.pack(">BHHBH", 16, 40, 1, 2, 2), 1),
        (1, struct.pack(">BHH", 5, 0, 0xFF00), 1),
        (1, struct.pack(">BHH", 43, 0, 0), 1),
        (1, struct.pack(">BHH", 3, 5000, 1), 2),  # outside
        (1, struct.pack(">BHH", 3, 40, 2), 2),  # runs over the end
        (1, struct.pack(">BHH", 4, 0, 1), 2),  # the meter has no input registers
        (1, struct.pack(">BHH", 3, 0, 0), 3),
        (1, struct.pack(">BHH", 3, 0, 65), 3),  # more than this meter takes at once
        (1, b"\x03\x00", 3),
        (99, READ_BREAKER, 0x0B),
    ],
)
async def test_what_cannot_be_answered_gets_the_exception_of_the_specification(
    estate: Estate, unit: int, pdu: bytes, exception: int
) -> None:
    async with raw(estate, "distribution-1") as wire:
        wire.ask(3, unit, pdu)
        assert await wire.frame() == (3, unit, bytes((pdu[0] | 0x80, exception)))


async def test_a_device_that_refuses_gaps_refuses_them(estate: Estate) -> None:
    async with raw(estate, "pumps-1") as wire:
        wire.ask(1, 1, struct.pack(">BHH", 4, 0, 11))
        assert (await wire.frame())[2] == b"\x84\x02"


async def test_requests_in_pieces_and_in_one_piece_are_answered_in_order(estate: Estate) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(estate, "distribution-1"))
    frames = b"".join(struct.pack(">HHHB", number, 0, 6, 1) + READ_BREAKER for number in range(1, 6))
    for piece in (frames[:3], frames[3:17], frames[17:]):
        writer.write(piece)
        await writer.drain()
    wire = RawMaster(reader, writer)
    assert [(await wire.frame())[0] for _ in range(5)] == [1, 2, 3, 4, 5]
    writer.close()


async def test_what_is_not_modbus_is_hung_up_on(estate: Estate) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(estate, "distribution-1"))
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    assert await RawMaster(reader, writer).at_end()
    writer.close()


async def test_fault_silence_and_its_end(estate: Estate) -> None:
    fault = estate.faults.add("incomer-1", "silence", until=estate.plant.time + 1.0)
    async with raw(estate, "distribution-1") as wire:
        wire.ask(1, 1, READ_BREAKER)
        wire.ask(2, 2, READ_BREAKER)
        assert (await wire.frame())[0] == 2, "its neighbour answers, it does not"
        for _ in range(5):
            estate.stage.step()
        assert fault not in estate.faults.all()
        wire.ask(3, 1, READ_BREAKER)
        assert await wire.frame() == (3, 1, CLOSED)


async def test_fault_silence_of_a_whole_link_is_a_timeout_for_pymodbus(estate: Estate) -> None:
    estate.faults.add("distribution-1", "silence")
    async with master(estate, "distribution-1", patience=0.2) as client:
        with pytest.raises(ModbusIOException):
            await client.read_holding_registers(40, count=1, device_id=1)


async def test_fault_dead_unit_holds_the_connection_while_the_gateway_waits(estate: Estate) -> None:
    estate.faults.add("incomer-1", "dead_unit", {"blocks": 0.2})
    async with raw(estate, "distribution-1") as wire, raw(estate, "distribution-1") as other:
        begin = asyncio.get_running_loop().time()
        wire.ask(1, 1, READ_BREAKER)
        wire.ask(2, 2, READ_BREAKER)
        other.ask(9, 2, READ_BREAKER)
        assert (await other.frame())[0] == 9
        assert (await wire.frame())[0] == 2
        assert asyncio.get_running_loop().time() - begin >= 0.19


async def test_fault_slow_keeps_the_order(estate: Estate) -> None:
    estate.faults.add("incomer-1", "slow", {"delay": 0.1})
    async with raw(estate, "distribution-1") as wire:
        begin = asyncio.get_running_loop().time()
        wire.ask(1, 1, READ_BREAKER)
        wire.ask(2, 2, READ_BREAKER)
        assert [(await wire.frame())[0] for _ in range(2)] == [1, 2]
        assert asyncio.get_running_loop().time() - begin >= 0.09


async def test_fault_late_answer_comes_under_its_old_transaction_after_the_next_one(estate: Estate) -> None:
    estate.faults.add("incomer-1", "late_answer", {"delay": 0.1})
    async with raw(estate, "distribution-1") as wire:
        wire.ask(1, 1, READ_BREAKER)
        wire.ask(2, 2, READ_BREAKER)
        assert [(await wire.frame())[:2] for _ in range(2)] == [(2, 2), (1, 1)]


async def test_fault_exception_for_one_point_hits_only_requests_that_cover_it(estate: Estate) -> None:
    estate.faults.add("incomer-1", "exception", {"code": 2, "point": "voltage_l3"})
    async with raw(estate, "distribution-1") as wire:
        for count, first in ((4, 0), (6, 0), (2, 5), (1, 40)):
            wire.ask(1, 1, struct.pack(">BHH", 3, first, count))
        answers = [(await wire.frame())[2][:2] for _ in range(4)]
    assert answers == [b"\x03\x08", b"\x83\x02", b"\x83\x02", b"\x03\x02"]


async def test_fault_wrong_length_leaves_words_out_and_says_so_in_the_frame(estate: Estate) -> None:
    estate.faults.add("distribution-1", "wrong_length", {"missing": 2})
    async with raw(estate, "distribution-1") as wire:
        wire.ask(1, 1, struct.pack(">BHH", 3, 0, 6))
        _, _, pdu = await wire.frame()
    assert pdu[1] == len(pdu) - 2 == 8


@pytest.mark.parametrize(("fault", "frame"), [("wrong_transaction", (2, 1)), ("wrong_unit", (1, 2))])
async def test_faults_of_the_header(estate: Estate, fault: str, frame: tuple[int, int]) -> None:
    estate.faults.add("incomer-1", fault)
    async with raw(estate, "distribution-1") as wire:
        wire.ask(1, 1, READ_BREAKER)
        assert (await wire.frame())[:2] == frame


async def test_fault_duplicate(estate: Estate) -> None:
    estate.faults.add("incomer-1", "duplicate")
    async with raw(estate, "distribution-1") as wire:
        wire.ask(1, 1, READ_BREAKER)
        assert await wire.frame() == await wire.frame() == (1, 1, CLOSED)


async def test_fault_disconnect_hangs_up_and_refuses(estate: Estate) -> None:
    async with raw(estate, "distribution-1") as wire:
        estate.faults.add("distribution-1", "disconnect")
        wire.ask(1, 1, READ_BREAKER)
        assert await wire.at_end()
    async with raw(estate, "distribution-1") as wire:
        assert await wire.at_end()


async def test_fault_stuck_stands_still_as_a_whole_or_in_one_point(estate: Estate) -> None:
    estate.faults.add("incomer-1", "stuck")
    estate.faults.add("incomer-2", "stuck", {"point": "voltage_l1"})
    voltages = struct.pack(">BHH", 3, 0, 4)
    seen: dict[int, list[Frame]] = {1: [], 2: []}
    async with raw(estate, "distribution-1") as one, raw(estate, "distribution-2") as two:
        for _ in range(2):
            one.ask(1, 1, voltages)
            seen[1].append(await one.frame())
            two.ask(1, 1, voltages)
            seen[2].append(await two.frame())
            estate.plant.run(5)
    assert seen[1][0] == seen[1][1]
    first, second = (frame[2] for frame in seen[2])
    assert first[2:6] == second[2:6]
    assert first[6:] != second[6:]


async def test_fault_forced_shows_the_given_value(estate: Estate) -> None:
    estate.faults.add("incomer-1", "forced", {"point": "breaker_state", "value": "tripped"})
    async with raw(estate, "distribution-1") as wire:
        wire.ask(1, 1, READ_BREAKER)
        assert (await wire.frame())[2] == struct.pack(">BBH", 3, 2, 2)
    assert estate.plant.values("incomer-1")["breaker_state"] == "closed"


async def test_fault_drift_grows_with_simulated_time(estate: Estate) -> None:
    estate.faults.add("incomer-1", "drift", {"point": "frequency", "per_minute": 6.0}, since=estate.plant.time)
    estate.plant.run(30)
    true = estate.plant.values("incomer-1")["frequency"]
    assert isinstance(true, float)
    assert await shown(estate, "frequency") == pytest.approx(true + 3.0, abs=0.01)


async def test_fault_noise_moves_one_point_within_its_amplitude_and_reading_does_not_move_it(estate: Estate) -> None:
    estate.faults.add("incomer-1", "noise", {"point": "voltage_l1", "amplitude": 5.0})
    off: list[float] = []
    for _ in range(8):
        estate.stage.step()
        read = await shown(estate, "voltage_l1")
        assert read == await shown(estate, "voltage_l1")
        true = estate.plant.values("incomer-1")["voltage_l1"]
        assert isinstance(true, float)
        off.append(read - true)
    assert max(map(abs, off)) <= 5.001
    assert max(off) - min(off) > 0.5


async def shown(estate: Estate, point: str) -> float:
    """A point of incomer-1 as pymodbus reads it."""
    read = estate.site.assets["incomer-1"].profile.points[point].read
    assert isinstance(read, Register)
    async with master(estate, "distribution-1") as client:
        answer = await client.read_holding_registers(read.address, count=read.words, device_id=1)
    kind = client.DATATYPE.FLOAT32 if read.words == 2 else client.DATATYPE.UINT16
    value = client.convert_from_registers(answer.registers, kind)
    assert isinstance(value, int | float)
    return value * read.scale + read.offset


async def test_fault_busy_is_exception_6_for_a_while(estate: Estate) -> None:
    estate.faults.add("incomer-1", "busy", until=estate.plant.time + 1.0)
    async with master(estate, "distribution-1") as client:
        busy = await client.read_holding_registers(40, count=1, device_id=1)
        assert (busy.isError(), busy.exception_code) == (True, 6)
        for _ in range(5):
            estate.stage.step()
        assert (await client.read_holding_registers(40, count=1, device_id=1)).registers == [1]


async def test_fault_half_open_takes_connections_and_forgets_them_for_good(estate: Estate) -> None:
    async with raw(estate, "distribution-1") as old:
        estate.faults.add("distribution-1", "half_open")
        old.ask(1, 1, READ_BREAKER)
        async with master(estate, "distribution-1", patience=0.3) as new:
            with pytest.raises(ModbusIOException):
                await new.read_holding_registers(40, count=1, device_id=1)
            estate.faults.clear()
            old.ask(2, 1, READ_BREAKER)
            async with raw(estate, "distribution-1") as fresh:
                fresh.ask(3, 1, READ_BREAKER)
                assert await fresh.frame() == (3, 1, CLOSED)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(old.frame(), 0.1)


async def test_fault_garbage_is_no_modbus(estate: Estate) -> None:
    estate.faults.add("incomer-1", "garbage")
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(estate, "distribution-1"))
    writer.write(struct.pack(">HHHB", 1, 0, 6, 1) + READ_BREAKER)
    _, protocol, _, _ = struct.unpack(">HHHB", await reader.readexactly(7))
    assert protocol != 0
    writer.close()


async def test_a_taken_port_is_an_error_that_says_so(estate: Estate, moved: Site) -> None:
    second = Estate(moved, estate.clock)
    with pytest.raises(OSError, match="address already in use"):
        await second.start()
    await second.stop()
