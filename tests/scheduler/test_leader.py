"""The leader's loop: one part that fails for good does not keep the others."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from facility.clock import SystemClock
from facility.domain.asset import Site
from facility.domain.condition import Condition, EdgeKind
from facility.domain.notice import Answer, Verdict
from facility.flow.keep_quiet import Quiet
from facility.flow.memory import Memory
from facility.flow.raise_alerts import raise_alert
from facility.heartbeat import Heartbeat
from facility.ports import Lease, Outgoing, WorkUnit
from facility.store.live import SqlLive
from facility.store.sqlite_history import SqliteHistory
from scheduler.jobs import Job
from scheduler.leader import Leader
from scheduler.lease import StandBy, holder_of_this_process
from scheduler.texts import Writer
from tests.harness.small_scheduler import SmallEstate
from tests.harness.small_site import small_site
from tests.harness.vendor import Vendor
from tests.harness.wait import until


class Accepting:
    """A channel that accepts everything and remembers what."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, outgoing: Outgoing) -> Answer:
        self.sent.append(outgoing.key)
        return Answer(Verdict.ACCEPTED)


@pytest.fixture
def estate(tmp_path: Path) -> Iterator[SmallEstate]:
    with Vendor() as vendor:
        estate = SmallEstate(tmp_path, vendor)
        yield estate
        estate.close()


def broken(site: Site, unit: WorkUnit, now: datetime) -> object:
    """Raises an alert that is rolled back."""
    condition = Condition("incomer-1", "breaker_tripped", now, now)
    raise_alert(site, unit, condition, site.rule("incomer-1", "breaker_tripped"), Quiet(), Memory(), now)
    raise ValueError("a fault of ours")


def test_a_job_that_always_fails_stops_neither_alerts_nor_messages_nor_other_jobs(
    estate: SmallEstate, caplog: pytest.LogCaptureFixture
) -> None:
    clock, channel, ran = SystemClock(), Accepting(), threading.Event()
    site = small_site(id="small")
    live = SqlLive(f"sqlite:///{estate.folder / 'live.db'}", site.id)
    live.prepare()
    history = SqliteHistory(estate.folder / "history.db", site.id)
    lease = until(lambda: StandBy(estate.work, clock, holder_of_this_process()).look(), "the lease is ours")
    assert isinstance(lease, Lease)
    jobs = [Job("broken", "1", broken), Job("fine", "1", lambda _site, _unit, _now: ran.set())]
    writer = Writer(site, "http://127.0.0.1:1", b"secret")
    leader = Leader(site, estate.work, live, history, clock, lambda _spec: channel, writer, lease.epoch, jobs)
    stopping = threading.Event()
    loop = threading.Thread(target=leader.lead, args=[stopping, Heartbeat(estate.folder, "scheduler")])
    loop.start()
    try:
        until(lambda: "a fault of ours" in caplog.text, "the fault is reported")
        estate.edge(EdgeKind.OPENED, "panel-1", "fire_alarm", clock.now() - timedelta(seconds=1))
        until(lambda: channel.sent, "the manager is told")
        assert ran.is_set()
        assert caplog.text.count("a turn of the leader failed") == 1
        assert "raised: level 1 fire_alarm at panel-1" in caplog.text
        assert "breaker_tripped" not in caplog.text  # its alert was rolled back
    finally:
        stopping.set()
        loop.join()
        live.close()
        history.close()
