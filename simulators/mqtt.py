"""MQTT from the devices' side: state on its topic on each change of a switch and at least twice a period, events when they happen."""

import asyncio
import json
import logging
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from facility.bus import BrokerLost, Publish, publisher
from facility.domain.asset import Asset, Link
from facility.domain.profile import JsonField, Point
from facility.ports import Clock
from simulators.faults import Faults
from simulators.plant.device import Event, Physical
from simulators.readout import Readout

log = logging.getLogger(__name__)

TICK = 0.1  # s between two looks at what is due
AGAIN = 1.0  # s before a lost broker is tried again
KEPT_EVENTS = 1000  # of a link whose broker is away; the oldest are given up first
STATE, EVENT = "state", "event"
KEY = re.compile(r"\.(\w+)|\[(\d+)\]")
REPEATS = 2  # times within the longest silence that the profile calls normal
GARBAGE = b'{"barrier": {"position": '  # cut off in the middle

Json = dict[str, object]


@dataclass(slots=True)
class Sender:
    """One asset's messages."""

    asset: Asset
    next_at: float = 0.0  # monotonic
    last: bytes = b""
    switches: tuple[Physical, ...] = ()


class MqttLink:
    """Publishes all assets of one MQTT link; goes on by itself when the broker comes back."""

    def __init__(self, link: Link, assets: list[Asset], readout: Readout, faults: Faults, clock: Clock) -> None:
        self.link = link
        self.senders = {asset.id: Sender(asset) for asset in assets}
        self._readout = readout
        self._faults = faults
        self._clock = clock
        self._events: deque[tuple[Event, datetime]] = deque(maxlen=KEPT_EVENTS)
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
            sender.next_at = 0.0  # a broker that comes back may have forgotten what it retained
        while True:
            now = self._clock.monotonic()
            for sender in self.senders.values():
                values = self._readout.values(sender.asset)
                switches = _switches(sender.asset, values)
                if now >= sender.next_at or switches != sender.switches:
                    sender.next_at, sender.switches = now + _period(sender.asset), switches
                    await self._publish_state(publish, sender, values)
            while self._events:
                event, at = self._events[0]
                await self._publish_event(publish, event, at)
                self._events.popleft()
            await asyncio.sleep(TICK)

    async def _publish_state(self, publish: Publish, sender: Sender, values: Mapping[str, Physical]) -> None:
        asset = sender.asset
        faults = self._faults.on(self.link.id, asset.id)
        if "silence" in faults or "dead_unit" in faults:
            return
        if "garbage" in faults:
            payload = GARBAGE
        elif "stuck" in faults and "point" not in faults["stuck"].parameters and sender.last:
            payload = sender.last  # its clock stands still too
        else:
            payload = sender.last = state_payload(asset, values, self._clock.now())
        await publish(topic(asset, STATE), payload, qos=1, retain=True)
        self.published += 1

    async def _publish_event(self, publish: Publish, event: Event, at: datetime) -> None:
        asset = self.senders[event.asset].asset
        faults = self._faults.on(self.link.id, asset.id)
        if EVENT not in asset.profile.topics or faults.keys() & {"silence", "dead_unit", "stuck"}:
            return
        payload = GARBAGE if "garbage" in faults else event_payload(event, at)
        await publish(topic(asset, EVENT), payload, qos=1, retain=False)
        self.published += 1


def topic(asset: Asset, name: str) -> str:
    """The asset's topic of this name."""
    return asset.profile.topics[name].format(prefix=asset.prefix)


def state_payload(asset: Asset, values: Mapping[str, Physical], at: datetime) -> bytes:
    """All points of the state topic as the profile's JSON paths lay them out, and the time where it says."""
    document: Json = {}
    for point in asset.profile.points.values():
        field = point.read
        if not isinstance(field, JsonField) or field.topic != STATE:
            continue
        _place(document, field.path, as_json(point, field, values.get(point.name)))
        if field.time_path:
            _place(document, field.time_path, at.isoformat(timespec="milliseconds"))
    return _bytes(document)


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


def _place(document: Json, path: str, value: object) -> None:
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


def _period(asset: Asset) -> float:
    return min(point.every for point in asset.profile.points.values()).total_seconds() / REPEATS


def _switches(asset: Asset, values: Mapping[str, Physical]) -> tuple[Physical, ...]:
    """What a device reports at once when it changes: enums and bits of the state topic."""
    fields = ((name, point.read) for name, point in asset.profile.points.items())
    return tuple(
        values.get(name)
        for name, field in fields
        if isinstance(field, JsonField) and field.topic == STATE and field.type in ("enum", "bool")
    )
