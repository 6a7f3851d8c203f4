"""Gateways for the benchmark: a process of its own that answers Modbus reads as fast as it can, on several ports.

`python -m benchmarks.gateways COUNT` prints the ports as JSON and serves until its standard input ends.
"""

import asyncio
import json
import random
import sys
from struct import Struct
from typing import cast

import uvloop

_ASK = Struct(">HHHBBHH")
_HEAD = Struct(">HHHBBB")
_PAYLOADS = [Struct(">125H").pack(*(random.Random(i).choices(range(0x4248, 0x42C8), k=125))) for i in range(64)]


class Gateway(asyncio.Protocol):
    """One connection; every register of every unit exists and keeps changing: float32 values of 50 to 100."""

    def __init__(self) -> None:
        self._rest = b""
        self._turn = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        while len(data) >= _ASK.size:
            transaction, _, _, unit, function, _, count = _ASK.unpack_from(data)
            data = data[_ASK.size :]
            self._turn = (self._turn + 1) % len(_PAYLOADS)
            head = _HEAD.pack(transaction, 0, 3 + 2 * count, unit, function, 2 * count)
            self._transport.write(head + _PAYLOADS[self._turn][: 2 * count])
        self._rest = data


async def serve(count: int) -> None:
    """Serve on `count` free ports until standard input ends."""
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(Gateway, "127.0.0.1", 0) for _ in range(count)]
    sys.stdout.write(json.dumps([server.sockets[0].getsockname()[1] for server in servers]) + "\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
