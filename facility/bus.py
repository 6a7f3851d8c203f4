"""The one MQTT adapter (3.1.1): a subscriber that acknowledges after the work is durable, and a publisher.

The subscriber keeps its session (fixed client id, clean_session=False) and acknowledges QoS 1 by hand, so that the broker
gives a message again until `Message.acknowledge` was called. paho runs in its own thread; `deliver` is called there.
"""

import asyncio
import logging
import math
import ssl
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import aiomqtt
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from facility.domain.asset import Link
from facility.domain.errors import FacilityError

log = logging.getLogger(__name__)

KEEPALIVE = 20  # seconds
BACK_OFF = (1, 15)  # first and longest wait between two attempts to connect, in seconds
SEND_WITHIN = 10.0  # seconds for one publication
READ_WITHIN = 30.0  # seconds for everything that a broker keeps


class BrokerLost(FacilityError):
    """No connection to the broker, or none any more."""

    def __init__(self, link: Link, why: object) -> None:
        super().__init__(f"{link.id}: no broker at {link.host}:{link.port} ({why})")


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it came. `acknowledge` may be called from any thread, once the content is safe."""

    topic: str
    payload: bytes
    retained: bool
    qos: int
    acknowledge: Callable[[], None]


class Publish(Protocol):
    """Publishes one message; returns when the broker has it (QoS 1)."""

    def __call__(self, topic: str, payload: bytes, qos: int = 1, retain: bool = False) -> Awaitable[None]: ...


class Subscriber:
    """Subscribes with QoS 1 and stays connected until `close`; loss and return are logged once each.

    `afresh` is called on a connection whose session the broker does not know: what came meanwhile was not kept.
    """

    def __init__(
        self,
        link: Link,
        client_id: str,
        topics: Collection[str],
        deliver: Callable[[Message], None],
        afresh: Callable[[], None] = lambda: None,
    ) -> None:
        self._link, self._topics, self._deliver, self._afresh = link, sorted(topics), deliver, afresh
        self.connected = False  # the broker took us
        self.subscribed = False  # and our topics
        self.connections = 0  # made since the start
        self._lost_said = False
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=False,
            protocol=MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
        )
        if link.username:
            self._client.username_pw_set(link.username, _password(link.password_file))
        if link.tls:
            self._client.tls_set_context(_context(link.ca_file))
        self._client.reconnect_delay_set(*BACK_OFF)
        self._client.on_connect = self._on_connect
        self._client.on_connect_fail = lambda client, userdata: self._say_lost("no connection")
        self._client.on_disconnect = self._on_disconnect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message

    def start(self) -> None:
        """Connect in the background, now and whenever the connection is lost."""
        self._client.connect_async(self._link.host, self._link.port, KEEPALIVE)
        self._client.loop_start()

    def close(self) -> None:
        """Disconnect; the broker keeps the session and what comes meanwhile."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(
        self, client: Client, userdata: object, flags: ConnectFlags, code: ReasonCode, properties: Properties | None
    ) -> None:
        if code.is_failure:
            self._say_lost(f"the broker refuses us: {code}")
            return
        self.connected = True
        self.connections += 1
        if not flags.session_present:
            self._afresh()
        client.subscribe([(topic, 1) for topic in self._topics])
        if self._lost_said or self.connections > 1:
            log.info("%s: connected to the broker again", self._link.id)
        self._lost_said = False

    def _on_disconnect(
        self, client: Client, userdata: object, flags: DisconnectFlags, code: ReasonCode, properties: Properties | None
    ) -> None:
        self.connected = self.subscribed = False
        if code.is_failure:
            self._say_lost(str(code))

    def _on_subscribe(
        self, client: Client, userdata: object, mid: int, codes: list[ReasonCode], properties: Properties | None
    ) -> None:
        refused = [topic for topic, code in zip(self._topics, codes, strict=False) if code.is_failure]
        if refused:
            log.error("%s: the broker refuses %s; let our user read it", self._link.id, ", ".join(refused))
        self.subscribed = not refused

    def _on_message(self, client: Client, userdata: object, message: MQTTMessage) -> None:
        connection = self.connections

        def acknowledge() -> None:
            if message.qos and connection == self.connections:  # a new connection gives it again under its own number
                client.ack(message.mid, message.qos)

        self._deliver(Message(message.topic, bytes(message.payload), bool(message.retain), message.qos, acknowledge))

    def _say_lost(self, why: str) -> None:
        if not self._lost_said:
            log.error(
                "%s: no broker at %s:%d (%s); it is tried again", self._link.id, self._link.host, self._link.port, why
            )
        self._lost_said = True


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker publishes when the connection breaks without a goodbye."""

    topic: str
    payload: bytes
    retain: bool = True


@asynccontextmanager
async def publisher(link: Link, client_id: str, will: Will | None = None) -> AsyncIterator[Publish]:
    """A connection that publishes; BrokerLost when there is none or it breaks."""
    client = _client(link, client_id, will)

    async def publish(topic: str, payload: bytes, qos: int = 1, retain: bool = False) -> None:
        try:
            async with _bounded():
                await client.publish(topic, payload, qos=qos, retain=retain)
        except aiomqtt.MqttError as error:
            raise BrokerLost(link, error) from error

    try:
        async with _connected(client):
            yield publish
    except aiomqtt.MqttError as error:
        raise BrokerLost(link, error) from error


async def retained(link: Link, client_id: str, filters: Collection[str], marker: str) -> dict[str, bytes]:
    """What the broker keeps under these filters, by topic; BrokerLost.

    `marker` is a topic that we may write and read: what was kept has arrived when our own message on it comes back.
    """
    kept: dict[str, bytes] = {}
    token = uuid.uuid4().hex.encode()
    try:
        async with asyncio.timeout(READ_WITHIN), _connected(_client(link, client_id)) as client:
            await client.subscribe([(topic, 1) for topic in (*filters, marker)])
            await client.publish(marker, token, qos=1)
            async for message in client.messages:
                payload = bytes(message.payload) if isinstance(message.payload, bytes | bytearray) else b""
                if message.topic.value == marker and payload == token:
                    break
                if message.retain and payload:
                    kept[message.topic.value] = payload
    except TimeoutError:
        raise BrokerLost(link, f"{marker} does not come back within {READ_WITHIN:g} s") from None
    except aiomqtt.MqttError as error:
        raise BrokerLost(link, error) from error
    return kept


@asynccontextmanager
async def listener(link: Link, client_id: str, topics: Collection[str]) -> AsyncIterator[AsyncIterator[Message]]:
    """Messages on these topics for as long as the block lasts, without a session that stays; BrokerLost."""
    client = _client(link, client_id)

    async def messages() -> AsyncIterator[Message]:
        async for message in client.messages:
            payload = message.payload if isinstance(message.payload, bytes | bytearray) else b""
            yield Message(str(message.topic), bytes(payload), bool(message.retain), message.qos, lambda: None)

    try:
        async with _connected(client):
            codes = await client.subscribe([(topic, 0) for topic in sorted(topics)])
            if refused := [topic for topic, code in zip(sorted(topics), codes, strict=False) if _refused(code)]:
                raise BrokerLost(link, f"the broker refuses {', '.join(refused)}; let our user read it")
            yield messages()
    except aiomqtt.MqttError as error:
        raise BrokerLost(link, error) from error


def _refused(code: object) -> bool:
    return code.is_failure if isinstance(code, ReasonCode) else code == 0x80


@asynccontextmanager
async def _connected(client: aiomqtt.Client) -> AsyncIterator[aiomqtt.Client]:
    """`async with client`, each way within SEND_WITHIN; MqttError."""
    async with _bounded():
        await client.__aenter__()
    try:
        yield client
    finally:
        async with _bounded():
            await client.__aexit__(None, None, None)


@asynccontextmanager
async def _bounded() -> AsyncIterator[None]:
    """SEND_WITHIN, or MqttError. aiomqtt's own limit is asyncio.wait_for, which on Python 3.11 may swallow a cancellation."""
    try:
        async with asyncio.timeout(SEND_WITHIN):
            yield
    except TimeoutError:
        raise aiomqtt.MqttError(f"no answer within {SEND_WITHIN:g} s") from None


def _client(link: Link, client_id: str, will: Will | None = None) -> aiomqtt.Client:
    return aiomqtt.Client(
        link.host,
        link.port,
        username=link.username or None,
        password=_password(link.password_file) if link.username else None,
        identifier=client_id,
        protocol=aiomqtt.ProtocolVersion.V311,
        tls_context=_context(link.ca_file) if link.tls else None,
        timeout=math.inf,
        will=aiomqtt.Will(will.topic, will.payload, qos=1, retain=will.retain) if will else None,
    )


def _password(file: Path | None) -> str | None:
    return file.read_text(encoding="utf-8").strip() if file else None


def _context(ca_file: Path | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
