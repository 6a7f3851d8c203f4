"""`python -m collectors read` for an asset on a broker: listens until each of its topics has brought a message, told as JSON lines.

Events: `message` for each message, then `reading` with one row a point, or `fault` when there was no way to the broker.
"""

import asyncio
import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from collectors.asking import Event, Tell
from collectors.payload import Garbage, Missing, compile_path, find, parse, value_of
from collectors.read_now import described
from facility.bus import BrokerLost, Message, listener
from facility.domain.asset import Asset, Link
from facility.domain.profile import JsonField, Point
from facility.domain.reading import BadReason, Value

LONGEST_SHOWN = 200  # characters of a payload


class ListenNow:
    """Waits `patience` seconds for the topics of the wanted points of an asset."""

    def __init__(self, link: Link, asset: Asset, wanted: Sequence[str], patience: float, tell: Tell) -> None:
        self._link, self._patience, self._tell = link, patience, tell
        self._fields = _fields(asset, list(wanted) or list(asset.profile.points))
        self._rows: dict[str, Event] = {}
        self._silent = {topic for topic, _, _ in self._fields}

    async def run(self) -> bool:
        """Listen and tell; True when every wanted point got a value or a reason from a message."""
        self._tell({"event": "plan", "topics": sorted(self._silent), "seconds": self._patience})
        try:
            await self._listen()
        except (BrokerLost, OSError) as error:
            self._tell({"event": "fault", "what": str(error)})
            return False
        rows = [self._rows.get(point.name) or self._missing(topic, point) for topic, point, _ in self._fields]
        self._tell({"event": "reading", "points": rows})
        return all(not row["fault"] for row in rows)

    async def _listen(self) -> None:
        begun = time.monotonic()
        name = f"facility-read-{uuid.uuid4().hex[:8]}"
        async with listener(self._link, name, self._silent) as messages:
            try:
                async with asyncio.timeout(self._patience):
                    async for message in messages:
                        self._take(message, round(1000 * (time.monotonic() - begun), 1))
                        self._silent.discard(message.topic)
                        if not self._silent:
                            return
            except TimeoutError:
                return

    def _take(self, message: Message, took: float) -> None:
        text = message.payload.decode("utf-8", "replace")[:LONGEST_SHOWN]
        event: Event = {"event": "message", "topic": message.topic, "retained": message.retained, "ms": took}
        self._tell({**event, "payload": text})
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        for topic, point, field in self._fields:
            if topic != message.topic:
                continue
            value, reason, fault = _decoded(message.payload, point, field)
            row = {**described(point, value, reason), "retained": message.retained, "fault": fault, "ms": took}
            self._rows[point.name] = {**row, "topic": topic, "path": field.path, "received": at, "raw": [text]}

    def _missing(self, topic: str, point: Point) -> Event:
        heard = topic not in self._silent
        fault = f"no message on {topic} within {self._patience:g} s" if not heard else "the message has no such field"
        row = described(point, None, BadReason.BAD_PAYLOAD if heard else BadReason.TIMEOUT)
        return {**row, "retained": False, "fault": fault, "ms": None, "topic": topic, "path": "", "raw": []}


def _decoded(payload: bytes, point: Point, field: JsonField) -> tuple[Value | None, BadReason, str]:
    """Value, reason, and what is wrong with the message itself."""
    try:
        document = parse(payload, plain=field.path == "$" and field.type in ("text", "enum"))
        value, reason = value_of(find(document, compile_path(field.path)), point, field)
    except Garbage as error:
        return None, BadReason.BAD_PAYLOAD, f"the message cannot be read: {error}"
    except Missing:
        return None, BadReason.BAD_PAYLOAD, f"the message has nothing at {field.path}"
    return value, reason, ""


def _fields(asset: Asset, wanted: Sequence[str]) -> list[tuple[str, Point, JsonField]]:
    """Topic, point and field of each wanted point."""
    topics: Mapping[str, str] = asset.profile.topics
    found = []
    for name in wanted:
        read = asset.profile.points[name].read
        assert isinstance(read, JsonField)
        found.append((topics[read.topic].replace("{prefix}", asset.prefix), asset.profile.points[name], read))
    return found
