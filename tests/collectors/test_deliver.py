"""Delivery to the work database: in order, once, later when it is away; and what leaves the loop, in the right order."""

import random
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from collectors.deliver import Delivery, Key
from collectors.journal import Journal
from collectors.outflow import Outflow
from collectors.spool import Spool
from facility.domain.condition import Condition, EdgeKind
from facility.domain.errors import StoreUnavailable
from facility.ports import WorkUnit
from facility.store.sql import SqlWork
from tests.collectors.collect_stage import HandClock, edge

ENDED = EdgeKind.ENDED


class Wobbly:
    """A work database that can be told to be away, before or after it took what it was given."""

    def __init__(self, real: SqlWork) -> None:
        self.real, self.away, self.dies_after_commit = real, False, False

    def prepare(self) -> None:
        self.real.prepare()

    def figures(self, program: str) -> Mapping[str, float]:
        return self.real.figures(program)

    def reading(self) -> AbstractContextManager[WorkUnit]:
        return self.real.reading()

    @contextmanager
    def writing(self, epoch: int | None = None) -> Iterator[WorkUnit]:
        if self.away:
            raise StoreUnavailable("work", "away", "Wait.")
        with self.real.writing(epoch) as unit:
            yield unit
        if self.dies_after_commit:
            self.dies_after_commit = False
            raise StoreUnavailable("work", "the answer was lost", "Wait.")


