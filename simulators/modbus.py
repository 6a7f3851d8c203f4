"""Modbus TCP from the devices' side: one server a link, one unit an asset, reading functions only, faults included."""

import asyncio
import logging
import struct
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from facility.domain.asset import Asset, Link
from facility.domain.profile import Table
from simulators.encode import Image
from simulators.faults import Faults, WireFault
from simulators.readout import Readout

log = logging.getLogger(__name__)

HEADER = struct.Struct(">HHHB")  # transaction, protocol (0), bytes that follow, unit
ASK = struct.Struct(">BHH")  # function, first address, count
TABLES = {table.function: table for table in Table}
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE, DEVICE_FAILURE, TARGET_SILENT = 1, 2, 3, 4, 0x0B
MOST_WORDS, MOST_BITS = 125, 2000  # of the Modbus specification; a profile may say less
SLOW, LATE = 0.4, 1.5  # default delays in seconds: inside and beyond a usual timeout


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back: bytes (empty: nothing) after a delay; `blocks`: later requests wait for it; `hang_up`: close."""

    data: bytes
    delay: float = 0.0
    blocks: bool = False
    hang_up: bool = False


class Unit:
    """One device behind the link."""

    def __init__(self, asset: Asset, readout: Readout) -> None:
        self.asset = asset
        self._readout = readout
        self._image = Image(asset.profile)
        self._seen: tuple[int, int] | None = None

    def image(self) -> Image:
        """Its registers now."""
        version = self._readout.version
        if version != self._seen:
            self._image.fill(self._readout.values(self.asset))
            self._seen = version
        return self._image

    def answer(self, pdu: bytes, refusal: WireFault | None) -> bytes:
        """The answer to a request, as a correct device gives it; `refusal` makes it answer with an exception."""
        function = pdu[0]
        table = TABLES.get(function)
        if table is None or len(pdu) != ASK.size:
            return bytes((function | 0x80, ILLEGAL_FUNCTION if table is None else ILLEGAL_VALUE))
        _, address, count = ASK.unpack(pdu)
        image = self.image()
        most = min(MOST_BITS, image.limits.max_bits) if table.of_bits else min(MOST_WORDS, image.limits.max_registers)
        if not 1 <= count <= most:
            return bytes((function | 0x80, ILLEGAL_VALUE))
        if not image.covers(table, address, count):
            return bytes((function | 0x80, ILLEGAL_ADDRESS))
        if refusal is not None and _hits(refusal, image, table, address, count):
            return bytes((function | 0x80, int(refusal.number("code", DEVICE_FAILURE)) & 0xFF))
        cells = image.read(table, address, count)
        data = _packed_bits(cells) if table.of_bits else struct.pack(f">{count}H", *cells)
        return bytes((function, len(data))) + data


class Wire:
    """One link: turns requests into replies. No socket here."""

    def __init__(self, link: Link, assets: list[Asset], readout: Readout, faults: Faults) -> None:
        self.link = link
        self.units: Mapping[int, Unit] = {asset.unit: Unit(asset, readout) for asset in assets}
        self._faults = faults
        self.requests = 0
        self.exceptions = 0

    @property
    def refuses_connections(self) -> bool:
        """The gateway hangs up on everybody."""
        return "disconnect" in self._faults.on(self.link.id)

    def reply(self, transaction: int, number: int, pdu: bytes) -> Reply:
        """The reply to one request."""
        self.requests += 1
        unit = self.units.get(number)
        faults = self._faults.on(self.link.id, unit.asset.id) if unit else self._faults.on(self.link.id)
        if "disconnect" in faults:
            return Reply(b"", hang_up=True)
        if "dead_unit" in faults:
            return Reply(b"", faults["dead_unit"].number("blocks", 0.0), blocks=True)
        if "silence" in faults:
            return Reply(b"")
        if unit is None:
            self.exceptions += 1
            return Reply(_frame(transaction, number, bytes((pdu[0] | 0x80, TARGET_SILENT))))
        answer = unit.answer(pdu, faults.get("exception"))
        self.exceptions += answer[0] >> 7
        return _spoilt(transaction, number, answer, faults)

    def counted(self) -> dict[str, float]:
        """Its Prometheus series."""
        label = f'{{link="{self.link.id}"}}'
        return {
            f"facility_simulator_requests_total{label}": float(self.requests),
            f"facility_simulator_exceptions_total{label}": float(self.exceptions),
        }


class Connection(asyncio.Protocol):
    """One master's connection: cuts the stream into requests and sends replies, in order while one of them blocks."""

    def __init__(self, wire: Wire, open_ones: set["Connection"]) -> None:
        self._wire = wire
        self._open_ones = open_ones
        self._buffer = bytearray()
        self._waiting: deque[tuple[int, int, bytes]] = deque()
        self._blocked = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._open_ones.add(self)
        if self._wire.refuses_connections:
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the loop."""
        self._open_ones.discard(self)
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        self._buffer += data
        while len(self._buffer) >= HEADER.size:
            transaction, protocol, length, unit = HEADER.unpack_from(self._buffer)
            if protocol != 0 or not 2 <= length <= 254:
                self.close()  # not Modbus: there is no way to find the next frame
                return
            end = 6 + length
            if len(self._buffer) < end:
                return
            self._waiting.append((transaction, unit, bytes(self._buffer[HEADER.size : end])))
            del self._buffer[:end]
        self._serve()

    def close(self) -> None:
        """Hang up at once."""
        if self._transport is not None:
            self._transport.abort()

    def _serve(self) -> None:
        while self._waiting and not self._blocked and self._transport is not None:
            reply = self._wire.reply(*self._waiting.popleft())
            if reply.hang_up:
                self.close()
            elif reply.delay <= 0.0:
                self._transport.write(reply.data)
            else:
                self._blocked = reply.blocks
                asyncio.get_running_loop().call_later(reply.delay, self._send_later, reply)

    def _send_later(self, reply: Reply) -> None:
        if self._transport is not None:
            self._transport.write(reply.data)
        if reply.blocks:
            self._blocked = False
            self._serve()


class ModbusServer:
    """Serves one wire on an address until closed."""

    def __init__(self, wire: Wire, host: str) -> None:
        self.wire = wire
        self._host = host
        self._server: asyncio.Server | None = None
        self._connections: set[Connection] = set()

    async def start(self) -> None:
        """Listen; OSError when the port is taken."""
        loop = asyncio.get_running_loop()
        port = self.wire.link.port
        self._server = await loop.create_server(lambda: Connection(self.wire, self._connections), self._host, port)
        units = ", ".join(str(number) for number in sorted(self.wire.units))
        log.info("link %s: Modbus TCP on %s:%d, units %s", self.wire.link.id, self._host, port, units)

    async def stop(self) -> None:
        """Stop listening and hang up."""
        if self._server is not None:
            self._server.close()
            for connection in list(self._connections):
                connection.close()
            await self._server.wait_closed()


def _hits(refusal: WireFault, image: Image, table: Table, address: int, count: int) -> bool:
    point = refusal.parameters.get("point")
    if point is None:
        return True
    register = image.where(str(point))
    if register is None or register.table is not table:
        return False
    return register.address < address + count and address < register.address + register.type.words


def _spoilt(transaction: int, unit: int, answer: bytes, faults: Mapping[str, WireFault]) -> Reply:
    if "wrong_length" in faults and not answer[0] & 0x80:
        missing = 2 * int(faults["wrong_length"].number("missing", 1))
        data = answer[2 : max(2, len(answer) - missing)]
        answer = bytes((answer[0], len(data))) + data
    if "wrong_transaction" in faults:
        transaction = (transaction + 1) & 0xFFFF
    if "wrong_unit" in faults:
        unit = (unit + 1) & 0xFF
    frame = _frame(transaction, unit, answer)
    if "duplicate" in faults:
        frame += frame
    if "late_answer" in faults:
        return Reply(frame, faults["late_answer"].number("delay", LATE))
    if "slow" in faults:
        return Reply(frame, faults["slow"].number("delay", SLOW), blocks=True)
    return Reply(frame)


def _frame(transaction: int, unit: int, pdu: bytes) -> bytes:
    return HEADER.pack(transaction, 0, len(pdu) + 1, unit) + pdu


def _packed_bits(bits: list[int]) -> bytes:
    number = sum(bit << place for place, bit in enumerate(bits))
    return number.to_bytes((len(bits) + 7) // 8, "little")
