"""Where masters find the simulated wires: a TCP port, or a pseudo-terminal in place of a serial port."""

import asyncio
import contextlib
import errno
import logging
import os
import tty
from pathlib import Path
from typing import Protocol

from facility.domain.serial_line import SerialLine
from simulators.conversation import Conversation
from simulators.modbus import Answering

log = logging.getLogger(__name__)

_CHUNK = 4096
_PSEUDO = "/dev/pts/"
_MEND_EVERY = 0.2  # s between two looks whether an unplugged line may come back


class Server(Protocol):
    """Serves one wire until stopped."""

    wire: Answering

    async def start(self) -> None:
        """Be there for masters; OSError when the place is taken."""
        ...

    async def stop(self) -> None:
        """Hang up."""
        ...


class Connection(asyncio.Protocol):
    """One master's TCP connection."""

    def __init__(self, wire: Answering, open_ones: set["Connection"]) -> None:
        self._wire = wire
        self._open_ones = open_ones
        self._conversation = Conversation(wire, self._send, self.close)
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._open_ones.add(self)
        if self._wire.refuses_connections:
            self.close()
        elif self._wire.deaf:
            self._conversation.end()

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the loop."""
        self._open_ones.discard(self)
        self._transport = None
        self._conversation.end()

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        self._conversation.received(data)

    def close(self) -> None:
        """Hang up at once."""
        self._conversation.end()
        if self._transport is not None:
            self._transport.abort()

    def _send(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)


class TcpServer:
    """Modbus TCP, or the serial server of an RTU line."""

    def __init__(self, wire: Answering, host: str) -> None:
        self.wire = wire
        self._host = host
        self._server: asyncio.Server | None = None
        self._connections: set[Connection] = set()

    async def start(self) -> None:
        """Listen; OSError when the port is taken."""
        loop = asyncio.get_running_loop()
        port = self.wire.link.port
        self._server = await loop.create_server(lambda: Connection(self.wire, self._connections), self._host, port)
        frames = "RTU over TCP" if self.wire.link.kind.is_serial else "Modbus TCP"
        log.info("link %s: %s on %s:%d, units %s", self.wire.link.id, frames, self._host, port, self.wire.numbers)

    async def stop(self) -> None:
        """Stop listening and hang up."""
        if self._server is not None:
            self._server.close()
            for connection in list(self._connections):
                connection.close()
            await self._server.wait_closed()


class LineServer:
    """A pseudo-terminal, with the link's device as a symbolic link to it. Never touches a real device."""

    def __init__(self, wire: Answering, line: SerialLine) -> None:
        self.wire = wire
        self._device = Path(line.device)
        self._ends: tuple[int, int] | None = None
        self._conversation: Conversation | None = None
        self._mending: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Make the pseudo-terminal; FileExistsError when something else stands at the device's path."""
        _refuse_real_devices(self.wire.link.id, self._device)
        self._device.parent.mkdir(parents=True, exist_ok=True)
        self._plug()
        line = self.wire.link.serial
        log.info("link %s: RTU %s on %s, units %s", self.wire.link.id, line, self._device, self.wire.numbers)

    async def stop(self) -> None:
        """Take it away."""
        if self._mending is not None:
            self._mending.cancel()
        self._unplug()

    def _plug(self) -> None:
        self._ends = master, slave = os.openpty()  # the other end stays open, so that masters may come and go
        tty.setraw(slave)
        os.set_blocking(master, False)
        name = os.ttyname(slave)
        with contextlib.suppress(FileNotFoundError):
            self._device.unlink()  # a link to a pseudo-terminal: everything else was refused
        self._device.symlink_to(name)
        self._conversation = Conversation(self.wire, self._send, self._hang_up)
        asyncio.get_running_loop().add_reader(master, self._read, self._conversation)

    def _unplug(self) -> None:
        if self._ends is None or self._conversation is None:
            return
        master, slave = self._ends
        self._ends = None
        self._conversation.end()
        asyncio.get_running_loop().remove_reader(master)
        if self._device.is_symlink() and os.readlink(self._device) == os.ttyname(slave):
            self._device.unlink()
        os.close(master)
        os.close(slave)

    def _read(self, conversation: Conversation) -> None:
        assert self._ends is not None
        with contextlib.suppress(BlockingIOError):
            conversation.received(os.read(self._ends[0], _CHUNK))

    def _send(self, data: bytes) -> None:
        if self._ends is not None:
            with contextlib.suppress(BlockingIOError):  # nobody reads: it would be lost on a line too
                os.write(self._ends[0], data)

    def _hang_up(self) -> None:
        """The adapter is pulled out, until the fault is over."""
        self._unplug()
        if self.wire.refuses_connections:
            self._mending = asyncio.get_running_loop().call_later(_MEND_EVERY, self._hang_up)
        else:
            self._plug()


def _refuse_real_devices(link: str, device: Path) -> None:
    ours = device.is_symlink() and os.readlink(device).startswith(_PSEUDO)  # left by simulators that were killed
    if Path("/dev") in device.parents or (os.path.lexists(device) and not ours):
        what = (
            f"link {link}: the simulators do not touch {device}: it may be a real device. They make a pseudo-terminal at a path "
            "outside /dev where nothing is; write `device: ${LINE:-/dev/…}` in the site file and set LINE for them"
        )
        raise FileExistsError(errno.EEXIST, what)
