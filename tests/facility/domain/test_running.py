"""Compiled rules mean exactly what the domain says."""

from datetime import timedelta
from functools import partial
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from facility.domain.condition import EdgeKind, Progress, advance
from facility.domain.moment import SECOND, moment
from facility.domain.reading import Value
from facility.domain.rule import (
    AllOf,
    AnyOf,
    Compare,
    Comparison,
    Expression,
    Leaf,
    Negation,
    Rate,
    Rule,
    Share,
    Silence,
    Truth,
    compare,
    exceeds,
    judge,
)
from facility.domain.running import Freshness, Run, View
from tests.collectors.collect_stage import X

POINTS = ("a", "b", "c")
values = st.one_of(st.none(), st.sampled_from([0.0, 1.0, 2.0, 2.5, 3.0, 9.0]), st.sampled_from(["open", "shut"]))
compares = st.builds(
    Compare,
    st.sampled_from(POINTS),
    st.sampled_from(Comparison),
    st.one_of(st.sampled_from([1.0, 2.0, 3.0]), st.just("open")),
    st.sampled_from([0.0, 0.5, 2.0]),
)
shares = st.builds(
    Share, st.lists(st.sampled_from(POINTS), min_size=1, max_size=2).map(tuple), st.just("c"), st.just(3.0)
)
expressions: st.SearchStrategy[Expression] = st.recursive(
    st.one_of(compares, shares),
    lambda inner: st.one_of(
        st.builds(AllOf, st.lists(inner, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Negation, inner),
    ),
    max_leaves=6,
)
holds = st.sampled_from([0, 1, 3]).map(lambda seconds: timedelta(seconds=seconds))
journeys = st.lists(st.tuples(st.sampled_from([0.5, 1.0, 2.5]), st.tuples(values, values, values)), max_size=30)


@settings(deadline=None)
@given(expressions, holds, holds, journeys)
def test_a_compiled_rule_goes_the_way_of_the_domain(
    when: Expression, hold: timedelta, clear_hold: timedelta, journey: list[tuple[float, tuple[Value | None, ...]]]
) -> None:
    rule = Rule("r", X, when, hold, clear_hold)
    present: list[Value | None] = [None] * 3
    run = Run("asset", rule, View({name: i for i, name in enumerate(POINTS)}, present, Freshness(1)))
    progress, at = Progress(), 1_000 * SECOND
    for seconds, row in journey:
        at += round(seconds * SECOND)
        present[:] = row
        truth = judge(when, partial(_leaf, row=row, open_now=progress.open_now))
        progress, expected = advance(progress, truth, moment(at), hold, clear_hold)
        assert run.step(at) is expected
        assert run.open is progress.open_now
        if progress.onset is not None:
            assert moment(run.onset) == progress.onset


def _leaf(leaf: Leaf, *, row: tuple[Value | None, ...], open_now: bool) -> Truth:
    if isinstance(leaf, Share):
        return exceeds(leaf, [row[POINTS.index(name)] for name in leaf.parts], row[POINTS.index(leaf.of)])
    assert isinstance(leaf, Compare)
    return compare(leaf, row[POINTS.index(leaf.point)], open_now=open_now)


def _run(when: Expression, started: int = SECOND) -> tuple[Run, list[Value | None]]:
    present: list[Value | None] = [None]
    return Run("asset", Rule("r", X, when), View({"a": 0}, present, Freshness(started))), present


def test_silence_counts_from_the_start_and_is_ended_by_a_reading_only() -> None:
    run, _ = _run(Silence(timedelta(seconds=90)), started=1000 * SECOND)
    run.take_up(5 * SECOND)
    assert run.step(1010 * SECOND) is None
    assert run.open
    run.view.freshness.last_good = 1011 * SECOND
    assert run.step(1011 * SECOND) is EdgeKind.ENDED
    assert run.step(1101 * SECOND) is None
    assert run.step(1102 * SECOND) is EdgeKind.OPENED


def test_a_rate_needs_its_whole_window_to_say_no() -> None:
    run, present = _run(Rate("a", -0.5, timedelta(seconds=10)))
    run.take_up(SECOND)
    present[0] = 3.0
    assert [run.step(at * SECOND) for at in (20, 25, 29)] == [None, None, None]
    assert run.step(30 * SECOND) is EdgeKind.ENDED
    present[0] = 2.4
    assert run.step(31 * SECOND) is EdgeKind.OPENED
    assert run.evidence() == ("a", 2.4, -0.5)


def test_a_break_in_the_readings_begins_the_window_anew() -> None:
    run, present = _run(Rate("a", 2.0, timedelta(seconds=10)))
    present[0] = 1.0
    run.step(10 * SECOND)
    present[0] = None
    run.step(12 * SECOND)
    present[0] = 9.0
    assert run.step(14 * SECOND) is None


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 6), st.sampled_from([0.0, 1.0, 2.0, 3.0])), min_size=1, max_size=30),
    st.sampled_from([-2.0, -1.0, 1.0, 2.0]),
)
def test_a_rate_sees_every_value_that_was_held_inside_the_window(steps: list[tuple[int, float]], change: float) -> None:
    within = 10
    run, present = _run(Rate("a", change, timedelta(seconds=within)))
    at, held = 100, [(100, steps[0][1])]
    for seconds, value in steps:
        at += seconds
        held.append((at, value))
        present[0] = value
        run.step(at * SECOND)
        inside = [old for (_, old), (end, _) in pairwise(held[1:]) if end > at - within] + [value]
        moved = value - min(inside) >= change if change > 0 else value - max(inside) <= change
        if moved:
            assert run.open
        elif at - held[1][0] >= within:
            assert not run.open


def test_the_evidence_is_the_first_comparison_that_is_true() -> None:
    when = AnyOf((Compare("a", Comparison.BELOW, 1.0), Compare("a", Comparison.ABOVE, 5.0)))
    run, present = _run(when)
    present[0] = 7.0
    run.step(10 * SECOND)
    assert run.evidence() == ("a", 7.0, 5.0)
