"""MQTT from the devices' side: states on each change of a switch and at least twice a period, events when they happen."""

import asyncio
import json
import logging
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from facility.bus import BrokerLost, Publish, publisher
from facility.domain.asset import Asset, Link
from facility.domain.mqtt import Format
from facility.domain.profile import JsonField, Point
from facility.ports import Clock
from simulators.faults import Faults, WireFault
from simulators.plant.device import Event, Physical
from simulators.post import Post
from simulators.readout import Readout

log = logging.getLogger(__name__)

TICK = 0.1  # s between two looks at what is due
AGAIN = 1.0  # s before a lost broker is tried again
KEPT_EVENTS = 1000  # of a link whose broker is away; the oldest are given up first
EVENT = "event"  # a topic of this name brings what happens; all others bring states
KEY = re.compile(r"\.(\w+)|\[(\d+)\]")
REPEATS = 2  # times within the longest silence that the profile calls normal
SILENT = frozenset({"silence", "dead_unit"})
GARBAGE = b'{"barrier": {"position": '  # cut off in the middle

Json = dict[str, object]


@dataclass(slots=True)
class Sender:
    """One asset's messages."""

    asset: Asset
    next_at: float = 0.0  # monotonic
    last: dict[str, bytes] = field(default_factory=dict)  # by name of the topic
    switches: tuple[Physical, ...] = ()
    number: int = 0  # of its latest state
    there: bool | None = None  # as it said last, where the profile has a topic for it


class MqttLink:
    """Publishes all assets of one MQTT link; goes on by itself when the broker comes back."""

    def __init__(self, link: Link, assets: list[Asset], readout: Readout, faults: Faults, clock: Clock) -> None:
        self.link = link
        self.senders = {asset.id: Sender(asset) for asset in assets if _own_topics(asset)}
        self._readout = readout
        self._faults = faults
        self._clock = clock
        self._events: deque[tuple[Event, datetime]] = deque(maxlen=KEPT_EVENTS)
        self._post = Post()
        self.published = 0

    def happened(self, event: Event) -> None:
        """Queue an event with the present time."""
        if event.asset in self.senders:
            self._events.append((event, self._clock.now()))

    async def run(self) -> None:
        """Publish until cancelled."""
        while True:
            try:
                async with publisher(self.link, f"simulators-{self.link.id}") as publish:
                    log.info(
                        "link %s: MQTT to %s:%d, %d devices",
                        self.link.id,
                        self.link.host,
                        self.link.port,
                        len(self.senders),
                    )
                    await self._publish_on(publish)
            except BrokerLost as error:
                log.warning("link %s: broker away (%s), trying again", self.link.id, error)
                await asyncio.sleep(AGAIN)

    async def _publish_on(self, publish: Publish) -> None:
        for sender in self.senders.values():
            sender.next_at, sender.there = 0.0, None  # a broker that comes back may have forgotten what it retained
        while True:
            now = self._clock.monotonic()
            for sender in self.senders.values():
                self._look_at(sender, now)
            while self._events:
                self._hand_in_event(*self._events.popleft(), now)
            while (letter := self._post.next(now)) is not None:
                await publish(letter.topic, letter.payload, qos=1, retain=letter.retain)
                self._post.sent(letter)
                self.published += 1
            await asyncio.sleep(TICK)

    def _look_at(self, sender: Sender, now: float) -> None:
        """Hand in the states that are due."""
        values = self._readout.values(sender.asset)
        changed = switches(sender.asset, values)
        faults = self._faults.on(self.link.id, sender.asset.id)
        self._say_whether_there(sender, faults, now)
        if now >= sender.next_at or changed != sender.switches:
            sender.next_at, sender.switches = now + period(sender.asset), changed
            if not faults.keys() & SILENT:
                self._hand_in_states(sender, values, faults, now)

    def _hand_in_states(
        self, sender: Sender, values: Mapping[str, Physical], faults: Mapping[str, WireFault], now: float
    ) -> None:
        asset = sender.asset
        sender.number += 1
        frozen = "stuck" in faults and "point" not in faults["stuck"].parameters
        for name in _own_topics(asset):
            if name == EVENT:
                continue
            if not frozen or name not in sender.last:  # else its clock stands still too
                payload = state_payload(asset, values, self._time_of_device(faults), name, sender.number)
                if payload is None:
                    continue
                sender.last[name] = payload
            payload = GARBAGE if "garbage" in faults else sender.last[name]
            self._post.hand_in(topic(asset, name), payload, retain=True, faults=faults, now=now)

    def _hand_in_event(self, event: Event, at: datetime, now: float) -> None:
        asset = self.senders[event.asset].asset
        faults = self._faults.on(self.link.id, asset.id)
        if EVENT not in asset.profile.topics or faults.keys() & {*SILENT, "stuck"}:
            return
        payload = GARBAGE if "garbage" in faults else event_payload(event, at + skew(faults))
        self._post.hand_in(topic(asset, EVENT), payload, retain=False, faults=faults, now=now)

    def _say_whether_there(self, sender: Sender, faults: Mapping[str, WireFault], now: float) -> None:
        """What the broker says by the device's will, and the device when it comes."""
        availability, there = sender.asset.profile.availability, "dead_unit" not in faults
        if availability is None or there == sender.there:
            return
        sender.there = there
        said = availability.online if there else availability.offline
        where = availability.topic.format(prefix=sender.asset.prefix)
        self._post.hand_in(where, said.encode(), retain=True, faults={}, now=now)

    def _time_of_device(self, faults: Mapping[str, WireFault]) -> datetime:
        return self._clock.now() + skew(faults)


