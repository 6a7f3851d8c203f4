"""The Wire contract on a real pymodbus server: our client and pymodbus' own, adapted here, must say the same."""

import socket
from collections.abc import AsyncIterator

import pytest
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from collectors.modbus import ModbusTcp
from collectors.wire import DeviceRefused, Request, Wire, WireLost
from facility.domain.profile import Table
from tests.harness.ports import free_port

BITS = [i % 3 == 0 for i in range(64)]
HOLDING = [(i * 7919 + 13) % 65536 for i in range(130)]
INPUT = [(i * 104729 + 5) % 65536 for i in range(130)]


class PymodbusWire:
    """pymodbus as a Wire: the reference of the contract, not a part of the product."""

    def __init__(self, host: str, port: int) -> None:
        self.strays = 0
        self._client = AsyncModbusTcpClient(host, port=port, retries=0, reconnect_delay=0)

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


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A pymodbus server with one device (unit 5) and a device 0 that holds nothing."""
    number = free_port()
    devices = [
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
    server = ModbusTcpServer(devices, address=("127.0.0.1", number))
    await server.serve_forever(background=True)
    yield number
    await server.shutdown()


@pytest.fixture(params=[ModbusTcp, PymodbusWire], ids=["ours", "pymodbus"])
async def wire(request: pytest.FixtureRequest, port: int) -> AsyncIterator[Wire]:
    made: Wire = request.param("127.0.0.1", port)
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
