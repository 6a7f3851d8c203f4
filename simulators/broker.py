"""The demo's MQTT broker inside the simulators' process: loopback only, anonymous, keeps nothing for absent sessions."""

import asyncio
import logging

from amqtt.broker import Broker  # type: ignore[import-untyped]  # ships no types

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
PATIENCE = 3.0  # seconds for the broker's own shutdown


class EmbeddedBroker:
    """amqtt on 127.0.0.1; may be stopped and started again (broker loss)."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._broker: Broker | None = None

    @property
    def running(self) -> bool:
        """It takes connections."""
        return self._broker is not None

    async def start(self) -> None:
        """Listen; OSError or BrokerError when the port is taken."""
        if self._broker is not None:
            return
        broker = Broker(
            {
                "listeners": {"default": {"type": "tcp", "bind": f"{LOOPBACK}:{self.port}", "max_connections": 200}},
                "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
            }
        )
        await broker.start()
        self._broker = broker
        log.info("embedded MQTT broker on %s:%d (demo only)", LOOPBACK, self.port)

    async def stop(self) -> None:
        """Hang up on everybody; retained messages are forgotten. Its own shutdown may hang or be cancelled from inside."""
        broker, self._broker = self._broker, None
        if broker is None:
            return
        shutdown = asyncio.ensure_future(broker.shutdown())
        await asyncio.wait({shutdown}, timeout=PATIENCE)
        shutdown.cancel()
        await asyncio.gather(shutdown, return_exceptions=True)
        for server in broker._servers.values():
            if server.instance is not None:
                server.instance.close()
