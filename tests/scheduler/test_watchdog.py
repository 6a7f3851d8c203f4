"""The watchdog: who falls silent is told by a channel of its own, again while it lasts, and once when it is over."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from facility.domain.alert import Alert, AlertState
from facility.domain.asset import Site
from facility.domain.notice import ChannelSpec, Notice, Rung
from facility.domain.state import ProgramState
from facility.domain.text import Message
from facility.domain.watchdog import DeadMan, Vigil, WatchdogSpec
from facility.ports import Lease
from facility.store.live import SqlLive
from facility.store.sql import SqlWork
from scheduler.channels import open_channel
from scheduler.lease import NAME
from scheduler.watchdog.addresses import FILE, Addresses
from scheduler.watchdog.program import Watchdog
from scheduler.watchdog.signs import Lookout
from scheduler.watchdog.voice import Voice
from tests.harness.clock import SharedClock
from tests.harness.flow_stage import START
from tests.harness.moved_time import Time
from tests.harness.small_scheduler import SECRET, SmallEstate
from tests.harness.small_site import small_site, staff
from tests.harness.tables import lay_tables
from tests.harness.vendor import Vendor
from tests.harness.wait import until

SPEC = WatchdogSpec(
    (Rung("manager", ("hook", "wecom"), timedelta(0)), Rung("supervisor", ("hook", "wecom"), timedelta(0))),
    silent_for=timedelta(seconds=60),
    repeat=timedelta(minutes=30),
)


@dataclass
class Stage:
    """A watchdog on a small estate whose scheduler and collectors live as long as `alive` holds their names."""

    folder: Path
    vendor: Vendor
    spec: WatchdogSpec = SPEC
    timeout: float = 2.0
    time: Time = field(default_factory=Time)
    alive: set[str] = field(default_factory=lambda: {"scheduler", "collectors"})

    def __post_init__(self) -> None:
        (self.folder / "hook.secret").write_text(SECRET, encoding="ascii")
        self.site: Site = small_site(
            self.vendor.wecom, self.vendor.hook, self.folder / "hook.secret", timeout=self.timeout
        )
        self.work = SqlWork(lay_tables(self.folder / "work.db"), "small")
        self.live = SqlLive(f"sqlite:///{self.folder / 'live.db'}", "small")
        self.work.prepare()
        self.live.prepare()
        with self.work.writing() as unit:
            for person in staff():
                unit.people.put(person)
            lease = unit.leases.seize(NAME, "elsewhere:1:1", None)
        assert isinstance(lease, Lease)
        self.epoch = lease.epoch
        self.dog = self.new_dog()

    def new_dog(self) -> Watchdog:
        addresses = Addresses(self.folder)
        addresses.recall()
        channels = {id: open_channel(spec, self.time.now) for id, spec in self.site.channels.items()}
        voice = Voice(self.site, channels, addresses, "http://facility.test")
        lookout = Lookout(self.work, self.live, self.time, Vigil(self.spec.silent_for.total_seconds()))
        return Watchdog(self.spec, lookout, voice, self.work, self.live, self.time)

    def pass_time(self, seconds: int, *, hanging: bool = False) -> None:
        """Second by second, with signs of life of those who are alive, and a turn of the watchdog.

        Its messages are answered before the next second begins, unless their channel hangs.
        """
        for _ in range(seconds):
            self.time.at += 1
            if "scheduler" in self.alive:
                with self.work.writing() as unit:
                    unit.leases.beat(NAME, self.epoch)
            if "collectors" in self.alive:
                self.live.put_program(ProgramState("collectors", self.time.now(), {}))
            self.dog.turn()
            if not hanging:
                until(lambda: not errands(), "all messages are answered")

    def heads(self) -> list[str]:
        """First lines of what was accepted, in order."""
        return [request.text.splitlines()[0].strip("*") for request in self.vendor.accepted()]

    def close(self) -> None:
        self.work.close()
        self.live.close()


def errands() -> list[str]:
    """What the watchdog does beside its loop."""
    return [each.name for each in threading.enumerate() if each.name.startswith(("tell ", "give "))]


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with Vendor() as vendor:
        yield vendor


@pytest.fixture
def stage(tmp_path: Path, vendor: Vendor) -> Iterator[Stage]:
    stage = Stage(tmp_path, vendor)
    yield stage
    stage.close()


def test_while_all_is_well_it_says_nothing(stage: Stage) -> None:
    stage.pass_time(200)
    assert stage.heads() == []
    assert stage.live.programs()["watchdog"].metrics["facility_watchdog_told_total"] == 0


def test_a_silent_scheduler_is_told_to_each_after_its_time_and_once(stage: Stage) -> None:
    stage.pass_time(30)
    stage.alive.remove("scheduler")
    stage.pass_time(59)
    assert stage.heads() == []
    stage.pass_time(2)
    assert stage.heads() == ["【系统】调度程序无响应"] * 2
    assert {request.path for request in stage.vendor.accepted()} == {"/hook"}, "its own channel, not the scheduler's"
    first = stage.vendor.accepted()[0].text
    assert "不通知任何人" in first
    assert "facility doctor" in first
    stage.pass_time(600)
    assert len(stage.heads()) == 2


def test_while_it_lasts_it_is_told_again_and_its_end_once(stage: Stage) -> None:
    stage.alive.remove("collectors")
    stage.pass_time(61 + 1801)
    assert stage.heads() == ["【系统】采集程序无响应"] * 4
    stage.alive.add("collectors")
    stage.pass_time(30)
    assert stage.heads()[4:] == ["【系统】采集程序已恢复"] * 2


def test_a_channel_that_refuses_is_followed_by_the_next(stage: Stage) -> None:
    stage.vendor.otherwise = {"/hook": "error500"}
    stage.alive.remove("scheduler")
    stage.pass_time(62)
    assert {request.path.partition("?")[0] for request in stage.vendor.accepted()} == {"/cgi-bin/webhook/send"}
    assert len(stage.heads()) == 2


def test_while_a_channel_hangs_it_goes_on_looking_and_says_the_end_after_the_beginning(
    tmp_path: Path, vendor: Vendor
) -> None:
    stage = Stage(tmp_path, vendor, timeout=20.0)
    vendor.otherwise = {"/hook": "hang"}
    stage.alive.remove("scheduler")
    stage.pass_time(62, hanging=True)
    until(lambda: len(vendor.received) == 2, "both are being told")
    stage.alive.remove("collectors")
    stage.pass_time(62, hanging=True)
    silent = [name for name in stage.live.programs()["watchdog"].metrics if "watchdog_silent" in name]
    assert sorted(silent) == [f'facility_watchdog_silent{{name="{name}"}}' for name in ("collectors", "scheduler")]
    until(lambda: len(vendor.received) == 4, "of the other one too, each once")
    stage.alive.add("scheduler")
    stage.pass_time(5, hanging=True)
    assert stage.heads() == []
    assert sorted(errands()) == [
        f"tell {who} that {name} is silent" for who in ("manager", "supervisor") for name in ("collectors", "scheduler")
    ]
    vendor.over.set()
    until(lambda: not errands(), "the other channel took them")
    assert sorted(stage.heads()) == ["【系统】调度程序无响应"] * 2 + ["【系统】采集程序无响应"] * 2
    stage.pass_time(2)
    assert stage.heads()[4:] == ["【系统】调度程序已恢复"] * 2
    stage.close()


def test_when_no_channel_takes_it_it_is_tried_again(stage: Stage) -> None:
    stage.vendor.otherwise = "error500"
    stage.alive.remove("scheduler")
    stage.pass_time(62)
    assert stage.heads() == []
    stage.vendor.otherwise = "accept"
    stage.pass_time(16)
    assert stage.heads() == ["【系统】调度程序无响应"] * 2


def test_a_database_that_is_away_is_told_alone_to_people_known_from_before(tmp_path: Path, vendor: Vendor) -> None:
    stage = Stage(tmp_path, vendor)
    stage.pass_time(10)
    stage.work.close()
    stage.work = SqlWork("postgresql+psycopg://nobody:nothing@127.0.0.1:9/none", "small")
    stage.dog = stage.new_dog()  # also after a restart of its own: who fills the positions is in its file
    stage.alive.remove("scheduler")
    for _ in range(7):  # each look waits for the connection to be refused
        stage.pass_time(1)
        stage.time.at += 9
        stage.live.put_program(ProgramState("collectors", stage.time.now(), {}))
    assert stage.heads() == ["【系统】业务数据库无响应"] * 2
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0, "addresses are for our user alone"
    stage.close()


def test_a_level_1_message_that_nobody_takes_is_told(stage: Stage) -> None:
    stage.pass_time(5)
    alert = Alert(0, "panel-1", "fire_alarm", "fire_alarm", 1, AlertState.ACTIVE_UNACKNOWLEDGED, START, START)
    with stage.work.writing() as unit:
        stored = unit.alerts.add(alert, START)
        assert stored is not None
        now = stage.time.now()
        unit.notices.add(
            Notice(0, "alert:1:0:wecom", 1, "wecom", Message("notices.alert"), 1, now, now, alert=stored.id)
        )
    stage.pass_time(170)
    assert stage.heads() == []
    stage.pass_time(20)
    assert stage.heads() == ["【系统】一级信息发送无响应"] * 2


def test_a_damaged_memory_of_people_does_no_harm(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    (stage.folder / FILE).write_text('{"manager": [{"id": 1}]}', encoding="utf-8")
    stage.dog = stage.new_dog()
    assert "is made anew" in caplog.text
    stage.alive.remove("scheduler")
    stage.pass_time(62)
    assert len(stage.heads()) == 2


def test_the_outside_service_hears_of_us_only_while_all_is_well(tmp_path: Path, vendor: Vendor) -> None:
    where = ChannelSpec("dead-man", "dead_man", vendor.hook.replace("/hook", "/ping"))
    stage = Stage(tmp_path, vendor, replace(SPEC, dead_man=DeadMan(where, timedelta(seconds=60))))

    def pings() -> int:
        return sum(request.path == "/ping" for request in vendor.received)

    stage.pass_time(119)
    assert pings() == 2
    stage.alive.clear()
    stage.pass_time(60)
    before = pings()
    stage.pass_time(300)
    assert pings() == before
    stage.alive = {"scheduler", "collectors"}
    stage.pass_time(62)
    assert pings() > before
    stage.close()


@pytest.mark.timeout(120)
def test_a_frozen_scheduler_is_told_by_the_other_process(tmp_path: Path, vendor: Vendor) -> None:
    """G18 with real processes: the scheduler is stopped, the clock moves on, the watchdog tells."""
    clock = SharedClock(tmp_path)
    estate = SmallEstate(tmp_path / "estate", vendor, **clock.environment)
    live = SqlLive(f"sqlite:///{tmp_path / 'estate' / 'live.db'}", "small")
    live.prepare()
    leader = estate.start()
    estate.leads(1)
    with (tmp_path / "watchdog.log").open("wb") as log:
        dog = subprocess.Popen(
            [sys.executable, "-m", "tests.harness.small_watchdog"],
            cwd=Path(__file__).parents[2],
            env={**os.environ, **estate.environment},
            stderr=log,
        )
    try:
        until(lambda: "watchdog" in live.programs(), "the watchdog watches")
        leader.send_signal(signal.SIGSTOP)

        def told() -> list[str]:
            clock.advance(5)
            return [request.path for request in vendor.accepted() if "调度程序无响应" in request.text]

        assert until(told, "the manager is told", every=0.5) == ["/hook"]
        dog.terminate()
        assert dog.wait(20) == 0
    finally:
        dog.kill()
        dog.wait()
        estate.close()
        live.close()
