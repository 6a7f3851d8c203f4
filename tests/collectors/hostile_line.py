"""A serial line that does what it is told: every way in which units, adapters and noise can answer an RTU request wrongly.

`truth` of hostile_server is the oracle. A behaviour is a function (line, ask) → [(seconds after the request, bytes), …].
The line is served in memory (simulated time), behind a pseudo-terminal, or over TCP.
"""

import asyncio
import contextlib
import os
import random
import struct
import tty
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from facility.domain.serial_line import SerialLine
from tests.collectors.hostile_server import Ask, truth
from tests.harness.ports import free_port

Pieces = list[tuple[float, bytes]]
Behaviour = Callable[["HostileLine", Ask], Pieces]
Choice = Callable[[Ask], Behaviour]


@cache
def sealed(body: bytes) -> bytes:
    """A frame: the body and its CRC-16, worked out bit by bit."""
    crc = 0xFFFF
    for byte in body:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xA001 if crc & 1 else 0)
    return body + struct.pack("<H", crc)


def answer(ask: Ask, payload: bytes, *, unit: int | None = None, function: int | None = None) -> bytes:
    """A frame with this payload and a byte count that fits it."""
    head = bytes((ask.unit if unit is None else unit, ask.function if function is None else function, len(payload)))
    return sealed(head + payload)


def true_answer(ask: Ask) -> bytes:
    """The right frame."""
    return answer(ask, truth(ask.unit, ask.function, ask.address, ask.count))


def right(line: "HostileLine", ask: Ask) -> Pieces:
    """The true answer."""
    return [(0.0, true_answer(ask))]


def crumbs(line: "HostileLine", ask: Ask) -> Pieces:
    """The true answer in pieces."""
    frame = true_answer(ask)
    middle = line.random.randrange(1, len(frame))
    return [(0.0, frame[:middle]), (0.002, frame[middle:])]


def noise_before(line: "HostileLine", ask: Ask) -> Pieces:
    """Some bytes of noise, then the true answer."""
    return [(0.0, line.random.choice([b"\x00", b"\xff", line.random.randbytes(4)]) + true_answer(ask))]


def noise_behind(line: "HostileLine", ask: Ask) -> Pieces:
    """The true answer and a byte of noise."""
    return [(0.0, true_answer(ask) + b"\x00")]


def echo(line: "HostileLine", ask: Ask) -> Pieces:
    """Our own request comes back first, as half-duplex adapters do it."""
    return [(0.0, request_frame(ask)), (0.001, true_answer(ask))]


def echo_in_pieces(line: "HostileLine", ask: Ask) -> Pieces:
    """The echo in two pieces, the second one with the answer."""
    frame = request_frame(ask)
    cut = line.random.randrange(1, 8)
    return [(0.0, frame[:cut]), (0.001, frame[cut:] + true_answer(ask))]


def only_echo(line: "HostileLine", ask: Ask) -> Pieces:
    """The echo, and no answer."""
    return [(0.0, request_frame(ask))]


def silent(line: "HostileLine", ask: Ask) -> Pieces:
    """No answer."""
    return []


def twice(line: "HostileLine", ask: Ask) -> Pieces:
    """The true answer, two times."""
    return [(0.0, 2 * true_answer(ask))]


def again(line: "HostileLine", ask: Ask) -> Pieces:
    """The answer to the previous request once more, then the true one."""
    return [(0.0, line.last + true_answer(ask))]


def short(line: "HostileLine", ask: Ask) -> Pieces:
    """One register less than asked for, with a length and a checksum that fit."""
    payload = truth(ask.unit, ask.function, ask.address, ask.count)
    return [(0.0, answer(ask, payload[: max(1, ask.size - 2)]))]


def long(line: "HostileLine", ask: Ask) -> Pieces:
    """One register more."""
    return [(0.0, answer(ask, truth(ask.unit, ask.function, ask.address, ask.count) + b"\x12\x34"))]


def foreign_unit(line: "HostileLine", ask: Ask) -> Pieces:
    """Another unit's answer, and no other."""
    return [(0.0, answer(ask, truth(ask.unit + 1, ask.function, ask.address, ask.count), unit=ask.unit + 1))]


def foreign_unit_first(line: "HostileLine", ask: Ask) -> Pieces:
    """Another unit's late answer before the true one."""
    return [*foreign_unit(line, ask), (0.002, true_answer(ask))]


def other_function(line: "HostileLine", ask: Ask) -> Pieces:
    """Another table's answer."""
    function = 7 - ask.function if ask.function > 2 else 3 - ask.function
    return [(0.0, answer(ask, truth(ask.unit, function, ask.address, ask.count), function=function))]


