"""The scheduler as processes: takeover, stale leader, escalation over a kill, a hung channel, steps of the wall clock."""

import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from facility.domain.alert import Alert, AlertState
from facility.domain.condition import EdgeKind
from facility.domain.notice import NoticeState
from facility.domain.state import LEVEL_1_WAITS
from facility.store.live import SqlLive
from tests.harness.clock import SharedClock
from tests.harness.small_scheduler import SmallEstate
from tests.harness.vendor import Received, Vendor
from tests.harness.wait import until

ROBOT, HOOK = "/cgi-bin/webhook/send", "/hook"


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with Vendor() as vendor:
        yield vendor


@pytest.fixture
def clock(tmp_path: Path) -> SharedClock:
    return SharedClock(tmp_path)


@pytest.fixture
def estate(tmp_path: Path, vendor: Vendor, clock: SharedClock) -> Iterator[SmallEstate]:
    estate = SmallEstate(tmp_path, vendor, **clock.environment)
    yield estate
    estate.close()


@pytest.fixture
def each_estate(tmp_path: Path, vendor: Vendor, clock: SharedClock, work_url: str) -> Iterator[SmallEstate]:
    """Once on SQLite and once on PostgreSQL."""
    estate = SmallEstate(tmp_path, vendor, work_url, **clock.environment)
    yield estate
    estate.close()


def fire(estate: SmallEstate, onset: datetime | None = None) -> None:
    estate.edge(EdgeKind.OPENED, "panel-1", "fire_alarm", onset or datetime.now(UTC))


def fires(vendor: Vendor) -> list[Received]:
    """Level-1 messages that a vendor accepted."""
    return [request for request in vendor.accepted() if "【一级信息】火警" in request.text]


def the_alert(estate: SmallEstate) -> Alert | None:
    with estate.work.reading() as unit:
        return next(iter(unit.alerts.recent(1)), None)


def settled(estate: SmallEstate) -> bool:
    """Nothing waits to be sent."""
    with estate.work.reading() as unit:
        return bool(unit.alerts.recent(1)) and not unit.notices.waiting()


def test_a_frozen_leader_is_followed_and_writes_nothing_when_it_wakes(
    each_estate: SmallEstate, vendor: Vendor, clock: SharedClock
) -> None:
    estate = each_estate
    first = estate.start()
    estate.leads(1, within=60)
    estate.start()
    until(lambda: "standing by: another process leads" in estate.log(), "the second stands by", within=60)
    until(lambda: frozen(estate, first), "the first is frozen between two transactions")
    takes_over(estate, clock, epoch=2)
    fire(estate)
    until(lambda: settled(estate), "the second told", within=40)
    first.send_signal(signal.SIGCONT)
    until(
        lambda: "standing by: work: epoch 1 of lease scheduler is over" in estate.log(),
        "the first steps down",
        within=40,
    )
    assert len(fires(vendor)) == 1
    lease = estate.lease()
    assert lease is not None
    assert lease.epoch == 2


def frozen(estate: SmallEstate, process: subprocess.Popen[bytes]) -> bool:
    """Stop the process, but not inside a transaction: on SQLite nobody could write then (PostgreSQL ends it after 5 s)."""
    process.send_signal(signal.SIGSTOP)
    if not estate.url.startswith("sqlite"):
        return True
    probe = sqlite3.connect(estate.folder / "work.db", isolation_level=None, timeout=0.2)
    try:
        probe.execute("BEGIN IMMEDIATE")
        probe.execute("ROLLBACK")
    except sqlite3.OperationalError:
        process.send_signal(signal.SIGCONT)
        return False
    finally:
        probe.close()
    return True


def takes_over(estate: SmallEstate, clock: SharedClock, epoch: int) -> None:
    """Fifteen seconds of everybody's clock, in steps that a living leader survives."""
    passed = 0

    def step() -> bool:
        nonlocal passed
        lease = estate.lease()
        if lease is not None and lease.epoch >= epoch:
            return True
        if passed < 15:
            clock.advance(1)
            passed += 1
        return False

    until(step, f"epoch {epoch} leads", within=60, every=0.3)


