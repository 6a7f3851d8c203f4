"""TCP under the Modbus wires: making the connection, and the port that a serial server opens to its line."""

import asyncio
import os
from collections.abc import Callable
from typing import cast

from collectors.port import nobody
from collectors.wire import WireLost

CONNECT_TIMEOUT = 5.0  # seconds


async def connect(protocol: asyncio.Protocol, host: str, port: int) -> None:
    """Connect the protocol; WireLost says why not."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT):
            await loop.create_connection(lambda: protocol, host, port)
    except TimeoutError:
        raise WireLost(f"no connection within {CONNECT_TIMEOUT:g} s") from None
    except OSError as error:
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise WireLost(why) from None


class TcpPort(asyncio.Protocol):
    """A `Port` to a serial server that carries bytes as they are."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._transport: asyncio.Transport | None = None
        self._heard: Callable[[bytes], None] = nobody
        self._lost: Callable[[str], None] = nobody

    async def open(self, heard: Callable[[bytes], None], lost: Callable[[str], None]) -> None:
        """Connect; WireLost says why not."""
        self._heard, self._lost = heard, lost
        await connect(self, self._host, self._port)

    def send(self, frame: bytes) -> None:
        """Hand a frame to the server."""
        if self._transport is not None:
            self._transport.write(frame)

    def close(self) -> None:
        """Hang up at once."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()

    # What the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Bytes from the line."""
        self._heard(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The server hung up, or the network did."""
        self._transport = None
        self._lost(str(exc) if exc else "closed by the other side")
