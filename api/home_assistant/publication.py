"""Tells Home Assistant: aligns what the broker keeps with the site, then follows the present values, at a bounded rate."""

import asyncio
import contextlib
import logging
from collections.abc import Mapping

from api.feed import rest
from api.home_assistant.discovery import OFFLINE, ONLINE, configs, topics_of
from api.home_assistant.states import Messages, States
from facility.bus import BrokerLost, Publish, Will, publisher, retained
from facility.domain.asset import Site
from facility.domain.errors import StoreError
from facility.domain.mqtt import HomeAssistant
from facility.ports import Clock, Live

log = logging.getLogger(__name__)

PERIOD = 1.0  # seconds between two looks at the present values
RATE = 100  # messages a second at most
AGAIN = 5.0  # seconds before a lost broker is tried again
PATIENCE = 10.0  # seconds without present values after which nothing is available
GOODBYE = 1.0  # seconds for the last word


class Publication:
    """Runs beside the pages. Only publishes, below its own prefixes; what it finds there of former times is removed."""

    def __init__(self, site: Site, settings: HomeAssistant, clock: Clock, live: Live) -> None:
        self._link, self._clock, self._live = site.links[settings.link], clock, live
        self._topics = topics_of(site, settings)
        self._configs = configs(site, self._topics)
        self._states = States(site, self._topics, settings.every)
        self._client = f"facility-{site.id}-home-assistant"
        self._waiting: Messages = {}
        self._version = 0
        self._said: bytes = b""  # of ourselves
        self._looked = 0.0
        self._lost = False
        self.connected = False
        self.sent = 0
        self.removed = 0

    async def run(self) -> None:
        """Tell until cancelled; a broker that is away is said once and tried again."""
        while True:
            try:
                async with publisher(self._link, self._client, Will(self._topics.bridge, OFFLINE)) as publish:
                    try:
                        await self._align(publish)
                        self._back()
                        await self._follow(publish)
                    except asyncio.CancelledError:
                        await self._leave(publish)
                        raise
            except BrokerLost as error:
                if not self._lost:
                    log.warning("home assistant: %s; it is tried again", error)
                self._lost = True
            self.connected = False
            await rest(self._clock, self._clock.monotonic() + AGAIN)

    def figures(self) -> Mapping[str, float]:
        """Own counters and gauges."""
        return {
            "facility_home_assistant_connected": self.connected,
            "facility_home_assistant_messages_total": self.sent,
            "facility_home_assistant_removed_total": self.removed,
            "facility_home_assistant_waiting": len(self._waiting),
        }

    def _back(self) -> None:
        self.connected = True
        if self._lost:
            log.info("home assistant: its broker is there again")
        self._lost = False

    async def _align(self, publish: Publish) -> None:
        """Unavailable first; then what is of no asset any more goes, and discoveries that differ are told."""
        self._said = b""
        await self._say(publish, OFFLINE)
        kept = await retained(self._link, f"{self._client}-look", self._topics.ours, self._topics.marker)
        wanted = {*self._configs, *self._states.topics(), self._topics.bridge}
        gone = sorted(set(kept) - wanted)
        if gone:
            log.info("home assistant: %d topics of what is no longer in the site file are removed", len(gone))
        self.removed += len(gone)
        self._waiting = dict.fromkeys(gone, b"")
        self._waiting |= {topic: config for topic, config in self._configs.items() if kept.get(topic) != config}
        self._states.forget()
        self._version = 0
        self._looked = self._clock.monotonic()

    async def _follow(self, publish: Publish) -> None:
        owed: int | None = None  # messages until everything was told once
        while True:
            due = self._clock.monotonic() + PERIOD
            available = await self._look()
            lost, there = self._states.due(self._clock.now(), self._clock.monotonic())
            if lost:  # overtakes what waits
                self._waiting = lost | {topic: said for topic, said in self._waiting.items() if topic not in lost}
            self._waiting |= there  # what waits already keeps its turn and takes the newest
            owed = len(self._waiting) if owed is None else owed
            owed = max(0, owed - await self._send(publish, int(RATE * PERIOD)))
            await self._say(publish, ONLINE if available and not owed else OFFLINE)
            await rest(self._clock, due)

    async def _send(self, publish: Publish, most: int) -> int:
        """So many of what waits, oldest first."""
        topics = list(self._waiting)[:most]
        for topic in topics:
            await publish(topic, self._waiting[topic], retain=True)
            del self._waiting[topic]
            self.sent += 1
        return len(topics)

    async def _look(self) -> bool:
        """Take the changes in; False when the present values cannot be read for too long."""
        try:
            self._version, states = await asyncio.to_thread(self._live.changed, self._version)
            self._states.take(states.values())
            self._looked = self._clock.monotonic()
        except StoreError as error:
            log.debug("home assistant: no present values (%s)", error)
        return self._clock.monotonic() - self._looked < PATIENCE

    async def _leave(self, publish: Publish) -> None:
        """A goodbye makes no will: say it ourselves."""
        with contextlib.suppress(BrokerLost, TimeoutError):
            async with asyncio.timeout(GOODBYE):
                await self._say(publish, OFFLINE)

    async def _say(self, publish: Publish, word: bytes) -> None:
        if word != self._said:
            await publish(self._topics.bridge, word, retain=True)
            self._said = word
