"""`python -m collectors read` for an asset on a broker: listens until each wanted point was told, and says it as JSON lines.

Events: `listening` once the broker has our wishes, `message` for each message, then `reading` with one row a point, or
`fault` when there was no way to the broker.
"""

import asyncio
import logging
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from collectors.asking import Event, Tell
from collectors.edge_hearing import KnownBirths, no_births
from collectors.hearing import Hearing
from collectors.read_now import described
from collectors.topic import field_of
from facility.bus import BrokerLost, Message, listener
from facility.domain.asset import Asset, Link
from facility.domain.reading import BadReason, Quality


class ListenNow:
    """Waits `patience` seconds for the wanted points of an asset. `births`: those that the running collectors keep."""

    def __init__(
        self,
        link: Link,
        asset: Asset,
        wanted: Sequence[str],
        patience: float,
        tell: Tell,
        births: KnownBirths = no_births,
    ) -> None:
        self._link, self._asset, self._patience, self._tell = link, asset, patience, tell
        self._wanted = list(wanted) or list(asset.profile.points)
        self._hearing = Hearing(asset, births)
        self._notes: list[str] = []

    async def run(self) -> bool:
        """Listen and tell; True when every wanted point got a value or a reason from a message."""
        self._tell({"event": "plan", "topics": sorted(self._hearing.filters), "seconds": self._patience})
        try:
            with _logged(self._notes):
                await self._listen()
        except (BrokerLost, OSError) as error:
            self._tell({"event": "fault", "what": str(error)})
            return False
        rows = [self._row(name) for name in self._wanted]
        self._tell({"event": "reading", "points": rows, "notes": self._notes})
        return all(not row["fault"] for row in rows)

    async def _listen(self) -> None:
        begun = time.monotonic()
        name = f"facility-read-{uuid.uuid4().hex[:8]}"
        async with listener(self._link, name, self._hearing.filters) as messages:
            self._tell({"event": "listening"})
            try:
                async with asyncio.timeout(self._patience):
                    async for message in messages:
                        self._take(message, round(1000 * (time.monotonic() - begun), 1))
                        if not any(self._hearing.awaits(point) for point in self._wanted):
                            return
            except TimeoutError:
                return

    def _take(self, message: Message, ms: float) -> None:
        said = self._hearing.take(message, ms)
        event: Event = {"event": "message", "topic": message.topic, "retained": message.retained, "ms": ms}
        self._tell({**event, "payload": said})

    def _row(self, name: str) -> Event:
        """One point. `time`: the device's own, where it says one that can be believed; `received`: ours."""
        point, heard = self._asset.profile.points[name], self._hearing.brought(name)
        state, fault = self._hearing.outcome(name, self._patience)
        reason = state.reason if state else BadReason.BAD_PAYLOAD if heard else BadReason.TIMEOUT
        good = state is not None and state.quality is Quality.GOOD
        own = state.at if state and heard and state.at != heard.received else None
        return {
            **described(point, state.value if state and good else None, reason),
            "retained": bool(heard and heard.retained),
            "fault": fault,
            "ms": heard.ms if heard else None,
            "topic": heard.topic if heard else self._hearing.topic_of(name),
            "path": field_of(point).metric or field_of(point).path,
            "received": heard.received.isoformat(timespec="milliseconds") if heard else None,
            "time": own.isoformat(timespec="milliseconds") if own else None,
            "raw": [heard.raw] if heard else [],
        }


@contextmanager
def _logged(notes: list[str]) -> Iterator[None]:
    """What the collectors would write into their log meanwhile is kept as notes."""
    log, handler = logging.getLogger("collectors"), _Notes(notes)
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)


class _Notes(logging.Handler):
    def __init__(self, notes: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._notes = notes

    def emit(self, record: logging.LogRecord) -> None:
        self._notes.append(record.getMessage())
