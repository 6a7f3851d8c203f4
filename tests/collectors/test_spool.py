"""The spool and its drain: nothing is lost but what a stated bound drops, and that is counted."""

import gzip
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from collectors import drain as drain_module
from collectors.drain import Drain
from collectors.journal import Journal
from collectors.outflow import Outflow, oldest_of
from collectors.packing import DAMAGED, pack
from collectors.spool import Spool
from facility.domain.counter import Counter
from facility.domain.errors import StoreRejected, StoreUnavailable
from facility.domain.rollup import Counters, Rolled, Rollup
from facility.domain.stored import Stored
from facility.ports import GzipHistory, Sample
from tests.collectors.collect_stage import HandClock

LINE = b"meter,site=demo,asset=a u=%d.0 1795000000000000000\n"


class Shelf:
    """A history of lines in memory; refuses lines that hold `poison`, everything while `away` or `strict`."""

    def __init__(self) -> None:
        self.stored: list[bytes] = []
        self.away = self.strict = False
        self.poison = b"\x00"
        self.calls = 0

    def prepare(self) -> None:
        if self.away:
            raise StoreUnavailable("history", "away", "Wait.")

    def write(self, lines: bytes) -> None:
        self.calls += 1
        self.prepare()
        if self.strict or self.poison in lines:
            raise StoreRejected("history", "field type conflict", "Rename the point.")
        self.stored += [line for line in lines.splitlines(keepends=True) if b"asset=spool" not in line]

    def windows(
        self, asset_class: str, asset: str, point: str, since: datetime, until: datetime, every: timedelta
    ) -> list[Sample]:
        raise NotImplementedError

    def rollups(
        self,
        asset_class: str,
        asset: str,
        point: str,
        since: datetime,
        until: datetime,
        every: timedelta,
        counter: Counter | None = None,
    ) -> list[Rollup]:
        raise NotImplementedError

    def roll_up(self, now: datetime, counters: Counters) -> Rolled:
        raise NotImplementedError

    def readings(self, asset_class: str, asset: str, since: datetime, until: datetime) -> list[Stored]:
        raise NotImplementedError

    def count(self, asset_class: str, asset: str, since: datetime, until: datetime) -> int:
        raise NotImplementedError


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def fill(spool: Spool, batches: int, lines: int = 3) -> list[bytes]:
    """Append numbered lines; all of them."""
    issued = []
    for batch in range(batches):
        chunk = [LINE % (batch * lines + n) for n in range(lines)]
        assert spool.append(b"".join(chunk), lines)
        issued += chunk
    return issued


def drain(spool: Spool, shelf: Shelf, clock: HandClock) -> Drain:
    return Drain(spool, shelf, "demo", clock)


def empty(drain: Drain, spool: Spool) -> None:
    """Step until nothing waits."""
    for _ in range(100):
        drain.step()
        if not spool.batches:
            return
    raise AssertionError("the spool does not run empty")


def test_lines_come_out_in_order_and_once(tmp_path: Path, clock: HandClock) -> None:
    spool, shelf = Spool(tmp_path / "spool.db", clock), Shelf()
    issued = fill(spool, 50)
    empty(drain(spool, shelf, clock), spool)
    assert shelf.stored == issued
    assert (spool.lines, spool.bytes, spool.oldest) == (0, 0, 0)


def test_lines_wait_while_history_is_away_and_over_a_restart(tmp_path: Path, clock: HandClock) -> None:
    spool, shelf = Spool(tmp_path / "spool.db", clock), Shelf()
    issued = fill(spool, 5)
    shelf.away = True
    waiting = drain(spool, shelf, clock)
    assert [waiting.step() for _ in range(6)] == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0]
    spool.close()
    again = Spool(tmp_path / "spool.db", clock)
    assert (again.lines, again.oldest) == (15, clock.at.timestamp())
    shelf.away = False
    empty(drain(again, shelf, clock), again)
    assert shelf.stored == issued