def cut(line: "HostileLine", ask: Ask) -> Pieces:
    """Half of the true answer."""
    frame = true_answer(ask)
    return [(0.0, frame[: len(frame) // 2 + 2])]


def damaged(line: "HostileLine", ask: Ask) -> Pieces:
    """The true answer with some of its bits turned over."""
    frame = bytearray(true_answer(ask))
    for _ in range(line.random.randint(1, 3)):
        frame[line.random.randrange(3, len(frame) - 2)] ^= 1 << line.random.randrange(8)
    return [(0.0, bytes(frame))]


def garbage(line: "HostileLine", ask: Ask) -> Pieces:
    """Anything."""
    return [(0.0, line.random.randbytes(line.random.randint(1, 60)))]


def refused(line: "HostileLine", ask: Ask) -> Pieces:
    """Illegal data address."""
    return [(0.0, sealed(bytes((ask.unit, ask.function | 0x80, 2))))]


def late(line: "HostileLine", ask: Ask) -> Pieces:
    """The true answer, up to 1.9 timeouts after the request."""
    return [(line.timeout * line.random.uniform(1.0, 1.9), true_answer(ask))]


def late_refusal(line: "HostileLine", ask: Ask) -> Pieces:
    """A refusal, up to 1.9 timeouts after the request."""
    return [(line.timeout * line.random.uniform(1.0, 1.9), refused(line, ask)[0][1])]


def very_late(line: "HostileLine", ask: Ask) -> Pieces:
    """The true answer when nobody can know any more what it answers."""
    line.stale.add(true_answer(ask))
    return [(line.timeout * line.random.uniform(2.5, 6.0), true_answer(ask))]


def request_frame(ask: Ask) -> bytes:
    """The request as it was sent."""
    return sealed(struct.pack(">BBHH", ask.unit, ask.function, ask.address, ask.count))


@dataclass
class HostileLine:
    """The far end of a line; `choose` picks a behaviour for each request. `stale`: answers that came too late to tell.

    `timeout`: seconds, of the requests; behaviours are late by multiples of it.
    """

    choose: Choice
    settings: SerialLine = field(default_factory=lambda: SerialLine(baud=115200))
    seed: int = 7
    timeout: float = 0.05
    asked: list[Ask] = field(default_factory=list)
    stale: set[bytes] = field(default_factory=set)
    last: bytes = b""

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self._received = b""
        self._later: set[asyncio.TimerHandle] = set()

    def received(self, data: bytes, send: Callable[[bytes], None]) -> None:
        """Bytes from the master; `send` puts bytes on the line."""
        self._received += data
        while len(self._received) >= 8:
            frame, self._received = self._received[:8], self._received[8:]
            assert sealed(frame[:-2]) == frame, frame
            ask = Ask(0, *struct.unpack(">BBHH", frame[:-2]))
            self.asked.append(ask)
            loop = asyncio.get_running_loop()
            for delay, piece in self.choose(ask)(self, ask):
                took = self.settings.seconds(8 + len(piece))
                self._later.add(loop.call_later(delay + took, send, piece))
            self.last = true_answer(ask)

    def forget(self) -> None:
        """Nothing more comes."""
        for timer in self._later:
            timer.cancel()
        self._later.clear()
        self._received = b""


class MemoryPort:
    """A `Port` straight into a hostile line."""

    def __init__(self, line: HostileLine) -> None:
        self._line = line
        self._heard: Callable[[bytes], None] | None = None

    async def open(self, heard: Callable[[bytes], None], lost: Callable[[str], None]) -> None:
        self._heard = heard

    def send(self, frame: bytes) -> None:
        self._line.received(frame, self._deliver)

    def close(self) -> None:
        self._heard = None

    def _deliver(self, data: bytes) -> None:
        if self._heard is not None:
            self._heard(data)


class PtyLine:
    """A hostile line behind a pseudo-terminal; `device` is its path while it is plugged in."""

    def __init__(self, line: HostileLine) -> None:
        self.line = line
        self.device = ""
        self._ends: tuple[int, int] | None = None

    def plug(self) -> None:
        """Make the device."""
        self._ends = master, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(master, False)
        self.device = os.ttyname(slave)
        asyncio.get_running_loop().add_reader(master, self._read)

    def unplug(self) -> None:
        """Take it away."""
        if self._ends is not None:
            asyncio.get_running_loop().remove_reader(self._ends[0])
            for end in self._ends:
                os.close(end)
            self._ends = None
        self.line.forget()

    async def __aenter__(self) -> "PtyLine":
        self.plug()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.unplug()

    def _read(self) -> None:
        assert self._ends is not None
        with contextlib.suppress(BlockingIOError):
            self.line.received(os.read(self._ends[0], 4096), self._send)

    def _send(self, data: bytes) -> None:
        if self._ends is not None:
            os.write(self._ends[0], data)


class TcpLine:
    """A hostile line behind a serial server on `port`."""

    def __init__(self, line: HostileLine) -> None:
        self.line = line
        self.port = free_port()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> "TcpLine":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._open):
            writer.transport.abort()
        self.line.forget()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        with contextlib.suppress(ConnectionError), contextlib.closing(writer):
            while data := await reader.read(4096):
                self.line.received(data, writer.write)
        self._open.discard(writer)
