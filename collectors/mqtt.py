"""MQTT assets: topics from the profile's templates, readings from the payloads, acknowledged after the disk has them."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from collectors.births import Births
from collectors.device_time import worst
from collectors.monitor import Monitor
from collectors.outflow import Outflow
from collectors.routes import Routes, plain_topic
from collectors.sparkplug import EdgeNode
from collectors.stamps import Stamps
from collectors.state import Block
from collectors.topic import Topic
from facility.bus import Message, Subscriber
from facility.domain.asset import Asset, Link
from facility.domain.moment import nanoseconds
from facility.domain.profile import Point
from facility.ports import Clock

log = logging.getLogger(__name__)

TURN = 100  # messages at a stretch; then the loop's other work has its turn
INBOX = 10_000  # messages that wait for the loop; more of QoS 0 are shed, of QoS 1 the broker's window bounds them
SETTLE = 1.0  # seconds between two looks for messages that never came


class MqttLink:
    """A broker and the assets on it. `run` until cancelled, then `close`; `metrics` at any time."""

    def __init__(
        self,
        link: Link,
        assets: Sequence[Asset],
        site: str,
        monitor: Monitor,
        outflow: Outflow,
        clock: Clock,
        births: Births | None = None,
        stamps: Stamps | None = None,
        heard: Callable[[Message], None] | None = None,
    ) -> None:
        self._heard = heard  # a tap, when the traffic is recorded
        self._link, self._monitor, self._outflow, self._clock = link, monitor, outflow, clock
        self._births, self._stamps = births, stamps
        self._routes = Routes(self._node, self._topic)
        self._before_acknowledging: list[Callable[[], None]] = []
        for asset in assets:
            self._routes.add(asset, monitor.tracks[asset.id], monitor.sink)
        self._assets = [monitor.tracks[asset.id] for asset in assets]
        self._loop: asyncio.AbstractEventLoop | None = None
        name = f"facility-{site}-{link.id}"
        self._subscriber = Subscriber(link, name, self._routes.filters, self._deliver, self._afresh)
        self._started = self._called = False
        self._inbox: deque[Message | None] = deque()
        self._messages = self._shed = 0

    async def run(self) -> None:
        """Receive until cancelled; what the broker holds back meanwhile comes after `run` again."""
        self._loop = asyncio.get_running_loop()
        if not self._started:
            self._subscriber.start()
            self._started = True
        while True:
            await asyncio.sleep(SETTLE)
            now = nanoseconds(self._clock.now())
            for stream in self._routes.streams():
                stream.settle(now)
            for intake in self._routes.intakes():
                intake.time.tell(self._link.id, intake.block.asset)

    def close(self) -> None:
        """Disconnect, once the last acknowledgements were given."""
        if self._started:
            self._subscriber.close()

    def metrics(self) -> Mapping[str, float]:
        """Complete series of this link."""
        nodes, intakes = list(self._routes.nodes.values()), self._routes.intakes()
        numbers = [stream.numbers for stream in self._routes.streams()]
        garbage = sum(one.garbage for one in (*self._routes.streams(), *self._routes.presences()))
        figures: dict[str, float] = {
            "connected": self._subscriber.subscribed,
            "connects_total": self._subscriber.connections,
            "messages_total": self._messages,
            "inbox": len(self._inbox),
            "shed_total": self._shed,
            "garbage_total": garbage,
            "wrong_times_total": sum(intake.wrong_times for intake in intakes),
            "late_total": sum(intake.late for intake in intakes),
            "retained_total": sum(intake.retained for intake in intakes),
            "repeated_total": sum(one.repeated for one in numbers),
            "missing_total": sum(one.missing for one in numbers),
            "sequence_restarts_total": sum(one.restarts for one in numbers),
            "said_gone": sum(track.view.freshness.gone for track in self._assets),
            "before_birth_total": sum(node.before_birth for node in nodes),
            "unresolved_total": sum(node.unresolved for node in nodes),
        }
        offset = worst(intake.time for intake in intakes)
        if offset is not None:
            figures["time_offset_seconds"] = round(offset, 3)
        return {f'facility_bus_{name}{{link="{self._link.id}"}}': float(n) for name, n in figures.items()}

    def _topic(self, asset: Asset, name: str, points: tuple[Point, ...], block: Block) -> Topic:
        stream = asset.profile.stream(name)
        if not stream.sequence or self._stamps is None:
            return plain_topic(asset, name, points, block)
        own = f"{self._link.id}/{asset.id}/{name}"
        return Topic(asset, points, block, stream, self._stamps.of(own), partial(self._stamps.add, own))

    def _node(self, id: str) -> EdgeNode:
        node = EdgeNode(id, partial(self._store_birth, id), partial(self._end_birth, id))
        if self._births is not None:
            node.restore(self._births.of(self._link.id, id))
        return node

    def _store_birth(self, node: str, device: str, payload: bytes) -> None:
        if self._births is not None:
            self._before_acknowledging.append(partial(self._births.put, self._link.id, node, device, payload))

    def _end_birth(self, node: str, device: str) -> None:
        if self._births is not None:
            self._before_acknowledging.append(partial(self._births.end, self._link.id, node, device))

    def _deliver(self, message: Message | None) -> None:
        """From the adapter's thread into the loop, which is woken once for all that wait. None: a session was lost."""
        if message is not None and not message.qos and len(self._inbox) >= INBOX:
            self._shed += 1
            return
        self._inbox.append(message)
        if self._loop is not None and not self._called:
            self._called = True
            self._loop.call_soon_threadsafe(self._take_waiting)

    def _afresh(self) -> None:
        """The broker does not know our session: births may have been missed."""
        self._deliver(None)

    def _take_waiting(self) -> None:
        self._called = False
        for _ in range(min(len(self._inbox), TURN)):
            message = self._inbox.popleft()
            if message is None:
                self._forget_births()
            else:
                self._take(message)
        if self._inbox and self._loop is not None:
            self._called = True
            self._loop.call_soon(self._take_waiting)

    def _forget_births(self) -> None:
        for node in self._routes.nodes.values():
            node.forget()
        if self._births is not None:
            self._outflow.acknowledgements.append(partial(self._births.end, self._link.id))

    def _take(self, message: Message) -> None:
        self._messages += 1
        if self._heard is not None:
            self._heard(message)
        received = nanoseconds(self._clock.now())
        try:
            self._routes.take(message.topic, message.payload, received, retained=message.retained)
        except Exception:
            log.exception("a message of %s could not be taken in; it is left out", message.topic)
        self._outflow.acknowledgements.extend(self._before_acknowledging)
        if message.qos:  # others want none, and no window of the broker bounds them
            self._outflow.acknowledgements.append(message.acknowledge)
        if message.qos or self._before_acknowledging:
            self._outflow.wake()
        self._before_acknowledging.clear()
