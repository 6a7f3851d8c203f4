"""Serves a recording again: the recorded answers on Modbus, the recorded messages on MQTT, at the recorded pace or as fast as asked.

Pace 0: each request gets the next recorded answer to it, and messages go out one after the other. Pace n: n recorded seconds a second,
counted from the first request of a link; a request gets what it was answered last at that time. After the end all stays as it was last.
"""

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from facility.bus import BrokerLost, Publish, publisher
from facility.domain.asset import Asset, Link, Site
from facility.domain.profile import JsonField
from facility.domain.recording import LOST, TIMEOUT, Entry, Exchange, Heard, RecordingRefused, parse
from facility.ports import Clock
from simulators.framing import Ask, Framing, RtuFraming, TcpFraming
from simulators.modbus import ILLEGAL_ADDRESS, NOISE, Reply
from simulators.mqtt import place

log = logging.getLogger(__name__)

MILLISECONDS_FROM = 1e11  # Unix times from here on are in milliseconds
AGAIN = 1.0  # s before a lost broker is tried again
NO_ANSWER = b"\x83\x04"  # what is garbled where a recorded answer was no Modbus


@dataclass(frozen=True, slots=True)
class Recording:
    """The entries of a recording by link, oldest first. `pace`: recorded seconds a second; 0: as fast as asked."""

    links: dict[str, list[Entry]]
    pace: float = 1.0


