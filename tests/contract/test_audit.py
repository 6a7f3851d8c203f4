"""The audit, what keeps alerts quiet, and announced outages: the same on SQLite and on PostgreSQL."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from facility.domain.alert import Alert, AlertEvent, AlertState, Deadline
from facility.domain.announcement import Announcement, Supply
from facility.domain.audit import AuditRow, Broken, ChainFault, Head, first_broken, head_of
from facility.domain.errors import NotFound, StoreError
from facility.domain.person import Person
from facility.domain.suppression import Suppression, SuppressionKind
from facility.domain.text import Language
from facility.ports import AlertFilter, AuditFilter, WorkUnit
from facility.store.sql import SqlWork
from facility.store.sql.engine import open_database

T = datetime(2026, 11, 23, 6, 5, 12, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)
C = AlertState.CLOSED


def somebody(unit: WorkUnit) -> int:
    return unit.people.put(Person(0, "li", "李工", Language.ZH_CN, ())).id


def chain(work: SqlWork) -> list[AuditRow]:
    with work.reading() as unit:
        return list(unit.audit.rows())


def filled(work: SqlWork) -> None:
    """Three transactions, four rows, with all that JSON can hold."""
    with work.writing() as unit:
        unit.audit.note(T, 7, "alert.shelved", "alert:17", {"reason": "新电机 \x00", "minutes": 90, "open": None})
        unit.audit.note(T, None, "alert.told", "alert:17", {"to": "person:7"})
    for number in range(2):
        with work.writing() as unit:
            unit.audit.note(T + number * HOUR, 7, "person.changed", f"person:{number}", {"positions": ["a", "b"]})


def test_the_chain_goes_on_over_transactions(work: SqlWork) -> None:
    filled(work)
    rows = chain(work)
    assert [row.number for row in rows] == [1, 2, 3, 4]
    assert [row.actor for row in rows] == ["person:7", "program", "person:7", "person:7"]
    assert [row.before for row in rows[1:]] == [row.hash for row in rows[:-1]]
    assert first_broken("garden", rows) is None
    assert first_broken("river", rows) == Broken(1, ChainFault.CHANGED)
    with work.reading() as unit:
        assert unit.audit.head() == rows[-1]
        assert [row.number for row in unit.audit.rows("alert:17")] == [1, 2]


def test_a_head_that_was_kept_elsewhere_finds_what_was_cut_off(work: SqlWork) -> None:
    filled(work)
    rows = chain(work)
    head = Head(4, rows[-1].hash)
    assert head_of(f" {head} ") == head
    assert [head_of(text) for text in ("", "4:abc", f"x:{head.hash}")] == [None, None, None]
    assert first_broken("garden", rows, head) is None
    assert first_broken("garden", rows[:3], head) == Broken(4, ChainFault.CUT_OFF)
    assert first_broken("garden", rows, Head(2, head.hash)) == Broken(2, ChainFault.NOT_THE_LAST)


def test_rows_are_found_newest_first(work: SqlWork) -> None:
    filled(work)
    with work.reading() as unit:

        def found(**wanted: Any) -> tuple[list[int], int]:
            rows, total = unit.audit.find(AuditFilter(**wanted))
            return [row.number for row in rows], total

        assert found() == ([4, 3, 2, 1], 4)
        assert found(limit=2, offset=1) == ([3, 2], 4)
        assert found(actor="program") == ([2], 1)
        assert found(action="alert") == ([2, 1], 2)
        assert found(action="alert.told") == ([2], 1)
        assert found(action="alert.t_ld") == found(action="al") == ([], 0)
        assert found(subject="person") == ([4, 3], 2)
        assert found(subject="person:1") == ([4], 1)
        assert found(since=T + HOUR) == ([4], 1)
        assert found(until=T + HOUR, actor="person:7") == ([3, 1], 2)


def test_what_is_rolled_back_leaves_no_gap(work: SqlWork) -> None:
    filled(work)
    with pytest.raises(NotFound), work.writing() as unit:  # noqa: PT012 - what came before must go with it
        unit.audit.note(T, 7, "nothing", "alert:1")
        unit.alerts.get(99)
    with work.writing() as unit:
        assert unit.audit.note(T, 7, "something", "alert:1").number == 5
    assert first_broken("garden", chain(work)) is None


def test_sites_have_chains_of_their_own(work: SqlWork, prepared_url: str) -> None:
    filled(work)
    other = SqlWork(prepared_url, "river")
    with other.writing() as unit:
        assert unit.audit.note(T, None, "begun", "site:river").number == 1
    assert len(chain(work)) == 4
    other.close()


@pytest.mark.parametrize("change", ["UPDATE audit SET actor = 'person:8'", "DELETE FROM audit"])
def test_the_database_refuses_to_change_a_row(work: SqlWork, prepared_url: str, change: str) -> None:
    filled(work)
    database = open_database(prepared_url, "work")
    with pytest.raises(StoreError, match="append-only"), database.writing("test") as connection:
        connection.execute(text(change))
    database.engine.dispose()
    assert first_broken("garden", chain(work)) is None


@pytest.mark.parametrize(
    ("change", "number", "what"),
    [
        ("UPDATE audit SET actor = 'person:8' WHERE number = 2", 2, "row 2 was changed"),
        ("UPDATE audit SET detail = '{}' WHERE number = 1", 1, "row 1 was changed"),
        ("UPDATE audit SET hash = before WHERE number = 3", 3, "row 3 was changed"),
        ("DELETE FROM audit WHERE number = 3", 3, "row 3 is missing"),
        ("UPDATE audit SET before = hash WHERE number = 4", 4, "row 4 does not continue row 3"),
    ],
)
def test_whoever_gets_round_that_is_found(
    work: SqlWork, prepared_url: str, change: str, number: int, what: str
) -> None:
    filled(work)
    database = open_database(prepared_url, "work")
    with database.writing("test") as connection:
        if prepared_url.startswith("postgresql"):
            connection.execute(text("ALTER TABLE audit DISABLE TRIGGER ALL"))
        else:
            connection.execute(text("DROP TRIGGER audit_is_append_only_update"))
            connection.execute(text("DROP TRIGGER audit_is_append_only_delete"))
        connection.execute(text(change))
    database.engine.dispose()
    broken = first_broken("garden", chain(work))
    assert broken is not None
    assert broken.number == number
    assert broken.what.startswith(what)


def test_every_event_of_an_alert_stands_in_the_audit(work: SqlWork) -> None:
    with work.writing() as unit:
        who = somebody(unit)
        stored = unit.alerts.add(Alert(0, "a", "r", "k", 1, AlertState.ACTIVE_UNACKNOWLEDGED, T, T), T)
        assert stored is not None
        unit.alerts.log(AlertEvent(stored.id, T, "told", who, "wecom"))
        unit.alerts.log(AlertEvent(stored.id, T, "acknowledged", who))
    told, acknowledged = chain(work)
    assert (told.actor, told.action, told.detail) == (
        "program",
        "alert.told",
        {"detail": "wecom", "to": f"person:{who}"},
    )
    assert (acknowledged.actor, acknowledged.subject) == (f"person:{who}", f"alert:{stored.id}")


def test_a_suppression_stands_once_until_it_ends(work: SqlWork) -> None:
    with work.writing() as unit:
        who = somebody(unit)
        shelf = Suppression(0, SuppressionKind.SHELVED, "pump-1", "pressure_low", T, T + HOUR, "why", who)
        first = unit.suppressions.add(shelf)
        assert first is not None
        assert unit.suppressions.get(first.id) == replace(shelf, id=first.id)
        assert unit.suppressions.add(shelf) is None
        whole = unit.suppressions.add(replace(shelf, rule=""))
        assert whole is not None
        unit.suppressions.change(replace(first, ended_at=T, ended_by=who))
        again = unit.suppressions.add(shelf)
        assert again is not None
        assert [each.id for each in unit.suppressions.standing()] == [whole.id, again.id]
        with pytest.raises(NotFound):
            unit.suppressions.get(99)


def test_announced_outages_come_earliest_first(work: SqlWork) -> None:
    with work.writing() as unit:
        who = somebody(unit)
        late = Announcement(0, Supply.POWER, "", T + HOUR, T + 2 * HOUR, "x", who, T)
        early = replace(late, starts_at=T, ends_at=T + HOUR, area="area-1", supply=Supply.GAS)
        stored = [unit.announcements.add(each) for each in (late, early)]
        assert unit.announcements.since(T) == stored[::-1]
        assert unit.announcements.since(T + 2 * HOUR) == [stored[0]]
        cancelled = replace(stored[0], cancelled_at=T, cancelled_by=who)
        unit.announcements.change(cancelled)
        assert unit.announcements.get(cancelled.id) == cancelled


def test_deadlines_are_rows_of_alert_round_and_step(work: SqlWork) -> None:
    with work.writing() as unit:
        stored = unit.alerts.add(Alert(0, "a", "r", "k", 1, AlertState.ACTIVE_UNACKNOWLEDGED, T, T), T, "manager")
        assert stored is not None
        later = Deadline(stored.id, T + HOUR, round=0, step=1, position="supervisor")
        again = Deadline(stored.id, T + 2 * HOUR, round=1, step=0, position="manager")
        for each in (again, later, replace(later, due_at=T)):
            unit.alerts.add_deadline(each)
        assert unit.alerts.deadlines(stored.id) == [Deadline(stored.id, T, position="manager"), later, again]
        assert unit.alerts.deadline(stored.id) == again
        unit.alerts.change_deadline(replace(later, waived_at=T))
        unit.alerts.change_deadline(replace(again, missed_at=T + 3 * HOUR))
        assert unit.alerts.open_deadlines() == [Deadline(stored.id, T, position="manager")]
        assert (unit.alerts.missed(T), unit.alerts.missed(T + 4 * HOUR)) == (1, 0)


def test_alerts_of_all_times_are_found(work: SqlWork) -> None:
    with work.writing() as unit:
        for number in range(7):
            state = C if number % 2 else AlertState.ACTIVE_UNACKNOWLEDGED
            one = Alert(0, f"a{number}", "r", f"k{number % 3}", 1 + number % 3, state, T + number * HOUR, T, area="x")
            unit.alerts.add(one, None)
        found, total = unit.alerts.find(AlertFilter(limit=2, offset=2))
        assert ([each.asset for each in found], total) == (["a4", "a3"], 7)
        for wanted, assets in (
            (AlertFilter(levels=(1,)), ["a6", "a3", "a0"]),
            (AlertFilter(levels=(1, 2), states=(C,)), ["a3", "a1"]),
            (AlertFilter(kinds=("k2",), descending=False), ["a2", "a5"]),
            (AlertFilter(assets=("a1", "a9")), ["a1"]),
            (AlertFilter(areas=("y",)), []),
            (AlertFilter(since=T + 2 * HOUR, until=T + 4 * HOUR), ["a3", "a2"]),
            (AlertFilter(missed=True), []),
            (AlertFilter(sort="level", levels=(2, 3), limit=2), ["a5", "a2"]),
        ):
            assert [each.asset for each in unit.alerts.find(wanted)[0]] == assets
        newest = unit.alerts.latest_of("a1", "r")
        assert newest is not None
        assert newest.state is C
        assert unit.alerts.latest_of("a1", "other") is None
