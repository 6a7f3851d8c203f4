"""The ledger of planned work, on each engine."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import psycopg
import pytest

from facility.domain.errors import NotFound, StoreUnavailable
from facility.domain.occurrence import Expansion, Occurrence, OccurrenceState, Placement
from facility.domain.slot import Slot
from facility.ports import Work
from facility.store.sql import SqlWork
from facility.store.sql.bulk import PORTION

WEEK = Slot(date(2026, 11, 23), date(2026, 11, 29), "2026-W48")
NEXT = Slot(date(2026, 11, 30), date(2026, 12, 6), "2026-W49")
SHIFT = Slot(date(2026, 11, 26), date(2026, 11, 27), "2026-11-26T20:00", time(20), time(8))
LATER = date(2026, 12, 31)


@pytest.fixture
def work(prepared_url: str) -> Iterator[Work]:
    work = SqlWork(prepared_url, "garden")
    yield work
    work.close()


def occurrence(slot: Slot = WEEK, asset: str = "pump-1", plan: str = "weekly") -> Occurrence:
    return Occurrence(0, plan, asset, slot)


def test_a_slot_stands_in_the_ledger_once(work: Work) -> None:
    with work.writing() as unit:
        ledger = unit.occurrences
        assert ledger.add_missing([occurrence(), occurrence(), occurrence(NEXT)]) == 2
        assert ledger.add_missing([occurrence(), occurrence(asset="pump-2")]) == 1
        assert ledger.add_missing([]) == 0
        many = (occurrence(replace(WEEK, key=f"s{n}")) for n in range(45_000))
        assert ledger.add_missing(many) == 45_000
        assert ledger.add_missing([occurrence(SHIFT)]) == 1
        assert next(each.slot for each in ledger.between(SHIFT.last, SHIFT.last) if each.slot.begins) == SHIFT


def test_many_slots_of_which_some_are_there_already_come_once(work: Work) -> None:
    """A portion that meets a known slot goes another way: neither it nor the others before it may be lost or doubled."""
    known = [occurrence(replace(WEEK, key=f"s{n}")) for n in (3, 20_001, 20_999)]
    with work.writing() as unit:
        assert unit.occurrences.add_missing(known) == 3
    with work.writing() as unit:
        many = [occurrence(replace(WEEK, key=f"s{n}")) for n in range(21_000)]
        assert unit.occurrences.add_missing([*many, *many[-700:]]) == 20_997
    with work.reading() as unit:
        assert len(unit.occurrences.between(WEEK.first, WEEK.last)) == 21_000


def test_many_slots_over_a_connection_that_breaks_are_not_there_and_come_the_next_time(postgres_url: str) -> None:
    def ends_the_session() -> Iterator[Occurrence]:
        for n in range(PORTION + 600):
            if n == PORTION:  # the first portion is written, the second is not
                with psycopg.connect(postgres_url, autocommit=True) as other:
                    other.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
            yield occurrence(replace(WEEK, key=f"s{n}"))

    with closing(SqlWork(postgres_url, "garden")) as work:
        work.prepare()
        with pytest.raises(StoreUnavailable, match="does not answer"), work.writing() as unit:
            unit.occurrences.add_missing(ends_the_session())
        with work.writing() as unit:
            assert unit.occurrences.between(WEEK.first, WEEK.last) == []
            assert unit.occurrences.add_missing(occurrence(replace(WEEK, key=f"s{n}")) for n in range(600)) == 600


def test_what_changes_is_kept_and_what_is_unfinished_is_found(work: Work) -> None:
    at = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
    with work.writing() as unit:
        ledger = unit.occurrences
        ledger.add_missing([occurrence(asset=asset) for asset in "abcde"])
        ledger.add_missing([occurrence(NEXT, "a")])
        a, b, c, d, e = ledger.between(WEEK.first, WEEK.last)
        changed = replace(
            a,
            state=OccurrenceState.OPEN,
            order=7,
            day=date(2026, 11, 25),
            placement=Placement(30, 720, 5, same_place=True),
            finished_at=at,
            reason="why",
        )
        ledger.change(changed)
        ledger.change(replace(b, state=OccurrenceState.DONE, finished_at=at))
        ledger.change(replace(c, state=OccurrenceState.MERGED, into=a.id))
        ledger.change(replace(d, state=OccurrenceState.MERGED, into=a.id, finished_at=at))
        ledger.change(replace(e, state=OccurrenceState.EXCUSED, ended_by=3, reason="drained"))
        assert ledger.get(a.id) == changed
        assert [each.asset for each in ledger.unfinished(WEEK.last)] == ["a", "c"]
        assert [each.asset for each in ledger.unfinished(LATER)] == ["a", "c", "a"]
        assert [each.asset for each in ledger.merged_into(a.id)] == ["c", "d"]
        assert ledger.of_order(7) == [changed]
        assert ledger.placed(date(2026, 11, 25), LATER) == [changed]
        assert ledger.placed(date(2026, 11, 26), LATER) == []
        assert ledger.tally(WEEK.last, WEEK.last) == {
            "weekly": dict.fromkeys((OccurrenceState.OPEN, OccurrenceState.DONE, OccurrenceState.EXCUSED), 1)
            | {OccurrenceState.MERGED: 2}
        }
        assert ledger.next_days() == {"weekly": date(2026, 11, 25)}
        assert ledger.latest(["weekly"])["weekly", "a"].slot == NEXT
        ledger.place(
            [replace(changed, day=date(2026, 11, 27), placement=Placement(1, 2, 3), state=OccurrenceState.DONE)]
        )
        assert ledger.get(a.id) == replace(changed, day=date(2026, 11, 27), placement=Placement(1, 2, 3))
        ledger.place([])
        with pytest.raises(NotFound):
            ledger.change(replace(a, id=99))
        with pytest.raises(NotFound):
            ledger.get(99)


def test_only_what_is_foreseen_can_be_withdrawn(work: Work) -> None:
    with work.writing() as unit:
        ledger = unit.occurrences
        ledger.add_missing([occurrence(), occurrence(NEXT), occurrence(NEXT, "pump-2"), occurrence(NEXT, plan="other")])
        assert ledger.withdraw("weekly", "pump-1", WEEK.first) == 1
        assert [(each.plan, each.asset) for each in ledger.between(NEXT.first, NEXT.last)] == [
            ("other", "pump-1"),
            ("weekly", "pump-2"),
        ]
        ledger.change(replace(ledger.between(NEXT.first, NEXT.last)[1], state=OccurrenceState.OPEN))
        assert ledger.withdraw("weekly", "pump-2", WEEK.first) == 0


def test_how_far_plans_are_expanded(work: Work) -> None:
    one, two = Expansion("weekly", "pump-1", "aa", WEEK.last), Expansion("weekly", "pump-2", "aa", WEEK.last)
    with work.writing() as unit:
        ledger = unit.occurrences
        ledger.expanded([one, two])
        further = replace(one, trigger="bb", until=WEEK.last + timedelta(days=31))
        ledger.expanded([further])
        assert ledger.expansions() == {("weekly", "pump-1"): further, ("weekly", "pump-2"): two}
        ledger.forget("weekly", "pump-1")
        ledger.forget("weekly", "pump-1")
        assert list(ledger.expansions()) == [("weekly", "pump-2")]