def test_a_spool_that_cannot_be_written_is_said_once_and_gives_its_lines_again(
    tmp_path: Path, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    spool, shelf = Spool(tmp_path / "spool.db", clock), Shelf()
    issued = fill(spool, 5)
    spool._connection.execute("PRAGMA busy_timeout = 1")
    draining = drain(spool, shelf, clock)
    with closing(sqlite3.connect(tmp_path / "spool.db", isolation_level=None)) as blocker:
        blocker.execute("BEGIN IMMEDIATE")
        assert [draining.step() for _ in range(3)] == [0.5, 1.0, 2.0]
        blocker.execute("ROLLBACK")
    assert caplog.text.count("the spool is away") == 1
    empty(draining, spool)
    assert set(shelf.stored) == set(issued)


def test_one_poison_line_is_parked_and_the_others_go_on(tmp_path: Path, clock: HandClock) -> None:
    spool, shelf = Spool(tmp_path / "spool.db", clock), Shelf()
    issued = fill(spool, 10, lines=10)
    shelf.poison = b"u=37.0"
    empty(drain(spool, shelf, clock), spool)
    assert sorted(shelf.stored) == sorted(line for line in issued if b"u=37.0" not in line)
    ((line, reason),) = spool.parked_lines()
    assert line == LINE % 37
    assert "field type conflict" in reason
    assert spool.parked == 1


def test_a_batch_of_nothing_but_poison_is_parked(tmp_path: Path, clock: HandClock) -> None:
    spool, shelf = Spool(tmp_path / "spool.db", clock), Shelf()
    fill(spool, 1, lines=1)
    shelf.poison = b"asset=a"
    empty(drain(spool, shelf, clock), spool)
    assert (len(spool.parked_lines()), shelf.stored) == (1, [])


def test_a_history_that_refuses_us_parks_nothing(tmp_path: Path, clock: HandClock) -> None:
    spool, shelf = Spool(tmp_path / "spool.db", clock), Shelf()
    issued = fill(spool, 4)
    shelf.strict = True
    refused = drain(spool, shelf, clock)
    assert refused.step() == 0.5
    assert (spool.lines, spool.parked, shelf.calls) == (12, 0, 2)
    shelf.strict = False
    empty(refused, spool)
    assert shelf.stored == issued


def test_the_bound_of_size_drops_the_oldest_and_counts_them(tmp_path: Path, clock: HandClock) -> None:
    spool, shelf = Spool(tmp_path / "spool.db", clock, max_bytes=20 * len(LINE % 10)), Shelf()
    issued = fill(spool, 100, lines=1)
    assert spool.bytes <= 20 * len(LINE % 10)
    empty(drain(spool, shelf, clock), spool)
    assert shelf.stored == issued[-len(shelf.stored) :]
    assert len(shelf.stored) + spool.dropped == 100
    assert shelf.stored


def test_the_bound_of_age_drops_what_is_too_old(tmp_path: Path, clock: HandClock) -> None:
    spool = Spool(tmp_path / "spool.db", clock, max_age=timedelta(hours=1))
    fill(spool, 2)
    clock.advance(3601)
    fill(spool, 1)
    assert (spool.lines, spool.dropped) == (3, 6)


def test_lines_of_a_machine_without_the_time_take_no_others_with_them(tmp_path: Path, clock: HandClock) -> None:
    spool = Spool(tmp_path / "spool.db", clock)
    fill(spool, 40)
    right, clock.at = clock.at, datetime(1970, 1, 2, tzinfo=clock.at.tzinfo)
    fill(spool, 2)
    spool.close()
    clock.at = right + timedelta(hours=1)
    spool = Spool(tmp_path / "spool.db", clock)
    fill(spool, 1)
    assert (spool.lines, spool.dropped) == (123, 6)


def test_a_full_disk_sheds_the_oldest_and_recovers_by_itself(tmp_path: Path, clock: HandClock) -> None:
    spool, shelf = Spool(tmp_path / "spool.db", clock), Shelf()
    (pages,) = spool._connection.execute("PRAGMA page_count").fetchone()
    spool._connection.execute(f"PRAGMA max_page_count = {pages + 20}")
    big = 500
    issued = fill(spool, 30, lines=big)
    assert spool.dropped > 0
    assert spool.dropped + spool.lines == len(issued)
    spool._connection.execute("PRAGMA max_page_count = 1000000")
    issued += fill(spool, 5, lines=big)
    kept = len(issued) - spool.dropped
    empty(drain(spool, shelf, clock), spool)
    assert shelf.stored == issued[-kept:]


def test_a_batch_larger_than_the_disk_is_refused_and_harms_nothing(tmp_path: Path, clock: HandClock) -> None:
    spool = Spool(tmp_path / "spool.db", clock)
    (pages,) = spool._connection.execute("PRAGMA page_count").fetchone()
    spool._connection.execute(f"PRAGMA max_page_count = {pages + 5}")
    assert not spool.append(b"x" * 200_000, 10)
    assert spool.append(LINE % 1, 1)


def test_a_file_that_is_no_database_is_set_aside(tmp_path: Path, clock: HandClock) -> None:
    (tmp_path / "spool.db").write_bytes(b"not a database at all" * 100)
    spool = Spool(tmp_path / "spool.db", clock)
    assert spool.append(LINE % 1, 1)
    (aside,) = tmp_path.glob("spool.db.corrupt-*")
    assert aside.read_bytes().startswith(b"not a database")
    assert spool.set_aside == 1


def test_a_file_damaged_under_our_feet_is_set_aside_and_collecting_goes_on(tmp_path: Path, clock: HandClock) -> None:
    spool = Spool(tmp_path / "spool.db", clock)
    fill(spool, 20, lines=200)
    spool._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = (tmp_path / "spool.db").stat().st_size
    with (tmp_path / "spool.db").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    spool._connection.execute("PRAGMA cache_size = 0")
    shelf = Shelf()
    drain(spool, shelf, clock).step()
    assert spool.append(LINE % 7, 1)
    empty(drain(spool, shelf, clock), spool)
    assert LINE % 7 in shelf.stored
    assert spool.set_aside == 1


def test_a_person_who_looks_into_the_file_does_not_stop_us(tmp_path: Path, clock: HandClock) -> None:
    spool = Spool(tmp_path / "spool.db", clock)
    other = sqlite3.connect(tmp_path / "spool.db")
    other.execute("BEGIN")
    other.execute("SELECT * FROM batches").fetchall()
    assert spool.append(LINE % 1, 1)
    other.close()


class Packed(Shelf):
    """A history that takes compressed lines."""

    def __init__(self) -> None:
        super().__init__()
        self.oldest: list[int] = []

    def write_gzip(self, body: bytes, oldest: int = 0) -> None:
        self.oldest.append(oldest)
        try:
            lines = gzip.decompress(body)
        except DAMAGED:
            raise StoreRejected("history", "not gzip", "Send gzip.") from None
        self.write(lines)


@pytest.mark.parametrize("kind", [Shelf, Packed])
def test_packed_batches_arrive_as_lines_and_poison_is_parked(
    kind: type[Shelf], tmp_path: Path, clock: HandClock
) -> None:
    spool, shelf = Spool(tmp_path / "spool.db", clock), kind()
    assert isinstance(shelf, GzipHistory) == (kind is Packed)
    issued = [LINE % n for n in range(200)]
    assert spool.append(pack(b"".join(issued[:150])), 150)
    assert spool.append(pack(b"".join(issued[150:151])), 1)
    assert spool.append(pack(b"".join(issued[151:])), 49)
    shelf.poison = b"u=37.0"
    empty(drain(spool, shelf, clock), spool)
    assert sorted(shelf.stored) == sorted(line for line in issued if b"u=37.0" not in line)
    assert [line for line, _ in spool.parked_lines()] == [LINE % 37]


@pytest.mark.parametrize("kind", [Shelf, Packed])
def test_a_batch_that_the_disk_gives_back_damaged_is_parked_and_the_others_go_on(
    kind: type[Shelf], tmp_path: Path, clock: HandClock
) -> None:
    spool, shelf = Spool(tmp_path / "spool.db", clock), kind()
    damaged = pack(b"".join(LINE % n for n in range(100)))[:-20]
    assert spool.append(damaged, 100)
    assert spool.append(LINE % 7, 1)
    empty(drain(spool, shelf, clock), spool)
    assert shelf.stored == [LINE % 7]
    ((kept, reason),) = spool.parked_lines()
    assert kept == damaged
    assert "damaged on the disk" in reason


def test_many_lines_gather_for_one_write_and_few_go_at_once(tmp_path: Path, clock: HandClock) -> None:
    spool, shelf = Spool(tmp_path / "spool.db", clock), Shelf()
    draining = drain(spool, shelf, clock)
    first = fill(spool, 1, drain_module.FEW)
    draining.step()
    assert shelf.stored == first  # what an earlier run left goes at once
    fill(spool, 2, drain_module.FEW)
    draining.step()
    assert spool.batches == 2
    clock.advance(drain_module.GATHER)
    draining.step()
    assert not spool.batches
    fill(spool, 1, drain_module.FEW - 1)
    draining.step()
    assert not spool.batches
    fill(spool, 1, drain_module.LINES)
    draining.step()
    assert not spool.batches


def test_a_batch_carries_the_oldest_of_its_times(tmp_path: Path, clock: HandClock) -> None:
    spool, packed = Spool(tmp_path / "spool.db", clock), Packed()
    outflow = Outflow(spool, Journal(tmp_path / "journal.db", "main", clock))
    early, late = 1_700_000_000_000_000_000, 1_700_000_001_000_000_000
    outflow.lines += [f"meter,site=demo,asset=m u=1 {late}\n", f"meter,site=demo,asset=m u=1 {early}\n"]
    outflow.step()
    drain(spool, packed, clock).step()
    assert packed.oldest == [early]
    for short in (5, 123_456_789_012_345_678):
        assert oldest_of([f"meter,site=demo,asset=m u=1 {late}\n", f"meter,site=demo,asset=m u=1 {short}\n"]) == 0
    assert oldest_of([f'meter,site=demo,asset=m u_text=" 1234567890123456789" {early % 1000}\n']) == 0


def test_a_spool_of_an_earlier_version_is_taken_over(tmp_path: Path, clock: HandClock) -> None:
    with closing(sqlite3.connect(tmp_path / "spool.db")) as earlier, earlier:
        earlier.execute(
            "CREATE TABLE batches (id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, count INTEGER NOT NULL,"
            " bytes INTEGER NOT NULL, lines BLOB NOT NULL)"
        )
        earlier.execute("INSERT INTO batches (at, count, bytes, lines) VALUES (1, 1, 3, x'610a')")
    spool, packed = Spool(tmp_path / "spool.db", clock), Packed()
    empty(drain(spool, packed, clock), spool)
    assert packed.stored == [b"a\n"]
    assert packed.oldest == [0]


def test_small_batches_that_are_due_together_go_together(tmp_path: Path, clock: HandClock) -> None:
    spool, shelf = Spool(tmp_path / "spool.db", clock), Shelf()
    draining = drain(spool, shelf, clock)
    draining.step()
    issued = fill(spool, 100)
    draining.step()
    clock.advance(drain_module.GATHER)
    empty(draining, spool)
    assert shelf.stored == issued
