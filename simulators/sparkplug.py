"""Sparkplug B from the devices' side: an edge node with its devices, from birth to death.

A birth names every metric and its alias; data names the alias alone. The node's death is the will of its connection.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from facility.bus import BrokerLost, Publish, Will, publisher
from facility.domain.asset import Asset, Link
from facility.domain.mqtt import SPARKPLUG_NAMESPACE, Format
from facility.domain.profile import JsonField, Point
from facility.ports import Clock
from simulators.faults import Faults, WireFault
from simulators.mqtt import AGAIN, SILENT, TICK, as_json, period, skew, switches
from simulators.plant.device import Physical
from simulators.post import Post
from simulators.readout import Readout
from simulators.sparkplug_payload import Metric, death, payload

log = logging.getLogger(__name__)

NUMBERS = 256  # of the sequence, and of the sessions
KINDS = {"number": "double", "bool": "boolean", "text": "string"}
GARBAGE = b"\x0a\xff"  # a length that is cut off


@dataclass(slots=True)
class Member:
    """The node itself or one of its devices, with what it said last."""

    asset: Asset
    fields: Mapping[int, tuple[Point, JsonField]]  # by alias, one for each metric
    born: bool = False
    next_at: float = 0.0  # monotonic
    switches: tuple[Physical, ...] = ()
    at: datetime | None = None  # of its latest data


class EdgeNode:
    """Publishes one edge node (group/node) over a connection of its own; is born again when the broker comes back."""

    def __init__(
        self, link: Link, node: str, assets: Mapping[str, Asset], readout: Readout, faults: Faults, clock: Clock
    ) -> None:
        self.link, self.node = link, node
        self._readout, self._faults, self._clock = readout, faults, clock
        self._members = _members(assets)
        self._session = self._number = 0
        self._post = Post()
        self.published = 0

    async def run(self) -> None:
        """Publish until cancelled."""
        while True:
            try:
                await self._live()
            except BrokerLost as error:
                log.warning("edge node %s: broker away (%s), trying again", self.node, error)
                await asyncio.sleep(AGAIN)

    async def _live(self) -> None:
        """One session."""
        self._session = (self._session + 1) % NUMBERS
        where, goodbye = self._topic("NDEATH"), death(self._session, self._milliseconds())
        name = f"simulators-{self.link.id}-{self.node.replace('/', '-')}"
        async with publisher(self.link, name, Will(where, goodbye, retain=False)) as publish:
            log.info("edge node %s: Sparkplug B to %s, %d devices", self.node, self.link.place, len(self._members))
            try:
                self._be_born()
                await self._tell_on(publish)
            except asyncio.CancelledError:
                with contextlib.suppress(BrokerLost):
                    await publish(where, goodbye)  # who takes leave takes the will along
                raise

    async def _tell_on(self, publish: Publish) -> None:
        while True:
            now = self._clock.monotonic()
            for device, member in self._members.items():
                self._look_at(device, member, now)
            while (letter := self._post.next(now)) is not None:
                await publish(letter.topic, letter.payload, qos=0)
                self._post.sent(letter)
                self.published += 1
            await asyncio.sleep(TICK)

    def _be_born(self) -> None:
        """What waited of an earlier session is nobody's any more. Devices follow when they are looked at."""
        self._post, self._number = Post(), -1
        metrics = [Metric("bdSeq", "uint64", self._session), Metric("Node Control/Rebirth", "boolean", False)]
        for device, member in self._members.items():
            member.born, member.next_at = not device, 0.0
            if not device:
                metrics += self._metrics(member, self._readout.values(member.asset), born=True)
        self._say("NBIRTH", "", metrics, self._milliseconds(), {})

    def _look_at(self, device: str, member: Member, now: float) -> None:
        """Hand in what is due: a birth, a death, or data."""
        faults = self._faults.on(self.link.id, member.asset.id)
        values = self._readout.values(member.asset)
        if device and member.born is ("dead_unit" in faults):
            member.born = not member.born
            metrics = self._metrics(member, values, born=True) if member.born else []
            self._say("DBIRTH" if member.born else "DDEATH", device, metrics, self._milliseconds(faults), {})
            member.next_at, member.switches = now + period(member.asset), switches(member.asset, values)
        if now < member.next_at and member.switches == switches(member.asset, values):
            return
        member.next_at, member.switches = now + period(member.asset), switches(member.asset, values)
        if not faults.keys() & SILENT:
            self._say_data(device, member, values, faults)

    def _say_data(
        self, device: str, member: Member, values: Mapping[str, Physical], faults: Mapping[str, WireFault]
    ) -> None:
        if member.at is None or "stuck" not in faults or "point" in faults["stuck"].parameters:
            member.at = self._clock.now() + skew(faults)  # else its clock stands still too
        at = round(member.at.timestamp() * 1000)
        self._say("DDATA" if device else "NDATA", device, self._metrics(member, values), at, faults)

    def _say(self, kind: str, device: str, metrics: Iterable[Metric], at: int, faults: Mapping[str, WireFault]) -> None:
        self._number = (self._number + 1) % NUMBERS
        data = GARBAGE if "garbage" in faults else payload(list(metrics), seq=self._number, time=at)
        now = self._clock.monotonic()
        self._post.hand_in(self._topic(kind, device), data, retain=False, faults=faults, now=now)

    def _metrics(self, member: Member, values: Mapping[str, Physical], *, born: bool = False) -> Iterator[Metric]:
        for alias, (point, read) in member.fields.items():
            said = as_json(point, read, values.get(point.name))
            kind = KINDS.get(read.type) or ("int32" if all(isinstance(code, int) for code in point.codes) else "string")
            value = float(said) if kind == "double" and isinstance(said, int | float) else said
            assert value is None or isinstance(value, bool | int | float | str)
            name = read.metric if born else None
            yield Metric(name, kind, value, alias=alias, null=value is None, typed=born)

    def _topic(self, kind: str, device: str = "") -> str:
        group, node = self.node.split("/")
        return "/".join([SPARKPLUG_NAMESPACE, group, kind, node, *([device] if device else [])])

    def _milliseconds(self, faults: Mapping[str, WireFault] | None = None) -> int:
        return round((self._clock.now() + skew(faults or {})).timestamp() * 1000)


def edge_nodes(link: Link, assets: Iterable[Asset], readout: Readout, faults: Faults, clock: Clock) -> list[EdgeNode]:
    """The edge nodes of a link; their assets are told apart by their prefixes, group/node or group/node/device."""
    found: dict[str, dict[str, Asset]] = {}
    for asset in assets:
        if any(_is_metric(asset, point) for point in asset.profile.points.values()):
            group, node, *device = asset.prefix.split("/")
            found.setdefault(f"{group}/{node}", {})["/".join(device)] = asset
    return [EdgeNode(link, node, members, readout, faults, clock) for node, members in found.items()]


def _members(assets: Mapping[str, Asset]) -> dict[str, Member]:
    """Aliases are the node's: no two of its metrics share one."""
    members, alias = {}, 0
    for device, asset in assets.items():
        fields: dict[str, tuple[Point, JsonField]] = {}
        for point in asset.profile.points.values():
            if isinstance(point.read, JsonField) and _is_metric(asset, point):
                fields.setdefault(point.read.metric, (point, point.read))
        members[device] = Member(asset, dict(enumerate(fields.values(), alias)))
        alias += len(fields)
    return members


def _is_metric(asset: Asset, point: Point) -> bool:
    read = point.read
    return isinstance(read, JsonField) and asset.profile.stream(read.topic).format is Format.SPARKPLUG