def load_recording(path: Path, pace: float, site: Site) -> Recording:
    """A recording of this site; RecordingRefused names a link that the site does not have."""
    try:
        with path.open(encoding="utf-8") as lines:
            entries = parse(lines, str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise RecordingRefused(f"{path} cannot be read: {error}") from None
    links: dict[str, list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda entry: entry.at):
        links[entry.link].append(entry)
    for id in links:
        if id not in site.links:
            raise RecordingRefused(
                f"{path} is of link {id}, which {site.id} does not have. Take the site file it was recorded with."
            )
    return Recording(dict(links), pace)


class ReplayWire:
    """Answers as the recording does; stands where a simulated wire would."""

    def __init__(self, link: Link, entries: Iterable[Entry], pace: float) -> None:
        self.link = link
        self.framing: Framing = RtuFraming() if link.kind.is_serial else TcpFraming()
        self.refuses_connections = self.deaf = False
        self.requests = self.unknown = 0
        self._pace = pace
        self._tape: dict[tuple[int, bytes], list[Exchange]] = defaultdict(list)
        for entry in entries:
            if isinstance(entry, Exchange):
                self._tape[entry.unit, entry.request].append(entry)
        self._asked: dict[tuple[int, bytes], int] = defaultdict(int)
        self._first = min((row[0].at for row in self._tape.values()), default=0.0)
        self._began: float | None = None

    @property
    def numbers(self) -> str:
        """Its units, for people."""
        return ", ".join(str(unit) for unit in sorted({unit for unit, _ in self._tape})) + " (recorded)"

    @property
    def at_its_end(self) -> bool:
        """As fast as asked: every recorded answer was given."""
        return all(self._asked[key] >= len(row) for key, row in self._tape.items())

    def reply(self, ask: Ask) -> Reply:
        """What was recorded for this request; exception 2 for one that was never asked."""
        self.requests += 1
        row = self._tape.get((ask.unit, ask.pdu))
        if row is None:
            if not self.unknown:
                log.warning(
                    "link %s: unit %d was never asked %s in the recording", self.link.id, ask.unit, ask.pdu.hex()
                )
            self.unknown += 1
            return Reply(self.framing.frame(ask, ask.unit, bytes((ask.pdu[0] | 0x80, ILLEGAL_ADDRESS))))
        return self._again(ask, self._due(ask, row))

    def counted(self) -> dict[str, float]:
        """Its Prometheus series."""
        label = f'{{link="{self.link.id}"}}'
        return {
            f"facility_simulator_requests_total{label}": float(self.requests),
            f"facility_simulator_unrecorded_total{label}": float(self.unknown),
        }

    def _due(self, ask: Ask, row: Sequence[Exchange]) -> Exchange:
        if not self._pace:
            number = self._asked[ask.unit, ask.pdu]
            self._asked[ask.unit, ask.pdu] += 1
            return row[min(number, len(row) - 1)]
        now = asyncio.get_running_loop().time()
        self._began = now if self._began is None else self._began
        reached = self._first + (now - self._began) * self._pace
        return next((exchange for exchange in reversed(row) if exchange.at <= reached), row[0])

    def _again(self, ask: Ask, exchange: Exchange) -> Reply:
        if exchange.failure == TIMEOUT:
            return Reply(b"")
        if exchange.failure == LOST:
            return Reply(b"", hang_up=True)
        frame = self.framing.frame(ask, ask.unit, exchange.answer or NO_ANSWER)
        if exchange.failure:
            frame = bytes(byte ^ NOISE for byte in frame)
        return Reply(frame, exchange.took / self._pace if self._pace else 0.0, blocks=True)


class ReplayBus:
    """Publishes what was recorded, once; times inside the payloads move along. Stands where a simulated MQTT link would."""

    def __init__(
        self, link: Link, assets: Iterable[Asset], entries: Iterable[Entry], pace: float, clock: Clock
    ) -> None:
        self.link = link
        self.published = 0
        self._messages = [entry for entry in entries if isinstance(entry, Heard)]
        self._pace, self._clock = pace, clock
        self._times = _times_of(assets)

    @property
    def at_its_end(self) -> bool:
        """Every message was sent."""
        return self.published == len(self._messages)

    async def run(self) -> None:
        """Publish to the end, then stay."""
        while self.published < len(self._messages):
            try:
                async with publisher(self.link, f"simulators-{self.link.id}") as publish:
                    await self._publish_on(publish)
            except BrokerLost as error:
                log.warning("link %s: broker away (%s), trying again", self.link.id, error)
                await asyncio.sleep(AGAIN)
        log.info("link %s: the recording is at its end, %d messages", self.link.id, self.published)
        await asyncio.Event().wait()

    async def _publish_on(self, publish: Publish) -> None:
        before = self._messages[self.published].at
        for message in self._messages[self.published :]:
            if self._pace:
                await asyncio.sleep((message.at - before) / self._pace)
            before = message.at
            shift = self._clock.now() - datetime.fromtimestamp(message.at, self._clock.now().tzinfo)
            payload = shifted(message.payload, self._times.get(message.topic, ()), shift)
            await publish(message.topic, payload, qos=1, retain=message.retained)
            self.published += 1


def shifted(payload: bytes, paths: Sequence[str], shift: timedelta) -> bytes:
    """A payload whose source times are later by `shift`; as it is when it has none that can be read."""
    try:
        document = json.loads(payload) if paths else None
    except ValueError:
        return payload
    if not isinstance(document, dict):
        return payload
    for path in paths:
        _move(document, path, shift)
    return json.dumps(document, ensure_ascii=False).encode()


def _move(document: dict[str, object], path: str, shift: timedelta) -> None:
    found: object = document
    for key in path.removeprefix("$.").split("."):
        found = found.get(key) if isinstance(found, dict) else None
    moved: object = found
    if isinstance(found, str):
        try:
            moved = (datetime.fromisoformat(found) + shift).isoformat(timespec="milliseconds")
        except ValueError:
            return
    elif isinstance(found, int | float) and not isinstance(found, bool):
        moved = found + type(found)(shift.total_seconds() * (1000 if found >= MILLISECONDS_FROM else 1))
    if moved is not found:
        place(document, path, moved)


def _times_of(assets: Iterable[Asset]) -> dict[str, tuple[str, ...]]:
    """Paths of source times by topic."""
    found: dict[str, set[str]] = defaultdict(set)
    for asset in assets:
        for point in asset.profile.points.values():
            if isinstance(point.read, JsonField) and point.read.time_path:
                found[asset.profile.topics[point.read.topic].format(prefix=asset.prefix)].add(point.read.time_path)
    return {topic: tuple(sorted(paths)) for topic, paths in found.items()}
