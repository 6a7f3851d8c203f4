"""Routes: which message means which points, for the assets of a broker: their topics, their availability, their edge nodes."""

from collections.abc import Callable, Iterator

from collectors.intake import Intake
from collectors.presence import Presence
from collectors.sparkplug import EdgeNode, Member, filters, parse_topic
from collectors.state import Block
from collectors.topic import Topic, field_of
from collectors.track import Track
from facility.domain.asset import Asset
from facility.domain.mqtt import Format
from facility.domain.profile import Point

MakeSink = Callable[[Asset, tuple[Point, ...]], Block]
MakeTopic = Callable[[Asset, str, tuple[Point, ...], Block], Topic]
"""Asset, name of the topic in the profile, its points and their sink."""


def plain_topic(asset: Asset, name: str, points: tuple[Point, ...], block: Block) -> Topic:
    """A topic that remembers nothing of before our start."""
    return Topic(asset, points, block, asset.profile.stream(name))


class Routes:
    """Topics and edge nodes (by group/node) of some assets of one broker. `node` makes an edge node."""

    def __init__(self, node: Callable[[str], EdgeNode], topic: MakeTopic = plain_topic) -> None:
        self.sinks: dict[str, list[Topic | Presence]] = {}
        self.nodes: dict[str, EdgeNode] = {}
        self._make_node, self._make_topic = node, topic

    def add(self, asset: Asset, track: Track, sink: MakeSink) -> None:
        """All that an asset is told by."""
        for name, points in by_topic(asset).items():
            block = sink(asset, points)
            if asset.profile.stream(name).format is Format.SPARKPLUG:
                node, device = edge_of(asset)
                if node not in self.nodes:
                    self.nodes[node] = self._make_node(node)
                self.nodes[node].members[device] = Member(track, points, block)
            else:
                self._at(asset.topic(asset.profile.topics[name])).append(self._make_topic(asset, name, points, block))
        if asset.profile.availability is not None:
            self._at(asset.topic(asset.profile.availability.topic)).append(Presence(track, asset.profile.availability))

    @property
    def filters(self) -> set[str]:
        """Topic filters to subscribe to."""
        return {*self.sinks, *(topic for node in self.nodes for topic in filters(*node.split("/")))}

    def take(self, topic: str, payload: bytes, received: int, *, retained: bool) -> None:
        """Hand a message on, received at a Unix time in ns."""
        for sink in self.sinks.get(topic, ()):
            sink.take(payload, received, retained=retained)
        found = parse_topic(topic) if self.nodes else None
        if found is not None and found[0] in self.nodes:
            node, kind, device = found
            self.nodes[node].take(kind, device, payload, received)

    def topics(self) -> Iterator[Topic]:
        """Without the availability topics."""
        return (sink for group in self.sinks.values() for sink in group if isinstance(sink, Topic))

    def presences(self) -> Iterator[Presence]:
        """The availability topics."""
        return (sink for group in self.sinks.values() for sink in group if isinstance(sink, Presence))

    def streams(self) -> list[Topic | EdgeNode]:
        """Whatever has a sequence."""
        return [*self.topics(), *self.nodes.values()]

    def intakes(self) -> list[Intake]:
        """Whatever takes samples in."""
        of_nodes = [member.intake for node in self.nodes.values() for member in node.members.values()]
        return [*(topic.intake for topic in self.topics()), *of_nodes]

    def _at(self, topic: str) -> list[Topic | Presence]:
        return self.sinks.setdefault(topic, [])


def by_topic(asset: Asset) -> dict[str, tuple[Point, ...]]:
    """The asset's points by the name of their topic."""
    topics: dict[str, list[Point]] = {}
    for point in asset.profile.points.values():
        topics.setdefault(field_of(point).topic, []).append(point)
    return {topic: tuple(points) for topic, points in topics.items()}


def edge_of(asset: Asset) -> tuple[str, str]:
    """Edge node (group/node) and device ("": the node itself) of an asset that speaks Sparkplug."""
    group, node, *device = asset.prefix.split("/")
    return f"{group}/{node}", "/".join(device)