def skew(faults: Mapping[str, WireFault]) -> timedelta:
    """How far a device's clock is from ours."""
    return timedelta(seconds=faults["clock_skew"].number("seconds", 0.0) if "clock_skew" in faults else 0.0)


def _own_topics(asset: Asset) -> list[str]:
    """Names of its topics, without those of Sparkplug B, which its edge node brings."""
    return [name for name in asset.profile.topics if asset.profile.stream(name).format is not Format.SPARKPLUG]


def topic(asset: Asset, name: str) -> str:
    """The asset's topic of this name."""
    return asset.topic(asset.profile.topics[name])


def state_payload(
    asset: Asset, values: Mapping[str, Physical], at: datetime, name: str = "state", number: int = 0
) -> bytes | None:
    """The points of a topic as the profile's JSON paths lay them out, with time and number where it says; plain: its one point.

    None: there is nothing to say (a plain payload has no word for "no value").
    """
    stream = asset.profile.stream(name)
    points = [(point, read) for point, read in _fields(asset) if read.topic == name]
    if stream.format is Format.PLAIN:
        return next((_plain(point, read, values.get(point.name)) for point, read in points), None)
    document: Json = {}
    for point, read in points:
        place(document, read.path, as_json(point, read, values.get(point.name)))
        if read.time_path:
            place(document, read.time_path, at.isoformat(timespec="milliseconds"))
    if stream.sequence:
        place(document, stream.sequence, number)
    return _bytes(document)


def _fields(asset: Asset) -> list[tuple[Point, JsonField]]:
    points = asset.profile.points.values()
    return [(point, point.read) for point in points if isinstance(point.read, JsonField)]


def _plain(point: Point, field: JsonField, value: Physical) -> bytes | None:
    """One number, one word or one text, as the profile reads it."""
    said = as_json(point, field, value)
    if isinstance(said, bool):
        meant = "true" if said else "false"
        said = next((word for word, key in point.codes.items() if key == meant), meant)
    return None if said is None else str(said).encode()


def event_payload(event: Event, at: datetime) -> bytes:
    """An event's fields with its time and sequence number."""
    return _bytes({**event.fields, "time": at.isoformat(timespec="milliseconds"), "sequence": event.sequence})


def as_json(point: Point, field: JsonField, value: Physical) -> object:
    """A value as the device writes it: enums by their JSON code, numbers unscaled."""
    if value is None:
        return None
    if field.type == "enum":
        return next((code for code, key in point.codes.items() if key == value), value)
    if field.type == "number" and not isinstance(value, str):
        number = round((float(value) - field.offset) / field.scale, 6)
        return int(number) if number.is_integer() else number
    return bool(value) if field.type == "bool" else str(value)


def place(document: Json, path: str, value: object) -> None:
    """Put a value where a JSON path of names and indexes ($.barrier.position, $.loops[0]) says."""
    keys = [int(index) if index else name for name, index in KEY.findall(path)]
    place: object = document
    for key, following in zip(keys, [*keys[1:], None], strict=True):
        inner: object = value if following is None else [] if isinstance(following, int) else {}
        if isinstance(place, list) and isinstance(key, int):
            place += [None] * (key + 1 - len(place))
            if following is None or place[key] is None:
                place[key] = inner
            place = place[key]
        elif isinstance(place, dict) and isinstance(key, str):
            if following is None or key not in place:
                place[key] = inner
            place = place[key]
        else:
            raise TypeError(f"the path {path} runs through a value")


def _bytes(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def period(asset: Asset) -> float:
    """Seconds between two of its messages when nothing changes."""
    return min(point.every for point in asset.profile.points.values()).total_seconds() / REPEATS


def switches(asset: Asset, values: Mapping[str, Physical]) -> tuple[Physical, ...]:
    """What a device reports at once when it changes: enums and bits of its states."""
    fields = _fields(asset)
    return tuple(
        values.get(point.name) for point, field in fields if field.topic != EVENT and field.type in ("enum", "bool")
    )
