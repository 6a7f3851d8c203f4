"""The simulated serial lines as foreign masters see them: pymodbus' client, mbpoll, raw frames; each fault; the device's path."""

import asyncio
import os
import re
import shutil
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.framer import FramerType
from pymodbus.framer.rtu import FramerRTU

from facility.clock import SystemClock
from facility.domain.asset import LinkKind, Site
from facility.domain.serial_line import SerialLine
from simulators.estate import Estate
from simulators.faults import FaultRefused
from tests.collectors.wire_harness import eventually

LINE, SERVER = "distribution-1", "distribution-2"  # links of the demo: a serial line, a line behind a serial server
READ_BREAKER = struct.pack(">BHH", 3, 40, 1)
CLOSED = struct.pack(">BBH", 3, 2, 1)


@pytest.fixture
def serial(moved: Site, tmp_path: Path) -> Site:
    """The demo with two gateways in the place of serial lines."""
    fast = SerialLine(baud=115200)
    device = str(tmp_path / "lines" / "distribution-1")
    links = dict(moved.links)
    links[LINE] = replace(links[LINE], kind=LinkKind.MODBUS_RTU, serial=replace(fast, device=device))
    links[SERVER] = replace(links[SERVER], kind=LinkKind.MODBUS_RTU_TCP, serial=fast)
    return replace(moved, links=links)


@pytest.fixture
async def estate(serial: Site) -> AsyncIterator[Estate]:
    """The estate's servers, with time standing still."""
    estate = Estate(serial, SystemClock())
    await estate.start()
    try:
        yield estate
    finally:
        await estate.stop()


def device_of(estate: Estate) -> str:
    line = estate.site.links[LINE].serial
    assert line is not None
    return line.device


def sealed(body: bytes) -> bytes:
    return body + FramerRTU.compute_CRC(body).to_bytes(2, "big")


