"""The Wire contract on real pymodbus servers: our clients and pymodbus' own, adapted here, must say the same.

Over Modbus TCP, RTU on a serial line (two pseudo-terminals with a null modem between them), and RTU over TCP.
"""

import asyncio
import os
import socket
import tty
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.framer import FramerType
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from collectors.modbus import ModbusTcp
from collectors.rtu import Rtu
from collectors.serial_port import SerialPort
from collectors.tcp import TcpPort
from collectors.wire import DeviceRefused, Request, Wire, WireLost
from facility.domain.profile import Table
from facility.domain.serial_line import SerialLine
from tests.harness.ports import free_port

BITS = [i % 3 == 0 for i in range(64)]
HOLDING = [(i * 7919 + 13) % 65536 for i in range(130)]
FAST = SerialLine(baud=115200)
INPUT = [(i * 104729 + 5) % 65536 for i in range(130)]


Client = AsyncModbusTcpClient | AsyncModbusSerialClient


class PymodbusWire:
    """pymodbus as a Wire: the reference of the contract, not a part of the product."""

    def __init__(self, client: Client) -> None:
        self.strays = 0
        self._client = client

    @property
    def connected(self) -> bool:
        return bool(self._client.connected)

    async def connect(self) -> None:
        if not await self._client.connect():
            raise WireLost("not connected")

    async def read(self, request: Request) -> bytes:
        if not self.connected:
            raise WireLost("not connected")
        call = {
            Table.COIL: self._client.read_coils,
            Table.DISCRETE: self._client.read_discrete_inputs,
            Table.HOLDING: self._client.read_holding_registers,
            Table.INPUT: self._client.read_input_registers,
        }[request.table]
        answer = await call(request.address, count=request.count, device_id=request.unit)
        if answer.isError():
            raise DeviceRefused(answer.exception_code)
        if request.table.of_bits:
            return sum(bit << i for i, bit in enumerate(answer.bits[: request.count])).to_bytes(request.size, "little")
        return b"".join(word.to_bytes(2, "big") for word in answer.registers)

    def close(self) -> None:
        self._client.close()


def devices() -> list[SimDevice]:
    """One device, unit 5."""
    return [
        SimDevice(
            5,
            (
                [SimData(0, values=BITS, datatype=DataType.BITS)],
                [SimData(0, values=[not bit for bit in BITS], datatype=DataType.BITS)],
                [SimData(0, values=HOLDING, datatype=DataType.REGISTERS)],
                [SimData(0, values=INPUT, datatype=DataType.REGISTERS)],
            ),
        ),
    ]


@asynccontextmanager
async def tcp_server(framer: FramerType) -> AsyncIterator[int]:
    """A pymodbus server on a port of the loopback."""
    number = free_port()
    server = ModbusTcpServer(devices(), address=("127.0.0.1", number), framer=framer)
    await server.serve_forever(background=True)
    try:
        yield number
    finally:
        await server.shutdown()


@asynccontextmanager
async def null_modem() -> AsyncIterator[tuple[str, str]]:
    """Two serial ports; what goes into one comes out of the other."""
    loop = asyncio.get_running_loop()
    (here, near), (there, far) = os.openpty(), os.openpty()
    for end in (near, far):
        tty.setraw(end)
    loop.add_reader(here, lambda: os.write(there, os.read(here, 4096)))
    loop.add_reader(there, lambda: os.write(here, os.read(there, 4096)))
    try:
        yield os.ttyname(near), os.ttyname(far)
    finally:
        for master in (here, there):
            loop.remove_reader(master)
        for end in (here, near, there, far):
            os.close(end)


@asynccontextmanager
async def serial_server() -> AsyncIterator[str]:
    """A pymodbus server at the far end of a serial line; the device of the near end."""
    async with null_modem() as (near, far):
        server = ModbusSerialServer(devices(), framer=FramerType.RTU, port=far, baudrate=115200)
        await server.serve_forever(background=True)
        try:
            yield near
        finally:
            await server.shutdown()


@asynccontextmanager
async def over_tcp(ours: bool) -> AsyncIterator[Wire]:
    async with tcp_server(FramerType.SOCKET) as port:
        theirs = AsyncModbusTcpClient("127.0.0.1", port=port, retries=0, reconnect_delay=0)
        yield ModbusTcp("127.0.0.1", port) if ours else PymodbusWire(theirs)


@asynccontextmanager
async def over_rtu_tcp(ours: bool) -> AsyncIterator[Wire]:
    async with tcp_server(FramerType.RTU) as port:
        theirs = AsyncModbusTcpClient("127.0.0.1", port=port, framer=FramerType.RTU, retries=0, reconnect_delay=0)
        yield Rtu(TcpPort("127.0.0.1", port), FAST) if ours else PymodbusWire(theirs)


@asynccontextmanager
async def over_line(ours: bool) -> AsyncIterator[Wire]:
    async with serial_server() as device:
        theirs = AsyncModbusSerialClient(device, baudrate=115200, retries=0, reconnect_delay=0)
        yield Rtu(SerialPort(replace(FAST, device=device)), FAST) if ours else PymodbusWire(theirs)


@pytest.fixture(
    params=[(over, ours) for over in (over_tcp, over_rtu_tcp, over_line) for ours in (True, False)],
    ids=lambda param: f"{param[0].__name__}-{'ours' if param[1] else 'pymodbus'}",
)
async def wire(request: pytest.FixtureRequest) -> AsyncIterator[Wire]:
    over, ours = request.param
    async with over(ours) as made:
        await made.connect()
        yield made
        made.close()


@pytest.mark.parametrize(("address", "count"), [(0, 1), (0, 125), (3, 2), (5, 125), (129, 1)])
async def test_words(wire: Wire, address: int, count: int) -> None:
    for table, words in ((Table.HOLDING, HOLDING), (Table.INPUT, INPUT)):
        payload = await wire.read(Request(5, table, address, count))
        assert payload == b"".join(word.to_bytes(2, "big") for word in words[address : address + count])


@pytest.mark.parametrize(("address", "count"), [(0, 1), (0, 64), (0, 9), (1, 8), (3, 20)])
async def test_bits(wire: Wire, address: int, count: int) -> None:
    coils = await wire.read(Request(5, Table.COIL, address, count))
    discrete = await wire.read(Request(5, Table.DISCRETE, address, count))
    wanted = sum(bit << i for i, bit in enumerate(BITS[address : address + count]))
    mask = (1 << count) - 1
    assert int.from_bytes(coils, "little") & mask == wanted
    assert int.from_bytes(discrete, "little") & mask == ~wanted & mask
    assert len(coils) == len(discrete) == (count + 7) // 8


async def test_a_register_that_does_not_exist_is_refused_and_the_connection_stays(wire: Wire) -> None:
    with pytest.raises(DeviceRefused) as refused:
        await wire.read(Request(5, Table.HOLDING, 120, 20))
    assert refused.value.code == 2
    assert wire.connected
    assert await wire.read(Request(5, Table.HOLDING, 0, 1)) == HOLDING[0].to_bytes(2, "big")


async def test_after_closing_the_wire_is_lost(wire: Wire) -> None:
    wire.close()
    with pytest.raises(WireLost):
        await wire.read(Request(5, Table.HOLDING, 0, 1))


async def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        wire = ModbusTcp("127.0.0.1", taken.getsockname()[1])
        with pytest.raises(WireLost):
            await wire.connect()
