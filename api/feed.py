"""The live stream: one task looks at the stores once a second, for all readers; each reader has a short queue."""

import asyncio
import hashlib
import json
import logging
from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass, field

from api.views.points import point_views
from api.web.shown import shown
from facility.domain.asset import Site
from facility.domain.errors import StoreError
from facility.domain.state import AssetState
from facility.domain.text import Language
from facility.ports import Clock, Live, Work, WorkUnit

log = logging.getLogger(__name__)

PERIOD = 1.0  # seconds between two looks at the stores
BEAT = 5.0  # seconds between two signs of life to a page
BACKLOG = 16  # messages that a slow reader may leave unread before it gets everything afresh
MOST_READERS = 200


@dataclass(eq=False, slots=True)
class Reader:
    """One open page. `asset`: only its points, all of them; empty: the main points of the estate."""

    language: Language
    asset: str
    queue: asyncio.Queue[str | None] = field(default_factory=lambda: asyncio.Queue(BACKLOG))
    behind: bool = True  # it needs everything afresh; so does a new one


class Feed:
    """Publishes `values`, `work` and `beat` events to open pages."""

    def __init__(self, site: Site, clock: Clock, live: Live, work: Work) -> None:
        self._site, self._clock, self._live, self._work = site, clock, live, work
        self._readers: set[Reader] = set()
        self._version = 0
        self._fingerprint = ""
        self._closed = False
        self._beat_at = 0.0
        self._trouble = ""
        self.sent = 0
        self.refused = 0  # pages for which there was no room
        self.fell_behind = 0  # times that a slow page lost its backlog and got everything afresh
        self.failures = 0

    @property
    def readers(self) -> int:
        """Pages that are open now."""
        return len(self._readers)

    @property
    def full(self) -> bool:
        """No room for another page."""
        return len(self._readers) >= MOST_READERS

    async def run(self) -> None:
        """Look and publish until closed; a store that is away is reported once and asked again."""
        while not self._closed:
            due = self._clock.monotonic() + PERIOD
            if self._readers:
                await self._look_safely()
            await rest(self._clock, due, lambda: self._closed)

    def close(self) -> None:
        """End all streams; safe to call from a signal handler."""
        self._closed = True

    async def read(self, language: Language, asset: str = "") -> AsyncGenerator[str, None]:
        """Server-sent events for one page, until it leaves or the program stops."""
        reader = Reader(language, asset)
        self._readers.add(reader)
        try:
            yield "retry: 2000\n\n"
            while not self._closed:
                try:
                    async with asyncio.timeout(0.25):
                        event = await reader.queue.get()
                except TimeoutError:
                    continue
                if event is None:
                    return
                self.sent += 1
                yield event
        finally:
            self._readers.discard(reader)

    async def _look_safely(self) -> None:
        """Open pages must not stand still for ever because one look failed."""
        try:
            await self._look()
        except StoreError as error:
            self._failed(str(error))
        except Exception as error:  # a task loop: a fault of ours is reported and must not end the stream
            if self._failed(repr(error)):
                log.exception("live stream: a look at the stores failed")
        else:
            self._trouble = ""

    def _failed(self, why: str) -> bool:
        """Count it, and say it once; True when it is new."""
        self.failures += 1
        new, self._trouble = why != self._trouble, why
        if new:
            log.warning("live stream: %s", why)
        return new

    async def _look(self) -> None:
        version, states, fingerprint = await asyncio.to_thread(self._poll)
        fresh = [reader for reader in self._readers if reader.behind]
        if fresh:
            all_states = await asyncio.to_thread(self._live.get, None)
            self._publish(fresh, all_states, fingerprint)
        current = [reader for reader in self._readers if reader not in fresh]
        self._publish(current, states, fingerprint if fingerprint != self._fingerprint else "")
        self._version, self._fingerprint = version, fingerprint
        for reader in fresh:
            reader.behind = False
        if self._clock.monotonic() - self._beat_at >= BEAT:
            self._beat_at = self._clock.monotonic()
            for reader in self._readers:
                self._put(reader, self._event("beat", {"now": self._clock.now().timestamp()}))

    def _poll(self) -> tuple[int, dict[str, AssetState], str]:
        version, states = self._live.changed(self._version)
        programs = self._live.programs()
        now = self._clock.now()
        silent = sorted(name for name, state in programs.items() if (now - state.at).total_seconds() > 10)
        with self._work.reading() as unit:
            return version, states, fingerprint(unit, [*silent, *sorted(programs)])

    def _publish(self, readers: Iterable[Reader], states: dict[str, AssetState], work: str) -> None:
        made: dict[tuple[Language, str], str] = {}
        for reader in readers:
            topic = (reader.language, reader.asset)
            if topic not in made:
                made[topic] = self._values(states, *topic)
            if made[topic]:
                self._put(reader, made[topic])
            if work:
                self._put(reader, self._event("work", {"fingerprint": work}))

    def _put(self, reader: Reader, event: str) -> None:
        if reader.queue.full():
            while not reader.queue.empty():
                reader.queue.get_nowait()
            reader.behind = True
            self.fell_behind += 1
        reader.queue.put_nowait(event)

    def _values(self, states: dict[str, AssetState], language: Language, only: str) -> str:
        """The event with the points of these assets, as they are written for people; empty when there are none."""
        now = self._clock.now()
        points: dict[str, list[object]] = {}
        assets: dict[str, list[object]] = {}
        for name, state in states.items():
            asset = self._site.assets.get(name)
            if asset is None or (only and name != only):
                continue
            assets[name] = [state.online, state.at.timestamp()]
            for view in point_views(asset, state, now, every=bool(only)):
                one = shown(view, language)
                points[f"{name}/{view.name}"] = [one.text, one.quality, one.note, one.last, one.at]
        return self._event("values", {"now": now.timestamp(), "assets": assets, "points": points}) if assets else ""

    @staticmethod
    def _event(kind: str, data: object) -> str:
        return f"event: {kind}\ndata: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n"


async def rest(clock: Clock, due: float, stopped: Callable[[], bool] = lambda: False) -> None:
    """Wait until the clock's monotonic time is `due`, or stopped."""
    while clock.monotonic() < due and not stopped():  # noqa: ASYNC110 - a clock moved from outside sets no event
        await asyncio.sleep(0.1)


def fingerprint(unit: WorkUnit, programs: list[str]) -> str:
    """A short text that differs when alerts, deadlines, notices, orders or running programs differ."""
    facts = (
        unit.alerts.unclosed(),
        unit.alerts.recent(20),
        unit.alerts.open_deadlines(),
        unit.orders.recent(100, unfinished_only=True),
        unit.orders.recent(20),
        [(notice.id, notice.state, notice.attempts) for notice in unit.notices.waiting()],
        unit.conditions.open(),
        programs,
    )
    return hashlib.blake2b(repr(facts).encode(), digest_size=8).hexdigest()
