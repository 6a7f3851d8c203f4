"""MQTT assets: topics from the profile's templates, readings from the payloads, acknowledged after the disk has them."""

import asyncio
import logging
from collections.abc import Mapping, Sequence

from collectors.moment import SECOND, nanoseconds
from collectors.monitor import Monitor
from collectors.outflow import Outflow
from collectors.payload import Garbage, Missing, compile_path, find, parse, source_time, value_of
from collectors.source_time import believable
from collectors.state import Block
from facility.bus import Message, Subscriber
from facility.domain.asset import Asset, Link
from facility.domain.profile import JsonField, Point
from facility.domain.reading import BadReason, Value
from facility.ports import Clock

log = logging.getLogger(__name__)


class Topic:
    """One topic of one asset: its points, read from each message."""

    def __init__(self, asset: Asset, points: Sequence[Point], block: Block) -> None:
        self._asset, self._block = asset, block
        self._points = [(point, _field(point), compile_path(_field(point).path)) for point in points]
        self._times = [compile_path(path) for path in sorted({field.time_path for _, field, _ in self._points} - {""})]
        self._plain = any(field.path == "$" and field.type in ("text", "enum") for _, field, _ in self._points)
        events = any(field.type == "text" for _, field, _ in self._points)  # a topic that brings texts brings events
        self._events = range(len(self._points)) if events else ()
        self._patience = min(3 * point.every for point, _, _ in self._points).total_seconds() * SECOND
        self._unreadable = False
        self.garbage = self.wrong_times = self.late = self.retained = 0

    def take(self, payload: bytes, received: int, *, retained: bool) -> None:
        """A message, received at a Unix time in ns."""
        self.retained += retained
        try:
            document = parse(payload, plain=self._plain)
            values, reasons = self._read(document)
        except Garbage as error:
            self._refuse(str(error), received, retained=retained)
            return
        if self._unreadable:
            log.info("%s: its messages can be read again", self._asset.id)
            self._unreadable = False
        source = self._source(document, received)
        if source is None and retained:
            self._block.show_retained(values)  # of an unknown age
            return
        self._store(values, reasons, source, received, retained=retained)

    def _store(
        self,
        values: list[Value | None],
        reasons: list[BadReason | None],
        source: int | None,
        received: int,
        *,
        retained: bool,
    ) -> None:
        block = self._block
        if source is None:
            block.update(values, reasons, received, always=self._events)
            return
        read = [i for i, reason in enumerate(reasons) if reason is not None]
        newest = max(block.time_of(i) for i in read)
        if source < newest:
            self.late += 1
            block.late(values, source)
        elif source > newest or any(values[i] != block.value_of(i) for i in read):
            unseen = retained or received - source > self._patience or source <= block.judged
            block.update(values, reasons, source, retained=unseen, always=self._events)

    def _read(self, document: object) -> tuple[list[Value | None], list[BadReason | None]]:
        """Values and reasons; a reason of None: the message says nothing of this point. Garbage: it says nothing at all."""
        values: list[Value | None] = []
        reasons: list[BadReason | None] = []
        for point, field, path in self._points:
            try:
                value, reason = value_of(find(document, path), point, field)
            except Missing:
                values.append(None)
                reasons.append(None)
                continue
            values.append(value)
            reasons.append(reason)
        if all(reason is None for reason in reasons):
            raise Garbage("none of the expected fields")
        return values, reasons

    def _source(self, document: object, received: int) -> int | None:
        """The source time; None when there is none, or none that can be believed."""
        for path in self._times:
            try:
                at = source_time(find(document, path))
            except Missing:
                continue
            at = believable(at, received)
            self.wrong_times += at is None
            return at
        return None

    def _refuse(self, why: str, received: int, *, retained: bool) -> None:
        self.garbage += 1
        if not self._unreadable:
            log.warning("%s: a message cannot be read: %s", self._asset.id, why)
            self._unreadable = True
        if not retained:
            self._block.failed(BadReason.BAD_PAYLOAD, received)


class MqttLink:
    """A broker and the assets on it. `run` until cancelled, then `close`; `metrics` at any time."""

    def __init__(
        self, link: Link, assets: Sequence[Asset], site: str, monitor: Monitor, outflow: Outflow, clock: Clock
    ) -> None:
        self._link, self._outflow, self._clock = link, outflow, clock
        self._topics: dict[str, list[Topic]] = {}
        for asset in assets:
            for topic, points in _topics(asset).items():
                sink = Topic(asset, points, monitor.sink(asset, points))
                self._topics.setdefault(topic, []).append(sink)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._subscriber = Subscriber(link, f"facility-{site}-{link.id}", self._topics, self._deliver)
        self._started = False
        self._messages = 0

    async def run(self) -> None:
        """Receive until cancelled; what the broker holds back meanwhile comes after `run` again."""
        self._loop = asyncio.get_running_loop()
        if not self._started:
            self._subscriber.start()
            self._started = True
        await asyncio.Event().wait()

    def close(self) -> None:
        """Disconnect, once the last acknowledgements were given."""
        if self._started:
            self._subscriber.close()

    def metrics(self) -> Mapping[str, float]:
        """Complete series of this link."""
        topics = [topic for group in self._topics.values() for topic in group]
        label = f'{{link="{self._link.id}"}}'
        return {
            f"facility_bus_connected{label}": self._subscriber.subscribed,
            f"facility_bus_connects_total{label}": self._subscriber.connections,
            f"facility_bus_messages_total{label}": self._messages,
            f"facility_bus_garbage_total{label}": sum(topic.garbage for topic in topics),
            f"facility_bus_wrong_times_total{label}": sum(topic.wrong_times for topic in topics),
            f"facility_bus_late_total{label}": sum(topic.late for topic in topics),
            f"facility_bus_retained_total{label}": sum(topic.retained for topic in topics),
        }

    def _deliver(self, message: Message) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._take, message)

    def _take(self, message: Message) -> None:
        self._messages += 1
        received = nanoseconds(self._clock.now())
        for topic in self._topics.get(message.topic, ()):
            try:
                topic.take(message.payload, received, retained=message.retained)
            except Exception:
                log.exception("a message of %s could not be taken in; it is left out", message.topic)
        if message.qos:  # others want none, and no window of the broker bounds them
            self._outflow.acknowledgements.append(message.acknowledge)
            self._outflow.wake()


def _topics(asset: Asset) -> dict[str, tuple[Point, ...]]:
    """The asset's points by their topic."""
    topics: dict[str, list[Point]] = {}
    for point in asset.profile.points.values():
        if isinstance(point.read, JsonField):
            template = asset.profile.topics[point.read.topic]
            topics.setdefault(template.replace("{prefix}", asset.prefix), []).append(point)
    return {topic: tuple(points) for topic, points in topics.items()}


def _field(point: Point) -> JsonField:
    assert isinstance(point.read, JsonField)
    return point.read
