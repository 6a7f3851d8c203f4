"""Hearing: what the collectors' own decoding makes of the messages of one asset, and why a point has no value yet."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from collectors.edge_hearing import EdgeHearing, KnownBirths, no_births
from collectors.lines import Lines
from collectors.routes import Routes, edge_of
from collectors.sparkplug import EdgeNode, parse_topic
from collectors.state import Block
from collectors.topic import Topic, field_of
from collectors.track import track
from facility.bus import Message
from facility.domain.asset import Asset
from facility.domain.moment import moment
from facility.domain.mqtt import Format
from facility.domain.profile import JsonField, Point
from facility.domain.reading import BadReason
from facility.domain.state import PointState

LONGEST_SHOWN = 200  # characters of a payload


@dataclass(frozen=True, slots=True)
class Heard:
    """The message that brought what is known of a point. `raw`: the payload, or the metric alone; `ms` since the start."""

    topic: str
    raw: str
    retained: bool
    ms: float
    received: datetime


class Hearing:
    """One asset of a broker."""

    def __init__(self, asset: Asset, births: KnownBirths = no_births) -> None:
        self._asset, self._births = asset, births
        self._track = track(replace(asset, rules={}), time.time_ns())
        self._routes = Routes(self._node)
        self._routes.add(asset, self._track, self._sink)
        self._edge: EdgeHearing | None = None
        if self._routes.nodes:
            node, device = edge_of(asset)
            self._edge = EdgeHearing(self._routes.nodes[node], device)
        self._topics: set[str] = set()  # that brought a message
        self._brought: dict[str, Heard] = {}

    @property
    def filters(self) -> set[str]:
        """Topic filters to subscribe to."""
        return self._routes.filters

    def awaits(self, point: str) -> bool:
        """Nothing has told this point yet: no message of its topic, no metric of its own."""
        if self._edge is None or not self._is_metric(point):
            return self.topic_of(point) not in self._topics
        if self._edge.lacks(self._field(point).metric):
            return False
        state = self._states().get(point)
        return state is None or state.reason is BadReason.COMM_LOST

    def take(self, message: Message, ms: float) -> str:
        """A message, some ms after the start; what it says, in short."""
        received, before = time.time_ns(), self._states()
        # A topic's last word is shown for what it is worth, unless its device is known to be gone since.
        gone = message.retained and self._track.view.freshness.gone
        self._routes.take(message.topic, message.payload, received, retained=gone)
        said, raws = message.payload.decode("utf-8", "replace"), dict[str, str]()
        found = parse_topic(message.topic)
        if self._edge is not None and found is not None:
            said, raws = self._edge.take(found[1], found[2], message.payload, received)
        self._topics.add(message.topic)
        after = self._states()
        for name, point in self._asset.profile.points.items():
            if after.get(name) != before.get(name) or self.topic_of(name) == message.topic:
                raw = raws.get(field_of(point).metric, said)[:LONGEST_SHOWN]
                self._brought[name] = Heard(message.topic, raw, message.retained, ms, moment(received))
        return said[:LONGEST_SHOWN]

    def brought(self, point: str) -> Heard | None:
        """The message that told what is known of the point."""
        return self._brought.get(point)

    def outcome(self, point: str, within: float) -> tuple[PointState | None, str]:
        """What is known of a point after so many seconds, and what kept us from its value ("": the device answered)."""
        state = self._states().get(point)
        refused = next((topic.refused for topic in self._topics_of(point) if topic.refused), "")
        if refused:
            return state, f"the message cannot be read: {refused}"
        if state is None:
            return None, self._why_silent(point, within)
        return state, self._why_lost(point) if state.reason is BadReason.COMM_LOST else ""

    def topic_of(self, point: str) -> str:
        """The point's topic; of a metric: its edge node or device."""
        return self._asset.topic(self._asset.profile.topics[self._field(point).topic])

    def _why_silent(self, point: str, within: float) -> str:
        if self._edge is not None and self._is_metric(point):
            return self._edge.why_silent(self._field(point).metric, within)
        if self.topic_of(point) not in self._topics:
            return f"no message on {self.topic_of(point)} within {within:g} s"
        if self._track.view.freshness.gone:
            return self._why_lost(point)
        return f"the message has nothing at {self._field(point).path}"

    def _why_lost(self, point: str) -> str:
        if self._edge is not None and self._is_metric(point):
            return self._edge.why_lost
        availability = self._asset.profile.availability
        return f'"{availability.offline}" on {self._asset.topic(availability.topic)}' if availability else "it is gone"

    def _states(self) -> dict[str, PointState]:
        return {name: state for block in self._track.blocks for name, state in block.states()}

    def _topics_of(self, point: str) -> Iterator[Topic]:
        return (sink for sink in self._routes.sinks.get(self.topic_of(point), ()) if isinstance(sink, Topic))

    def _is_metric(self, point: str) -> bool:
        return self._asset.profile.stream(self._field(point).topic).format is Format.SPARKPLUG

    def _field(self, point: str) -> JsonField:
        return field_of(self._asset.profile.points[point])

    def _node(self, id: str) -> EdgeNode:
        node = EdgeNode(id, lambda device, data: None, lambda device: None)
        node.restore(dict(self._births(id)))
        return node

    def _sink(self, asset: Asset, points: tuple[Point, ...]) -> Block:
        return Block(self._track, points, Lines("read", asset, points), lambda line: None, lambda run, kind, at: None)
