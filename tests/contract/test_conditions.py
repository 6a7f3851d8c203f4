"""The contract of conditions: journals may be sent again, cut anywhere, and reconciled at any time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from facility.domain.condition import Condition, Edge, EdgeKind
from facility.ports import Work
from facility.store.sql import SqlWork

T = datetime(2026, 11, 23, 6, 5, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return T + timedelta(seconds=seconds)


def opened(sequence: int, onset: float, rule: str = "pump_fault", **changes: object) -> Edge:
    edge = Edge("main", sequence, "pump-1", rule, EdgeKind.OPENED, at(onset), at(onset + 1), "fault", 1.0, 0.0)
    return replace(edge, **changes)  # type: ignore[arg-type]


def ended(sequence: int, onset: float, end: float, rule: str = "pump_fault") -> Edge:
    return Edge("main", sequence, "pump-1", rule, EdgeKind.ENDED, at(onset), at(end))


def spans(work: Work) -> list[tuple[float, float | None]]:
    """Onset and end of all conditions in seconds, oldest first."""
    with work.reading() as unit:
        found = unit.conditions.recent(1000)
    return [
        ((each.onset - T).total_seconds(), (each.ended_at - T).total_seconds() if each.ended_at else None)
        for each in reversed(found)
    ]


def take(work: Work, *edges: Edge) -> int:
    with work.writing() as unit:
        return unit.conditions.take(edges)


def reconcile(work: Work, *open_now: Edge, seconds: float = 50.0) -> int:
    with work.writing() as unit:
        return unit.conditions.reconcile("main", open_now, at(seconds))


def test_an_edge_opens_and_another_ends(work: Work) -> None:
    assert take(work, opened(1, 0)) == 1
    with work.reading() as unit:
        (found,) = unit.conditions.open()
    assert found == Condition("pump-1", "pump_fault", at(0), at(1), "main", None, "fault", 1.0, 0.0)
    assert take(work, ended(2, 0, 9)) == 1
    assert spans(work) == [(0, 9)]


def test_edges_sent_again_change_nothing(work: Work) -> None:
    journal = [opened(1, 0), ended(2, 0, 9), opened(3, 20)]
    assert take(work, *journal) == 3
    assert take(work, *journal) == 0
    assert take(work, journal[0]) == 0
    assert spans(work) == [(0, 9), (20, None)]


def test_collectors_count_apart(work: Work) -> None:
    assert take(work, opened(1, 0), opened(1, 5, collector="second")) == 2
    assert reconcile(work) == 1
    with work.reading() as unit:
        assert [each.collector for each in unit.conditions.open()] == ["second"]


def test_reconcile_opens_what_is_missing_and_ends_what_is_over(work: Work) -> None:
    take(work, opened(1, 0), opened(2, 3, rule="pressure_low"))
    assert reconcile(work, opened(2, 3, rule="pressure_low"), opened(3, 7, rule="no_flow")) == 2
    assert spans(work) == [(0, 50), (3, None), (7, None)]
    assert reconcile(work, opened(2, 3, rule="pressure_low"), opened(3, 7, rule="no_flow")) == 0


def test_an_edge_after_its_reconcile_changes_nothing(work: Work) -> None:
    assert reconcile(work, opened(1, 0)) == 1
    assert take(work, opened(1, 0)) == 1
    assert spans(work) == [(0, None)]
    assert reconcile(work) == 1
    assert spans(work) == [(0, 50)]


def test_edges_delivered_after_the_reconcile_that_ended_them_do_not_open_again(work: Work) -> None:
    reconcile(work, opened(1, 0))
    reconcile(work, seconds=30)
    assert take(work, opened(1, 0), ended(2, 0, 29)) == 2
    assert spans(work) == [(0, 30)]


def test_a_late_end_does_not_end_what_began_after_it(work: Work) -> None:
    reconcile(work, opened(3, 20))
    assert take(work, ended(2, 0, 9)) == 1
    assert spans(work) == [(20, None)]


def test_a_new_onset_ends_what_was_open(work: Work) -> None:
    take(work, opened(1, 0))
    assert take(work, opened(3, 20)) == 1
    assert spans(work) == [(0, 20), (20, None)]
    assert reconcile(work, opened(5, 30)) == 1
    assert spans(work) == [(0, 20), (20, 30), (30, None)]


def test_a_source_whose_clock_stands_still_can_open_again(work: Work) -> None:
    take(work, opened(1, 0, at=at(0)), ended(2, 0, 0), opened(3, 0, at=at(0)))
    assert spans(work) == [(0, None)]


def test_what_the_collector_holds_open_is_open_whatever_was_stored(work: Work) -> None:
    take(work, opened(1, 0), ended(2, 0, 9))
    assert reconcile(work, opened(1, 0)) == 1
    assert spans(work) == [(0, None)]


def test_a_site_rule_opens_and_ends(work: Work) -> None:
    lost = Condition("incomer-1", "mains_lost", at(0), at(2))
    with work.writing() as unit:
        unit.conditions.put_site(lost)
        unit.conditions.put_site(lost)
        assert unit.conditions.open() == [lost]
        assert unit.conditions.reconcile("main", [], at(5)) == 0
        unit.conditions.put_site(replace(lost, ended_at=at(60)))
        assert unit.conditions.open() == []
        again = Condition("incomer-1", "mains_lost", at(90), at(92))
        unit.conditions.put_site(again)
        assert unit.conditions.recent(1) == [again]
    assert spans(work) == [(0, 60), (90, None)]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.tuples(st.integers(0, 10), st.integers(0, 10)), max_size=8), site=st.uuids())
def test_a_journal_in_any_pieces_sent_again_ends_in_the_same_conditions(
    shared: str, cuts: list[tuple[int, int]], site: object
) -> None:
    """Pieces may overlap and repeat what was taken, but none comes before its predecessors were sent."""
    journal = [edge for n in range(5) for edge in (opened(2 * n + 1, 10 * n), ended(2 * n + 2, 10 * n, 10 * n + 5))]
    work = SqlWork(shared, str(site))
    sent = 0
    for first, length in cuts:
        start = min(first, sent)
        take(work, *journal[start : start + length])
        sent = max(sent, min(start + length, len(journal)))
    take(work, *journal)
    assert spans(work) == [(10 * n, 10 * n + 5) for n in range(5)]
    work.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('work') / 'work.db'}"
    SqlWork(url, "first").prepare()
    return url


def test_an_end_is_weighed_once_and_again_when_it_opened_again(work: Work) -> None:
    take(work, opened(1, 0), ended(2, 0, 10), opened(3, 20, "overload"), ended(4, 20, 30, "overload"), opened(5, 40))
    with work.writing() as unit:
        first, second = unit.conditions.unweighed(at(0), 9)
        assert (first.rule, second.rule) == ("pump_fault", "overload"), "oldest end first, open ones not at all"
        assert unit.conditions.unweighed(at(11), 9) == [second]
        assert unit.conditions.unweighed(at(0), 1) == [first]
        unit.conditions.weighed([first])
        assert unit.conditions.unweighed(at(0), 9) == [second]
        unit.conditions.weighed([second])
    reconcile(work, opened(6, 20, "overload"), seconds=50)
    reconcile(work, seconds=60)
    with work.reading() as unit:
        assert [(found.rule, found.ended_at) for found in unit.conditions.unweighed(at(0), 9)] == [
            ("pump_fault", at(50)),
            ("overload", at(60)),
        ]


def test_the_latest_end_of_a_rule(work: Work) -> None:
    with work.reading() as unit:
        assert unit.conditions.last_end("pump-1", "pump_fault") is None
    take(work, opened(1, 0), ended(2, 0, 10), opened(3, 20), ended(4, 20, 30), opened(5, 40))
    with work.reading() as unit:
        assert unit.conditions.last_end("pump-1", "pump_fault") == at(30)
        assert unit.conditions.last_end("pump-2", "pump_fault") is None
        assert [found.onset for found in unit.conditions.ended("pump_fault", at(11))] == [at(20)]
        assert unit.conditions.ended("overload", at(0)) == []


def test_the_conditions_of_a_time_are_those_open_at_any_moment_of_it(work: Work) -> None:
    take(work, opened(1, 0), ended(2, 0, 10), opened(3, 20), ended(4, 20, 30), opened(5, 40))
    take(work, opened(6, 5, rule="no_flow"))
    with work.reading() as unit:
        found = {
            (since, until): [
                each.onset for each in unit.conditions.between("pump-1", "pump_fault", at(since), at(until))
            ]
            for since, until in ((10, 20), (9, 21), (45, 50), (30, 40))
        }
        assert unit.conditions.between("pump-2", "pump_fault", at(0), at(99)) == []
    assert found == {(10, 20): [], (9, 21): [at(0), at(20)], (45, 50): [at(40)], (30, 40): []}
