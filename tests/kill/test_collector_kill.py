"""G1: the collectors are killed at random and at every failpoint, and what was sent is what is stored.

The oracle stands outside: it knows what it published, and reads history, journal and work database with other means.
"""

import asyncio
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from collectors import deliver, journal, spool
from facility.bus import publisher
from facility.domain.asset import Link, LinkKind
from facility.domain.text import Title
from tests.harness.gate_site import gate, rows, write_gate_site
from tests.harness.lengths import length
from tests.harness.servers import Server
from tests.harness.wait import until

STREAM = length(350, 4700)  # messages before and after the failpoints, each; with those between them 1 000 and 10 000
KILLS = length(1, 20)  # at random, in the middle of the stream

pytestmark = [pytest.mark.kill, pytest.mark.timeout(length(240, 3600))]


class Oracle:
    """Publishes numbered card events and barrier faults, and knows them all."""

    def __init__(self, broker: Server, folder: Path, work_url: str) -> None:
        self.site = f"kill-{uuid.uuid4().hex[:8]}"
        self._folder, self._work_url = folder, work_url
        self._link = Link("gates", Title("x", "x"), LinkKind.MQTT, broker.host, broker.port)
        at_once = ", rules: {barrier_fault: {hold: 0s, clear_hold: 0s}}"
        gates = [gate("gate", "Gate", "gate_controller", f"{self.site}/gate", at_once)]
        write_gate_site(folder, self.site, broker, gates)
        self._number = 0
        self.cards: list[str] = []
        self.faults: list[datetime] = []

    def start(self, failpoint: str = "") -> subprocess.Popen[bytes]:
        """The real collectors; they die at the failpoint."""
        environment = {
            **os.environ,
            "FACILITY_SITE": str(self._folder / "site.yaml"),
            "FACILITY_DATA": str(self._folder / "data"),
            "FACILITY_WORK": self._work_url,
            "FACILITY_LIVE": f"sqlite:///{self._folder / 'live.db'}",
            "FACILITY_FAILPOINT": failpoint,
        }
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen([sys.executable, "-m", "collectors"], env=environment, stdout=log, stderr=log)

    def publish(self, events: int, faults: int) -> None:
        """So many cards and faults (each with its end), one after the other."""
        asyncio.run(self._publish(events, faults))

    async def _publish(self, events: int, faults: int) -> None:
        async with publisher(self._link, f"{self.site}-oracle") as publish:
            for n in range(max(events, faults)):
                if n < events:
                    self._number += 1
                    card = f"card-{self._number:05d}"
                    self.cards.append(card)
                    message = {"card": card, "result": "passage", "time": _now().isoformat()}
                    await publish(f"{self.site}/gate/event", json.dumps(message).encode())
                for position in ("fault", "closed") if n < faults else ():
                    at = _now()
                    self.faults += [at] if position == "fault" else []
                    fault: dict[str, object] = {"barrier": {"position": position}, "time": at.isoformat()}
                    await publish(f"{self.site}/gate/state", json.dumps(fault).encode())

    def stored_cards(self) -> list[str]:
        """The cards in history, as often as they are there."""
        found = rows(self._folder / "data" / "history.db", "SELECT texts FROM lines")
        return sorted(card for row in found for card in re.findall(r'last_card_text="([^"]*)"', row[0]))

    def edges(self) -> Counter[tuple[str, str]]:
        """Kind and onset of all edges that the work database took in."""
        query = f"SELECT kind, onset FROM edges WHERE site_id = '{self.site}'"
        if self._work_url.startswith("postgresql"):
            with psycopg.connect(self._work_url) as connection:
                found: Sequence[tuple[str | datetime, ...]] = connection.execute(query).fetchall()
        else:
            found = rows(self._folder / "work.db", query)
        return Counter((str(row[0]), _moment(row[1]).isoformat()) for row in found)

    def expected_edges(self) -> Counter[tuple[str, str]]:
        """One OPENED and one ENDED for each fault."""
        return Counter((kind, at.isoformat()) for kind in ("opened", "ended") for at in self.faults)

    def warm_up(self) -> None:
        """Until the broker knows the session: from now on it keeps what comes while nobody listens."""

        def arrived() -> bool:
            self.publish(1, 0)
            return bool(self.stored_cards())

        until(arrived, "a first card is stored", within=40, every=0.3)
        first = self.stored_cards()[0]
        self.cards = [card for card in self.cards if card >= first]


def _now() -> datetime:
    return datetime.now(UTC)


def _moment(onset: datetime | str) -> datetime:
    at = datetime.fromisoformat(onset) if isinstance(onset, str) else onset
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def test_what_was_sent_is_stored_once_whatever_dies(broker: Server, tmp_path: Path, work_url: str) -> None:
    oracle = Oracle(broker, tmp_path, work_url)
    process = oracle.start()
    oracle.warm_up()
    chance = random.Random(1)
    for _ in range(KILLS):
        kill_in_the_stream(process, oracle, STREAM // KILLS, chance.randrange(STREAM // KILLS))
        process = oracle.start()
    kill(process)

    for name in _failpoints(work_url):
        process = oracle.start(f"{name}:1")
        oracle.publish(events=40, faults=2)
        assert until(lambda process=process: process.poll(), f"dead at {name}", within=40) == -signal.SIGKILL  # type: ignore[misc]

    process = oracle.start()
    oracle.publish(events=STREAM, faults=2)
    until(lambda: set(oracle.stored_cards()) >= set(oracle.cards), "all cards are stored", within=length(40, 300))
    until(lambda: oracle.edges() == oracle.expected_edges(), "each edge is taken in once")
    assert oracle.stored_cards() == oracle.cards
    process.terminate()
    assert process.wait(10) == 0


def kill_in_the_stream(process: subprocess.Popen[bytes], oracle: Oracle, events: int, after: int) -> None:
    """So many events and five faults; the process dies `after` so many, the others come meanwhile."""
    publishing = threading.Thread(target=oracle.publish, args=(events, 5))
    wanted = len(oracle.cards) + after
    publishing.start()
    until(lambda: len(oracle.cards) >= wanted, "so many are published", within=60)
    kill(process)
    publishing.join()


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def _failpoints(work_url: str) -> tuple[str, ...]:
    """All of them; on PostgreSQL those that meet the work database."""
    if work_url.startswith("postgresql"):
        return journal.FAILPOINTS + deliver.FAILPOINTS
    return spool.FAILPOINTS + journal.FAILPOINTS + deliver.FAILPOINTS
