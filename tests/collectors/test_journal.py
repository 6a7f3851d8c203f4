"""The journal: numbers without a gap, an open set that survives anything, edges also on a full disk."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.journal import Journal
from facility.domain.condition import EdgeKind
from tests.collectors.collect_stage import HandClock, edge, reopened

OPENED, ENDED = EdgeKind.OPENED, EdgeKind.ENDED


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def journal(tmp_path: Path, clock: HandClock) -> Journal:
    return Journal(tmp_path / "journal.db", "main", clock)


def test_edges_come_back_as_they_were_numbered_in_a_row(journal: Journal) -> None:
    given_edges = [edge(1), reopened(edge(2, asset="b"), value="tripped", limit=None), edge(3, ENDED)]
    stored = journal.record(given_edges)
    assert journal.pending(10) == stored
    first = stored[0].sequence
    assert [(item.collector, item.sequence) for item in stored] == [("main", first + n) for n in range(3)]
    assert [reopened(item, collector="", sequence=0) for item in stored] == given_edges


def test_numbers_go_on_after_a_restart_and_after_pruning(tmp_path: Path, journal: Journal, clock: HandClock) -> None:
    stored = journal.record([edge(1), edge(2, ENDED)])
    journal.mark(stored)
    assert journal.pending(10) == []
    journal.close()
    again = Journal(tmp_path / "journal.db", "main", clock)
    assert again.record([edge(3)])[0].sequence == stored[-1].sequence + 1
    assert again.undelivered == 1


def test_a_new_journal_never_repeats_a_number(tmp_path: Path, journal: Journal, clock: HandClock) -> None:
    last = journal.record([edge(n) for n in range(500)])[-1].sequence
    clock.advance(1)
    assert Journal(tmp_path / "other.db", "main", clock).record([edge(1)])[0].sequence > last


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("rs"), st.booleans()), max_size=20))
def test_the_open_set_is_what_the_edges_say_however_they_are_delivered(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, bool]]
) -> None:
    journal = Journal(tmp_path_factory.mktemp("j") / "journal.db", "main", HandClock())
    known: set[tuple[str, str]] = set()
    work: set[tuple[str, str]] = set()
    for n, (asset, rule, deliver) in enumerate(steps):
        key = (asset, rule)
        journal.record([edge(n, ENDED if key in known else OPENED, asset=asset, rule=rule)])
        known ^= {key}
        if deliver:
            journal.mark(journal.pending(100))
            work = set(known)
        assert {(e.asset, e.rule) for e in journal.open_set()} == known
        assert {(e.asset, e.rule) for e in journal.open_set(delivered_only=True)} == work
    journal.close()


def test_what_was_delivered_and_ended_is_pruned(journal: Journal) -> None:
    for n in range(20):
        journal.mark(journal.record([edge(n), edge(n, ENDED)]))
    journal.mark(journal.record([edge(99)]))
    assert [item.onset for item in journal.open_set()] == [edge(99).onset]
    assert journal._connection.execute("SELECT count(*) FROM edges").fetchone() == (1,)


def test_edges_still_fit_when_the_disk_is_full(journal: Journal) -> None:
    (pages,) = journal._connection.execute("PRAGMA page_count").fetchone()
    journal._connection.execute(f"PRAGMA max_page_count = {pages}")
    stored = [item for n in range(0, 2000, 100) for item in journal.record(edge(n + m) for m in range(100))]
    assert len(journal.pending(9999)) == len(stored) == 2000


def test_a_damaged_journal_is_set_aside_and_says_that_it_is_fresh(tmp_path: Path, clock: HandClock) -> None:
    (tmp_path / "journal.db").write_bytes(b"\x00garbage" * 1000)
    journal = Journal(tmp_path / "journal.db", "main", clock)
    assert (journal.set_aside, journal.fresh) == (1, True)
    assert len(list(tmp_path.glob("journal.db.corrupt-*"))) == 1
    journal.record([edge(1)])
    assert len(journal.pending(10)) == 1


def test_a_journal_damaged_under_our_feet_still_takes_the_next_edge(
    tmp_path: Path, journal: Journal, clock: HandClock
) -> None:
    journal.record([edge(n) for n in range(200)])
    journal._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = (tmp_path / "journal.db").stat().st_size
    with (tmp_path / "journal.db").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    journal._connection.execute("PRAGMA cache_size = 0")
    clock.advance(1)
    assert len(journal.record([edge(500)])) == 1
    assert [item.onset for item in journal.pending(10)] == [edge(500).onset]
    assert (journal.set_aside, journal.fresh) == (1, True)


def test_a_journal_is_fresh_until_the_work_database_was_asked(
    tmp_path: Path, journal: Journal, clock: HandClock
) -> None:
    assert journal.fresh
    journal.close()
    journal = Journal(tmp_path / "journal.db", "main", clock)
    assert journal.fresh
    journal.adopt([edge(1)])
    assert [item.onset for item in journal.open_set(delivered_only=True)] == [edge(1).onset]
    journal.close()
    assert not Journal(tmp_path / "journal.db", "main", clock).fresh


def test_times_keep_their_microseconds(journal: Journal) -> None:
    odd = reopened(edge(1), onset=edge(1).onset + timedelta(microseconds=123_457))
    assert journal.record([odd])[0].onset == journal.pending(1)[0].onset == odd.onset