def test_no_acknowledgement_over_a_kill_tells_the_next_rung_in_time(
    each_estate: SmallEstate, vendor: Vendor, clock: SharedClock
) -> None:
    estate = each_estate
    first = estate.start()
    fire(estate)
    until(lambda: len(fires(vendor)) == 1 and settled(estate), "the manager is told", within=60)
    clock.advance(100)
    first.send_signal(signal.SIGKILL)
    first.wait()
    clock.advance(30)
    estate.start()
    until(lambda: len(fires(vendor)) == 2 and settled(estate), "the supervisor is told at once", within=60)
    alert = the_alert(estate)
    assert alert is not None
    with estate.work.reading() as unit:
        notices = unit.notices.of_alert(alert.id)
        assert unit.alerts.deadline(alert.id).met_at is not None
    assert [(notice.rung, notice.state) for notice in notices] == [(0, NoticeState.SENT), (1, NoticeState.SENT)]
    assert notices[1].created_at - alert.raised_at >= timedelta(seconds=120)


def test_one_channel_hangs_the_other_tells_in_time(estate: SmallEstate, vendor: Vendor) -> None:
    vendor.otherwise = {ROBOT: "hang"}
    estate.start(VENDOR_TIMEOUT="1.5")
    fire(estate)
    (told,) = until(lambda: [r for r in fires(vendor) if r.path == HOOK], "told by the other channel", within=60)
    until(lambda: (a := the_alert(estate)) is not None and met(estate, a.id), "the proof is stored")
    assert told.headers["webhook-id"].endswith(":hook")


def met(estate: SmallEstate, alert: int) -> bool:
    with estate.work.reading() as unit:
        deadline = unit.alerts.deadline(alert)
    return deadline.met_at is not None and deadline.met_at <= deadline.due_at


def test_all_channels_dead_is_said_and_recovery_delivers_in_time(
    each_estate: SmallEstate, vendor: Vendor, clock: SharedClock
) -> None:
    estate = each_estate
    vendor.otherwise = "error500"
    url = f"sqlite:///{estate.folder / 'live.db'}"
    live = SqlLive(url, "small")
    live.prepare()
    estate.start(FACILITY_LIVE=url)
    fire(estate)

    def waits() -> float:
        clock.advance(2)
        programs = live.programs()
        return programs["scheduler"].metrics.get(LEVEL_1_WAITS, 0.0) if "scheduler" in programs else 0.0

    until(lambda: waits() > 30, "the scheduler says that level 1 waits", within=60, every=0.3)
    for _ in range(60):
        clock.advance(9)  # in steps that the leader survives
        until(lambda: estate.lease() is not None, "it leads")
    assert fires(vendor) == []
    vendor.otherwise = "accept"
    begun, moved = time.monotonic(), 0

    def told() -> bool:
        nonlocal moved
        clock.advance(1)
        moved += 1
        return bool(fires(vendor))

    until(told, "the manager is told", within=60, every=0.3)
    assert moved + time.monotonic() - begun <= 30, "within 30 s of the programs' time"
    live.close()


def test_steps_of_the_wall_clock_do_nothing(estate: SmallEstate, vendor: Vendor, clock: SharedClock) -> None:
    estate.start()
    fire(estate)
    until(lambda: len(fires(vendor)) == 1 and settled(estate), "the manager is told", within=60)
    for seconds in (3600, -7200, 3600, -20):
        clock.step(seconds)
        before = beat(estate)
        until(lambda before=before: beat(estate) > before, "the loop goes on", within=30)  # type: ignore[misc]
    assert len(fires(vendor)) == 1, "nothing came early"
    assert "wall clock stepped" in estate.log()


def beat(estate: SmallEstate) -> int:
    lease = estate.lease()
    return lease.beat if lease else 0


def test_a_locked_database_delays_and_loses_nothing(estate: SmallEstate, vendor: Vendor, clock: SharedClock) -> None:
    estate.start()
    estate.leads(1, within=60)
    fire(estate)
    until(lambda: settled(estate), "told", within=60)
    blocker = sqlite3.connect(estate.folder / "work.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    until(lambda: "trying again until it is back" in estate.log(), "the loss is noticed", within=60)
    blocker.execute("ROLLBACK")
    blocker.close()
    until(lambda: "the work database is back" in estate.log(), "it is back", within=30)
    estate.edge(EdgeKind.ENDED, "panel-1", "fire_alarm", datetime.now(UTC))
    until(lambda: (a := the_alert(estate)) is not None and a.state is AlertState.RETURNED_UNACKNOWLEDGED, "it goes on")
    assert estate.log().count("trying again until it is back") == 1
    assert len(fires(vendor)) == 1


def test_it_stops_when_told_with_code_0(estate: SmallEstate) -> None:
    process = estate.start()
    estate.leads(1, within=60)
    process.terminate()
    assert process.wait(10) == 0
    again = estate.start()
    estate.leads(2, within=9.5)
    again.terminate()
    assert again.wait(10) == 0