class RawMaster:
    """Sends requests to the serial server and gets frames as they come."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def ask(self, unit: int, pdu: bytes) -> None:
        self.writer.write(sealed(bytes((unit,)) + pdu))

    async def frame(self) -> tuple[int, bytes]:
        """Unit and PDU of the next answer, whose checksum is right."""
        head = await self.reader.readexactly(3)
        frame = head + await self.reader.readexactly(2 if head[1] & 0x80 else head[2] + 2)
        assert sealed(frame[:-2]) == frame
        return frame[0], frame[1:-2]


@asynccontextmanager
async def raw(estate: Estate) -> AsyncIterator[RawMaster]:
    reader, writer = await asyncio.open_connection("127.0.0.1", estate.site.links[SERVER].port)
    try:
        yield RawMaster(reader, writer)
    finally:
        writer.close()


@pytest.mark.parametrize("link", [LINE, SERVER])
async def test_pymodbus_reads_what_the_plant_holds(estate: Estate, link: str) -> None:
    estate.stage.step()
    client: AsyncModbusSerialClient | AsyncModbusTcpClient
    if link == LINE:
        client = AsyncModbusSerialClient(device_of(estate), baudrate=115200, retries=0)
    else:
        client = AsyncModbusTcpClient(
            "127.0.0.1", port=estate.site.links[link].port, framer=FramerType.RTU, timeout=5, retries=0
        )
    assert await client.connect()
    answer = await client.read_holding_registers(0, count=6, device_id=1)
    client.close()
    read = client.convert_from_registers(answer.registers, client.DATATYPE.FLOAT32)
    held = estate.plant.values("incomer-1" if link == LINE else "incomer-2")
    assert read == pytest.approx([held["voltage_l1"], held["voltage_l2"], held["voltage_l3"]], rel=1e-6)


async def test_mbpoll_reads_the_line(estate: Estate) -> None:
    mbpoll = shutil.which("mbpoll")
    if mbpoll is None:
        assert os.environ.get("CI") != "true", "CI needs Debian's mbpoll"
        pytest.skip("install mbpoll")
    estate.stage.step()
    where = ("-m", "rtu", "-b", "115200", "-P", "none", "-a", "1", "-0", "-r", "0", "-c", "3", "-t", "4:float", "-B")
    process = await asyncio.create_subprocess_exec(
        mbpoll, *where, "-1", device_of(estate), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    read = [float(value) for value in re.findall(r"^\[\d\]:\s+(\S+)", out.decode(), re.MULTILINE)]
    held = estate.plant.values("incomer-1")
    assert read == pytest.approx([held["voltage_l1"], held["voltage_l2"], held["voltage_l3"]], abs=0.01)


@pytest.mark.parametrize(
    ("pdu", "exception"),
    [
        (struct.pack(">BHH", 6, 40, 2), 1),  # write one register: no writing function exists
        (struct.pack(">BHHBH", 16, 40, 1, 2, 2), 1),
        (struct.pack(">BHH", 5, 0, 0xFF00), 1),
        (struct.pack(">BHH", 3, 5000, 1), 2),
        (struct.pack(">BHH", 3, 0, 65), 3),
    ],
)
async def test_what_cannot_be_answered_gets_the_exception_of_the_specification(
    estate: Estate, pdu: bytes, exception: int
) -> None:
    async with raw(estate) as wire:
        wire.ask(1, pdu)
        assert await wire.frame() == (1, bytes((pdu[0] | 0x80, exception)))


async def test_requests_in_pieces_and_behind_noise_are_answered_in_order(estate: Estate) -> None:
    async with raw(estate) as wire:
        frame = sealed(b"\x01" + READ_BREAKER)
        for piece in (b"\xff\x00" + frame[:3], frame[3:] + frame[:5], frame[5:]):
            wire.writer.write(piece)
            await wire.writer.drain()
        assert [await wire.frame() for _ in range(2)] == [(1, CLOSED), (1, CLOSED)]


async def test_a_request_with_a_wrong_checksum_and_an_unknown_unit_get_silence(estate: Estate) -> None:
    async with raw(estate) as wire:
        wire.writer.write(b"\x01" + READ_BREAKER + b"\x00\x00")
        wire.ask(99, READ_BREAKER)
        wire.ask(1, READ_BREAKER)
        assert await wire.frame() == (1, CLOSED)


@pytest.mark.parametrize("fault", ["silence", "dead_unit"])
async def test_faults_of_silence(estate: Estate, fault: str) -> None:
    fault_id = estate.faults.add("incomer-2", fault).id
    async with raw(estate) as wire:
        wire.ask(1, READ_BREAKER)
        wire.ask(2, READ_BREAKER)
        assert (await wire.frame())[0] == 2
        estate.faults.clear(id=fault_id)
        wire.ask(1, READ_BREAKER)
        assert await wire.frame() == (1, CLOSED)


@pytest.mark.parametrize(
    ("fault", "answers"),
    [
        ("wrong_unit", [(2, CLOSED)]),
        ("duplicate", [(1, CLOSED), (1, CLOSED)]),
        ("wrong_length", [(1, b"\x03\x00")]),
        ("exception", [(1, b"\x83\x04")]),
        ("busy", [(1, b"\x83\x06")]),
        ("slow", [(1, CLOSED)]),
    ],
)
async def test_faults_of_the_answer(estate: Estate, fault: str, answers: list[tuple[int, bytes]]) -> None:
    estate.faults.add("incomer-2", fault, {"delay": 0.1} if fault == "slow" else {})
    async with raw(estate) as wire:
        wire.ask(1, READ_BREAKER)
        assert [await wire.frame() for _ in answers] == answers


async def test_fault_wrong_checksum(estate: Estate) -> None:
    estate.faults.add("incomer-2", "wrong_checksum")
    async with raw(estate) as wire:
        wire.ask(1, READ_BREAKER)
        frame = await wire.reader.readexactly(7)
        assert frame[:5] == b"\x01" + CLOSED
        assert frame != sealed(frame[:-2])


async def test_fault_garbage_fits_no_checksum(estate: Estate) -> None:
    estate.faults.add("incomer-2", "garbage")
    async with raw(estate) as wire:
        wire.ask(1, READ_BREAKER)
        frame = await wire.reader.readexactly(7)
        assert frame[:5] != b"\x01" + CLOSED
        assert frame != sealed(frame[:-2])


async def test_fault_half_open_is_one_of_a_serial_servers_connection_and_not_of_a_line(estate: Estate) -> None:
    with pytest.raises(FaultRefused, match="which is on modbus_rtu"):
        estate.faults.add(LINE, "half_open")
    estate.faults.add(SERVER, "half_open")
    async with raw(estate) as wire:
        wire.ask(1, READ_BREAKER)
        estate.faults.clear()
        async with raw(estate) as fresh:
            fresh.ask(1, READ_BREAKER)
            assert await fresh.frame() == (1, CLOSED)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(wire.frame(), 0.1)


async def test_fault_late_answer_comes_after_the_next_one(estate: Estate) -> None:
    estate.faults.add("incomer-2", "late_answer", {"delay": 0.1})
    async with raw(estate) as wire:
        wire.ask(1, READ_BREAKER)
        wire.ask(2, READ_BREAKER)
        assert [(await wire.frame())[0] for _ in range(2)] == [2, 1]


def test_a_serial_line_has_no_transaction_and_tcp_no_checksum(serial: Site) -> None:
    faults = Estate(serial, SystemClock()).faults
    with pytest.raises(FaultRefused, match="cannot happen to incomer-1, which is on modbus_rtu"):
        faults.add("incomer-1", "wrong_transaction")
    with pytest.raises(FaultRefused, match="cannot happen to pumps-1"):
        faults.add("pumps-1", "wrong_checksum")


async def test_fault_disconnect_pulls_the_line_out_until_it_is_over(estate: Estate) -> None:
    device = Path(device_of(estate))
    estate.faults.add(LINE, "disconnect")
    line = os.open(device, os.O_RDWR | os.O_NOCTTY)
    os.write(line, sealed(b"\x01" + READ_BREAKER))
    await eventually(lambda: not device.is_symlink(), "the device is gone")
    os.close(line)
    estate.faults.clear(LINE)
    await eventually(device.exists, "the device is back")
    assert os.readlink(device).startswith("/dev/pts/")


async def test_the_device_is_there_while_the_estate_is(serial: Site) -> None:
    estate = Estate(serial, SystemClock())
    device = Path(device_of(estate))
    os.mkdir(device.parent)
    os.symlink("/dev/pts/9999", device)  # left by simulators that were killed
    await estate.start()
    assert os.readlink(device) != "/dev/pts/9999"
    await estate.stop()
    with pytest.raises(FileNotFoundError):
        os.readlink(device)


@pytest.mark.parametrize("where", ["/dev/ttyS0", "/dev/no-such-line", "file", "link"])
async def test_what_may_be_a_real_device_is_not_touched(serial: Site, tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    (tmp_path / "link").symlink_to("/dev/ttyS0")
    device = str(tmp_path / where)
    links = {LINE: replace(serial.links[LINE], serial=SerialLine(device))}
    estate = Estate(replace(serial, links=links, assets={}), SystemClock())
    with pytest.raises(FileExistsError, match="do not touch"):
        await estate.start()
    await estate.stop()
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"
    assert os.readlink(tmp_path / "link") == "/dev/ttyS0"
