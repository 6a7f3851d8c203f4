"""The demo's MQTT broker inside the simulators' process: loopback only, anonymous, keeps nothing for absent sessions."""

import asyncio
import logging

from amqtt.broker import Broker  # type: ignore[import-untyped]  # ships no types

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
PATIENCE = 3.0  # seconds for the broker's own shutdown
SETTLING = 0.05  # seconds in which a connection that the listener had taken already arrives, and is cut


class _Broker(Broker):  # type: ignore[misc]  # ships no types
    """amqtt that can be cut off: its own shutdown forgets a connection that is just being made, and lets it live on."""

    def __init__(self, port: int) -> None:
        super().__init__(
            {
                "listeners": {"default": {"type": "tcp", "bind": f"{LOOPBACK}:{port}", "max_connections": 200}},
                "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
            }
        )
        self._streams: set[asyncio.StreamWriter] = set()
        self._cut = False

    async def stream_connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener_name: str
    ) -> None:
        """Called by the listener; returns when the connection ends."""
        if self._cut:
            writer.transport.abort()
            return
        self._streams.add(writer)
        try:
            await super().stream_connected(reader, writer, listener_name)
        finally:
            self._streams.discard(writer)
            if not writer.transport.is_closing():
                writer.transport.abort()  # it does not always close what it has done with

    def cut(self) -> None:
        """Hang up on everybody, now and from now on."""
        self._cut = True
        for writer in self._streams:
            writer.transport.abort()
        for server in self._servers.values():
            if server.instance is not None:
                server.instance.close()


class _Deaf(asyncio.Protocol):
    """A connection of which the other side knows nothing."""

    def __init__(self, known: set[asyncio.Transport]) -> None:
        self._known = known
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._known.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the loop."""
        if self._transport is not None:
            self._known.discard(self._transport)


class EmbeddedBroker:
    """amqtt on 127.0.0.1; may be stopped and started again (broker loss)."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._broker: _Broker | None = None
        self._deaf: asyncio.Server | None = None
        self._forgotten: set[asyncio.Transport] = set()

    @property
    def running(self) -> bool:
        """It takes connections."""
        return self._broker is not None

    async def start(self) -> None:
        """Listen; OSError or BrokerError when the port is taken."""
        if self._broker is not None:
            return
        self._hear_again()
        broker = _Broker(self.port)
        await broker.start()
        self._broker = broker
        log.info("embedded MQTT broker on %s:%d (demo only)", LOOPBACK, self.port)

    @property
    def deaf(self) -> bool:
        """It takes connections and never says a word."""
        return self._deaf is not None

    async def go_deaf(self) -> None:
        """Hang up on everybody, then take connections without ever answering on them; they are reset when it hears again."""
        await self.stop()
        loop = asyncio.get_running_loop()
        self._deaf = await loop.create_server(lambda: _Deaf(self._forgotten), LOOPBACK, self.port)

    def _hear_again(self) -> None:
        if self._deaf is not None:
            self._deaf.close()
            self._deaf = None
        for transport in list(self._forgotten):
            transport.abort()

    async def stop(self) -> None:
        """Hang up on everybody; retained messages are forgotten. Its own shutdown may hang or be cancelled from inside."""
        self._hear_again()
        broker, self._broker = self._broker, None
        if broker is None:
            return
        shutdown = asyncio.ensure_future(broker.shutdown())
        await asyncio.wait({shutdown}, timeout=PATIENCE)
        shutdown.cancel()
        await asyncio.gather(shutdown, return_exceptions=True)
        broker.cut()
        await asyncio.sleep(SETTLING)
