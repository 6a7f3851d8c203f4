"""A Modbus TCP server that does what it is told: an outlet for every way in which a gateway can answer wrongly.

`truth` is the oracle: what each register of each unit holds. A behaviour is a function (server, ask) → bytes to send.
"""

import asyncio
import contextlib
import random
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from facility.domain.profile import Table
from tests.harness.ports import free_port


@dataclass(frozen=True)
class Ask:
    """One request as it came."""

    transaction: int
    unit: int
    function: int
    address: int
    count: int

    @property
    def size(self) -> int:
        """Bytes of a right payload."""
        return (self.count + 7) // 8 if self.function in (1, 2) else 2 * self.count


def truth(unit: int, function: int, address: int, count: int) -> bytes:
    """The payload of a right answer; no two registers of units, tables and addresses are likely to be equal."""
    rows = [_register(unit, function, address + i) for i in range(count)]
    if function in (1, 2):
        bits = sum((row & 1) << i for i, row in enumerate(rows))
        return bits.to_bytes((count + 7) // 8, "little")
    return struct.pack(f">{count}H", *rows)


@cache
def _register(unit: int, function: int, address: int) -> int:
    return zlib.crc32(f"{unit}/{function}/{address}".encode()) >> 8 & 0xFFFF


def frame(transaction: int, unit: int, pdu: bytes) -> bytes:
    """An answer with its header."""
    return struct.pack(">HHHB", transaction, 0, len(pdu) + 1, unit) + pdu


def payload_frame(ask: Ask, payload: bytes, *, unit: int | None = None, function: int | None = None) -> bytes:
    """An answer with this payload and a byte count that fits it."""
    pdu = bytes((ask.function if function is None else function, len(payload))) + payload
    return frame(ask.transaction, ask.unit if unit is None else unit, pdu)


def right(server: "Hostile", ask: Ask) -> bytes:
    """The true answer."""
    return payload_frame(ask, truth(ask.unit, ask.function, ask.address, ask.count))


def silent(server: "Hostile", ask: Ask) -> bytes:
    """No answer."""
    return b""


def late(server: "Hostile", ask: Ask) -> bytes:
    """The true answer, but only when the next request comes."""
    server.held += right(server, ask)
    return b""


def twice(server: "Hostile", ask: Ask) -> bytes:
    """The true answer, two times."""
    return 2 * right(server, ask)


def again(server: "Hostile", ask: Ask) -> bytes:
    """The previous answer once more, then the true one."""
    return server.last + right(server, ask)


def only_again(server: "Hostile", ask: Ask) -> bytes:
    """The previous answer once more, and nothing else."""
    return server.last


def short(server: "Hostile", ask: Ask) -> bytes:
    """One register less than asked for, with lengths that fit."""
    return payload_frame(ask, truth(ask.unit, ask.function, ask.address, ask.count)[: max(1, ask.size - 2)])


def long(server: "Hostile", ask: Ask) -> bytes:
    """One register more."""
    return payload_frame(ask, truth(ask.unit, ask.function, ask.address, ask.count) + b"\x12\x34")


def miscounted(server: "Hostile", ask: Ask) -> bytes:
    """The byte count that was asked for, over too few bytes."""
    payload = truth(ask.unit, ask.function, ask.address, ask.count)
    return frame(ask.transaction, ask.unit, bytes((ask.function, ask.size)) + payload[:-1])


def foreign_unit(server: "Hostile", ask: Ask) -> bytes:
    """Another unit's answer."""
    return payload_frame(ask, truth(ask.unit + 1, ask.function, ask.address, ask.count), unit=ask.unit + 1)


def other_function(server: "Hostile", ask: Ask) -> bytes:
    """Another table's answer."""
    function = 7 - ask.function if ask.function > 2 else 3 - ask.function
    return payload_frame(ask, truth(ask.unit, function, ask.address, ask.count), function=function)


def cut(server: "Hostile", ask: Ask) -> bytes:
    """The head of the true answer and half of its body; the rest never comes."""
    return right(server, ask)[: 9 + ask.size // 2]


def cut_then_late(server: "Hostile", ask: Ask) -> bytes:
    """Half of the true answer, continued by an old answer.

    Never by one that fills the gap to the byte: Modbus TCP has no checksum, and no client could tell.
    """
    begun = cut(server, ask)
    return begun + server.last * (len(begun) + len(server.last) != 9 + ask.size)


def garbage(server: "Hostile", ask: Ask) -> bytes:
    """Anything."""
    return server.random.randbytes(server.random.randint(1, 60))


def refused(server: "Hostile", ask: Ask) -> bytes:
    """Illegal data address."""
    return frame(ask.transaction, ask.unit, bytes((ask.function | 0x80, 2)))


def hang_up(server: "Hostile", ask: Ask) -> bytes:
    """The connection ends instead of an answer."""
    raise ConnectionResetError


def crumbs(server: "Hostile", ask: Ask) -> bytes:
    """The true answer in two segments."""
    server.crumbs = True
    return right(server, ask)


Behaviour = Callable[["Hostile", Ask], bytes]
Choice = Callable[[Ask], Behaviour]


@dataclass
class Hostile:
    """The server; `choose` picks a behaviour for each request. `asked`: all requests; `connections`: made so far."""

    choose: Choice
    port: int = field(default_factory=free_port)
    seed: int = 7
    asked: list[Ask] = field(default_factory=list)
    connections: int = 0
    held: bytes = b""
    last: bytes = b""
    crumbs: bool = False

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> "Hostile":
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Close the port and all connections; `__aenter__` opens it again."""
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.held = self.last = b""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError), contextlib.closing(writer):
            while True:
                transaction, _, _, unit, function, address, count = struct.unpack(
                    ">HHHBBHH", await reader.readexactly(12)
                )
                ask = Ask(transaction, unit, function, address, count)
                self.asked.append(ask)
                held, self.held = self.held, b""
                answer = held + self.choose(ask)(self, ask)
                await self._send(writer, answer)
                self.last = right(self, ask)

    async def _send(self, writer: asyncio.StreamWriter, answer: bytes) -> None:
        if self.crumbs:
            self.crumbs = False
            middle = self.random.randrange(1, len(answer))
            writer.write(answer[:middle])
            await writer.drain()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            answer = answer[middle:]
        writer.write(answer)


def always(behaviour: Behaviour) -> Choice:
    """The same behaviour for every request."""
    return lambda ask: behaviour


def table_of(function: int) -> Table:
    """The table that a function reads."""
    return next(table for table in Table if table.function == function)
