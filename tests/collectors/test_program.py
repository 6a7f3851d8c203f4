"""The program as people run it: starts on a site, says what it does, survives crashes of its parts, stops in time."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from collectors.program import Collectors
from collectors.worker import Worker
from facility.clock import SystemClock
from facility.domain.asset import COMM_LOST
from facility.domain.rule import Rule, Silence
from facility.domain.state import ProgramState
from facility.store.live import SqlLive
from facility.store.sql import SqlWork
from facility.store.sqlite_history import SqliteHistory
from tests.collectors.collect_stage import X, device, point, site, wire
from tests.harness.ports import free_port
from tests.harness.wait import until

SITE = """
site: demo
title: {{en: Demo, zh: 示范}}
zone: Asia/Shanghai
language: en
teams: {{crew: {{title: {{en: Crew, zh: 班组}}}}}}
positions: {{keeper: {{title: {{en: Keeper, zh: 管理员}}, team: crew, role: administrator}}}}
areas: {{room: {{title: {{en: Room, zh: 机房}}, owner: keeper}}}}
links: {{wire: {{title: {{en: Wire, zh: 链路}}, kind: modbus_tcp, host: 127.0.0.1, port: {port}}}}}
assets:
  tank: {{title: {{en: Tank, zh: 水箱}}, profile: tank, area: room, operating: keeper, maintaining: keeper, link: wire, unit: 1}}
ladders:
  1: [{{position: keeper, channels: [hook], after: 0s}}]
  2: [{{position: keeper, channels: [hook], after: 0s}}]
  3: [{{position: keeper, channels: [hook], after: 0s}}]
channels: {{hook: {{kind: webhook, url: "http://127.0.0.1:9/hook", secret_file: hook.secret, timeout: 15s}}}}
"""


class House:
    """A folder with a site of one tank that never answers, and the real collectors on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "site.yaml").write_text(SITE.format(port=free_port()), "utf-8")
        (folder / "hook.secret").write_text("a secret of the hook", "utf-8")
        self.live = SqlLive(f"sqlite:///{folder / 'data' / 'live.db'}", "demo")

    def start(self, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start the collectors."""
        everything = {
            **os.environ,
            "FACILITY_SITE": str(self.folder / "site.yaml"),
            "FACILITY_DATA": str(self.folder / "data"),
            **(environment or {}),
        }
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen([sys.executable, "-m", "collectors"], env=everything, stdout=log, stderr=log)

    def account(self) -> ProgramState | None:
        """What the program says of itself."""
        if not (self.folder / "data" / "live.db").exists():
            return None
        self.live.prepare()
        return self.live.programs().get("collectors")

    def log(self) -> str:
        return (self.folder / "log").read_text("utf-8")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    (tmp_path / "data").mkdir()
    house = House(tmp_path)
    yield house
    house.live.close()


def test_it_accounts_for_itself_and_stops_within_five_seconds(house: House) -> None:
    process = house.start()
    account = until(house.account, "an account", within=40)
    assert 'facility_link_polls_total{link="wire"}' in account.metrics
    assert {"facility_spool_lines", "facility_edges_undelivered", "facility_parked_lines_total"} <= set(account.metrics)
    second = house.start()
    assert second.wait(40) == 1
    assert "other collectors run on this folder" in house.log()
    before = time.monotonic()
    process.terminate()
    assert process.wait(10) == 0
    assert time.monotonic() - before < 5
    assert "stopped" in house.log()


def test_a_site_that_is_refused_ends_it_with_a_reason(house: House) -> None:
    (house.folder / "site.yaml").write_text("site: 7 : 8", "utf-8")
    assert house.start().wait(40) == 1
    assert "site.yaml:1" in house.log()


def test_it_stops_in_time_also_when_work_and_history_hang(house: House) -> None:
    """Nothing listens behind these addresses."""
    port = free_port()
    process = house.start(
        {
            "FACILITY_WORK": f"postgresql://x:y@127.0.0.1:{port}/z",
            "FACILITY_LIVE": f"sqlite:///{house.folder / 'data' / 'live.db'}",
            "FACILITY_HISTORY": f"http://127.0.0.1:{port}",
        }
    )
    until(lambda: "history is away" in house.log() and "work database is away" in house.log(), "both away", within=40)
    until(house.account, "it goes on", within=40)
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0


def test_in_one_loop_a_dead_link_is_a_condition_in_the_work_database(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    silent = Rule(COMM_LOST, X, Silence(timedelta(seconds=0.5)))
    estate = site([device("m", [point("u")], [silent])], [wire(port=free_port())])
    work = SqlWork(f"sqlite:///{tmp_path / 'work.db'}", "demo")
    live = SqlLive(f"sqlite:///{tmp_path / 'live.db'}", "demo")
    history = SqliteHistory(tmp_path / "history.db", "demo")
    collectors = Collectors(estate, tmp_path / "data", SystemClock(), history, live, work)

    def seen() -> bool:
        with work.reading() as unit:
            return [item.rule for item in unit.conditions.open()] == [COMM_LOST]

    async def main() -> None:
        running = asyncio.create_task(collectors.run())
        await asyncio.to_thread(
            until, lambda: collectors.journal.undelivered == 0 and collectors.journal.recorded, "told"
        )
        await asyncio.to_thread(until, seen, "the condition is in the work database")
        os.kill(os.getpid(), signal.SIGTERM)
        await running

    asyncio.run(main())
    assert collectors.metrics()["facility_conditions_open"] == 1
    work.close()
    live.close()
    history.close()


def test_a_worker_that_fails_is_reported_and_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    calls: list[int] = []

    def step() -> float:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("once")
        return 60.0

    worker = Worker("shaky", SystemClock(), step)
    worker.start()
    until(lambda: len(calls) == 2, "it goes on")
    worker.wake()
    until(lambda: len(calls) == 3, "it is woken")
    assert worker.stop(2)
    assert "shaky failed" in caplog.text


def test_a_file_that_may_not_grow_sheds_readings_and_keeps_edges(tmp_path: Path) -> None:
    """G13 in short, by the limit on the size of files: a process of its own, because the limit cannot be lifted."""
    script = tmp_path / "fill.py"
    script.write_text(
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from collectors.journal import Journal\n"
        "from collectors.spool import Spool\n"
        "from tests.collectors.collect_stage import HandClock, edge\n"
        "folder, clock = Path(sys.argv[1]), HandClock()\n"
        "spool, journal = Spool(folder / 'spool.db', clock), Journal(folder / 'journal.db', 'main', clock)\n"
        "limit = max((folder / name).stat().st_size for name in ('journal.db', 'journal.db-wal'))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))\n"
        "stored = sum(spool.append(b'x' * 50_000, 1) for _ in range(200))\n"
        "edges = sum(len(journal.record([edge(n)])) for n in range(300))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))\n"
        "assert spool.append(b'x', 1)\n"
        "print(stored, spool.lines, spool.dropped, edges, len(journal.pending(999)))\n",
        "utf-8",
    )
    done = subprocess.run(
        [sys.executable, script, tmp_path],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": "."},
    )
    assert done.returncode == 0, done.stderr
    stored, waiting, dropped, edges, journalled = map(int, done.stdout.split())
    assert waiting + dropped == stored + 1
    assert dropped or stored < 200
    assert edges == journalled == 300
