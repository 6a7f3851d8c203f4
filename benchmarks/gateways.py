"""Gateways for the benchmark: a process of its own that answers Modbus reads as fast as it can, on several ports.

`python -m benchmarks.gateways COUNT [--delay 0.02] [--dead 7]` prints the ports as JSON, then a line for each
connection that is made, and serves until its standard input ends. A line `answers` there asks how many were given so far:
`answers N`. A line `[port, unit, first, [words]]` on standard input holds registers of one unit at these words; an empty list lets go.
"""

import argparse
import asyncio
import json
import sys
from collections import deque
from struct import Struct
from typing import cast

import uvloop

_ASK = Struct(">HHHBBHH")
_HEAD = Struct(">HHHBBB")
_GOLDEN = 0.6180339887  # its multiples never come close to each other: every value moves further than any deadband
_PAYLOADS = [Struct(">62f").pack(*(50 + 50 * ((turn * _GOLDEN + i / 62) % 1) for i in range(62))) for turn in range(64)]


class Gateway:
    """Every register of every unit exists and keeps changing: float32 values of 50 to 100."""

    def __init__(self, delay: float, dead: int) -> None:
        self.delay, self.dead = delay, dead
        self.held: dict[int, tuple[int, bytes]] = {}  # unit: byte offset, bytes
        self._turn = 0
        self.answers = 0  # given

    def answer(self, transaction: int, unit: int, function: int, address: int, count: int) -> bytes:
        """The answer to one request."""
        self.answers += 1
        self._turn = (self._turn + 1) % len(_PAYLOADS)
        payload = _PAYLOADS[self._turn][: 2 * count]
        if unit in self.held:
            at, held = self.held[unit]
            at -= 2 * address
            if 0 <= at <= len(payload) - len(held):
                payload = payload[:at] + held + payload[at + len(held) :]
        return _HEAD.pack(transaction, 0, 3 + 2 * count, unit, function, 2 * count) + payload


class Connection(asyncio.Protocol):
    """One connection: one answer after the other."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._rest = b""
        self._later: deque[bytes] = deque()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        sys.stdout.write("connected\n")
        sys.stdout.flush()

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        while len(data) >= _ASK.size:
            transaction, _, _, unit, function, address, count = _ASK.unpack_from(data)
            data = data[_ASK.size :]
            if unit != self._gateway.dead:
                self._give(self._gateway.answer(transaction, unit, function, address, count))
        self._rest = data

    def _give(self, answer: bytes) -> None:
        if not self._gateway.delay:
            self._transport.write(answer)
            return
        self._later.append(answer)
        if len(self._later) == 1:
            self._wait()

    def _wait(self) -> None:
        asyncio.get_running_loop().call_later(self._gateway.delay, self._send)

    def _send(self) -> None:
        answer = self._later.popleft()
        if not self._transport.is_closing():
            self._transport.write(answer)
        if self._later:
            self._wait()


async def serve(count: int, delay: float, dead: int) -> None:
    """Serve on `count` free ports until standard input ends."""
    loop = asyncio.get_running_loop()
    all_of_them: dict[int, Gateway] = {}
    for _ in range(count):
        gateway = Gateway(delay, dead)
        server = await loop.create_server(lambda gateway=gateway: Connection(gateway), "127.0.0.1", 0)  # type: ignore[misc]
        all_of_them[server.sockets[0].getsockname()[1]] = gateway
    sys.stdout.write(json.dumps(list(all_of_them)) + "\n")
    sys.stdout.flush()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        if line == "answers\n":
            sys.stdout.write(f"answers {sum(gateway.answers for gateway in all_of_them.values())}\n")
            sys.stdout.flush()
            continue
        port, unit, first, words = json.loads(line)
        held = b"".join(word.to_bytes(2, "big") for word in words)
        if held:
            all_of_them[port].held[unit] = 2 * first, held
        else:
            all_of_them[port].held.pop(unit, None)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("count", type=int)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--dead", type=int, default=0)
    options = parser.parse_args()
    uvloop.run(serve(options.count, options.delay, options.dead))