class Office:
    """Journal, work database and the delivery between them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, HandClock()
        self.work = Wobbly(SqlWork(f"sqlite:///{folder / 'work.db'}", "demo"))
        self.adopted: list[Condition] = []
        self.begin()

    def begin(self) -> None:
        self.journal = Journal(self.folder / "journal.db", "main", self.clock)
        self.delivery = Delivery(self.journal, self.work, self.clock, self._adopt)

    def _adopt(self, known: Collection[Condition], journalled: Collection[Key]) -> None:
        self.adopted += known

    def open(self) -> list[tuple[str, str]]:
        with self.work.real.reading() as unit:
            return sorted((item.asset, item.rule) for item in unit.conditions.open())


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path)
    yield office
    office.work.real.close()


def test_edges_arrive_in_order(office: Office) -> None:
    office.journal.record([edge(1), edge(2, asset="b"), edge(3, ENDED)])
    assert office.delivery.step() == 1.0
    assert office.open() == [("b", "r")]
    assert office.journal.undelivered == 0


def test_a_work_database_that_is_away_delays_and_loses_nothing(office: Office) -> None:
    office.delivery.step()
    office.journal.record([edge(1)])
    office.work.away = True
    assert [office.delivery.step() for _ in range(5)] == [0.5, 1.0, 2.0, 4.0, 5.0]
    office.journal.record([edge(2, asset="b")])
    office.work.away = False
    office.delivery.step()
    assert office.open() == [("a", "r"), ("b", "r")]


def test_an_answer_that_was_lost_makes_no_second_condition(office: Office) -> None:
    office.delivery.step()
    office.journal.record([edge(1), edge(2, ENDED), edge(3)])
    office.work.dies_after_commit = True
    assert office.delivery.step() == 0.5
    assert office.journal.undelivered == 3
    office.delivery.step()
    with office.work.real.reading() as unit:
        assert len(unit.conditions.recent(10)) == 2
    assert office.open() == [("a", "r")]


def test_the_open_set_is_mended_every_half_minute(office: Office) -> None:
    office.journal.record([edge(1), edge(2, asset="b")])
    office.delivery.step()
    with office.work.real.writing() as unit:
        unit.conditions.reconcile("main", [], office.clock.now())
    office.clock.advance(29)
    office.delivery.step()
    assert office.open() == []
    office.clock.advance(2)
    office.delivery.step()
    assert office.open() == [("a", "r"), ("b", "r")]


def test_a_lost_journal_takes_the_open_conditions_over_from_the_work_database(office: Office) -> None:
    office.journal.record([edge(1), edge(2, asset="b")])
    office.delivery.step()
    office.journal.close()
    (office.folder / "journal.db").write_bytes(b"garbage" * 999)
    office.clock.advance(60)
    office.begin()
    office.delivery.step()
    assert [(item.asset, item.onset) for item in office.adopted] == [("a", edge(1).onset), ("b", edge(2).onset)]
    office.clock.advance(31)
    office.delivery.step()
    assert office.open() == [("a", "r"), ("b", "r")]
    office.journal.record([edge(1, ENDED)])
    office.delivery.step()
    assert office.open() == [("b", "r")]


def test_a_journal_damaged_under_our_feet_ends_nothing(office: Office) -> None:
    office.journal.record([edge(1)])
    office.delivery.step()
    office.journal._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = (office.folder / "journal.db").stat().st_size
    with (office.folder / "journal.db").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    office.journal._connection.execute("PRAGMA cache_size = 0")
    office.clock.advance(31)
    office.delivery.step()
    assert (office.journal.set_aside, office.open()) == (1, [("a", "r")])
    office.delivery.step()
    assert ([item.asset for item in office.adopted], office.open()) == (["a"], [("a", "r")])


def test_an_end_that_a_new_journal_holds_is_not_taken_back(office: Office) -> None:
    office.journal.record([edge(1)])
    office.delivery.step()
    office.journal.close()
    (office.folder / "journal.db").write_bytes(b"garbage" * 999)
    office.clock.advance(60)
    office.begin()
    office.journal.record([edge(1, ENDED)])
    office.delivery.step()
    office.clock.advance(31)
    office.delivery.step()
    assert (office.adopted, office.open()) == ([], [])


def test_acknowledgements_come_after_the_commit(tmp_path: Path) -> None:
    clock = HandClock()
    spool, journal = Spool(tmp_path / "spool.db", clock), Journal(tmp_path / "journal.db", "main", clock)
    outflow = Outflow(spool, journal)
    seen: list[tuple[int, int]] = []
    outflow.lines.append("m,site=d,asset=a u=1.0 1\n")
    outflow.edges.append(edge(1))
    outflow.acknowledgements.append(lambda: seen.append((spool.lines, journal.undelivered)))
    assert outflow.step() == 1.0
    assert seen == [(1, 1)]


def test_a_full_disk_holds_acknowledgements_back_and_then_sheds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = HandClock()
    spool, journal = Spool(tmp_path / "spool.db", clock), Journal(tmp_path / "journal.db", "main", clock)
    outflow = Outflow(spool, journal)
    seen: list[str] = []
    (pages,) = spool._connection.execute("PRAGMA page_count").fetchone()
    spool._connection.execute(f"PRAGMA max_page_count = {pages + 1}")
    outflow.lines.append(random.Random(1).randbytes(50_000).hex())  # packing makes it no smaller than the disk
    outflow.acknowledgements.append(lambda: seen.append("given"))
    outflow.edges.append(edge(1))
    assert outflow.step() == 0.25
    assert (seen, journal.undelivered, spool.dropped) == ([], 1, 0)
    monkeypatch.setattr("collectors.outflow.PATIENCE", 0.0)
    outflow.step()
    assert (seen, spool.dropped) == (["given"], 1)
    outflow.lines.append("short\n")
    outflow.step()
    assert (spool.lines, spool.dropped) == (1, 1)


def test_a_journal_that_refuses_keeps_its_edges(tmp_path: Path) -> None:
    clock = HandClock()
    spool, journal = Spool(tmp_path / "spool.db", clock), Journal(tmp_path / "journal.db", "main", clock)
    outflow = Outflow(spool, journal)
    outflow.edges.append(edge(1))
    blocker = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    journal._connection.execute("PRAGMA busy_timeout = 1")
    assert outflow.step() == 0.25
    assert journal.undelivered == 0
    blocker.execute("ROLLBACK")
    blocker.close()
    assert outflow.step() == 1.0
    assert journal.undelivered == 1


def test_a_locked_spool_lets_memory_and_acknowledgements_wait_no_longer_than_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = HandClock()
    spool, journal = Spool(tmp_path / "spool.db", clock), Journal(tmp_path / "journal.db", "main", clock)
    assert spool.append(b"waits\n", 1)
    outflow = Outflow(spool, journal)
    seen: list[str] = []
    blocker = sqlite3.connect(tmp_path / "spool.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    spool._connection.execute("PRAGMA busy_timeout = 1")
    outflow.lines.append("line\n")
    outflow.acknowledgements.append(lambda: seen.append("given"))
    assert outflow.step() == 0.25
    assert (seen, spool.dropped) == ([], 0)
    monkeypatch.setattr("collectors.outflow.PATIENCE", 0.0)
    outflow.step()
    assert (seen, spool.dropped) == (["given"], 1)
    blocker.execute("ROLLBACK")
    blocker.close()
    outflow.lines.append("line\n")
    outflow.step()
    assert (spool.lines, spool.dropped) == (2, 1)
