"""Rules are three-valued; a condition opens after its hold and ends after its clear-hold, and unknown moves nothing."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from facility.domain.condition import EdgeKind, Phase, Progress, advance
from facility.domain.rule import (
    AllOf,
    AnyOf,
    Compare,
    Comparison,
    Expression,
    Leaf,
    Negation,
    Truth,
    compare,
    judge,
    leaves,
)

T0 = datetime(2026, 1, 1, tzinfo=UTC)
truths = st.sampled_from(Truth)
numbers = st.floats(-1e6, 1e6)
expressions: st.SearchStrategy[Expression] = st.recursive(
    st.sampled_from("abcd").map(lambda name: Compare(name, Comparison.ABOVE, 0.0)),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AllOf(tuple(parts)))
        | st.lists(inner, min_size=1, max_size=3).map(lambda parts: AnyOf(tuple(parts)))
        | inner.map(Negation)
    ),
    max_leaves=8,
)


def known(values: dict[str, Truth], leaf: Leaf) -> Truth:
    assert isinstance(leaf, Compare)
    return values[leaf.point]


values = st.fixed_dictionaries(dict.fromkeys("abcd", truths))


@given(expressions, values)
def test_what_is_known_stays_so_whatever_the_unknown_turns_out_to_be(
    expression: Expression, given_values: dict[str, Truth]
) -> None:
    """Kleene: a definite verdict is the verdict of every completion of the unknown leaves."""
    verdict = judge(expression, lambda leaf: known(given_values, leaf))
    if verdict is not Truth.UNKNOWN:
        for filler in (Truth.FALSE, Truth.TRUE):
            filled = {name: filler if value is Truth.UNKNOWN else value for name, value in given_values.items()}
            assert judge(expression, lambda leaf, filled=filled: known(filled, leaf)) is verdict  # type: ignore[misc]


@given(expressions, values)
def test_negation_twice_is_nothing(expression: Expression, given_values: dict[str, Truth]) -> None:
    once = judge(expression, lambda leaf: known(given_values, leaf))
    assert judge(Negation(Negation(expression)), lambda leaf: known(given_values, leaf)) is once


@given(expressions)
def test_leaves_are_all_that_is_asked(expression: Expression) -> None:
    asked: list[Leaf] = []

    def leaf(asks: Leaf) -> Truth:
        asked.append(asks)
        return Truth.UNKNOWN

    judge(expression, leaf)
    assert asked == leaves(expression)


@given(numbers, numbers, st.floats(0, 100), st.sampled_from([Comparison.BELOW, Comparison.ABOVE]))
def test_hysteresis_only_delays_the_end(value: float, limit: float, slack: float, comparison: Comparison) -> None:
    leaf = Compare("p", comparison, limit, slack)
    if compare(leaf, value, open_now=False) is Truth.TRUE:
        assert compare(leaf, value, open_now=True) is Truth.TRUE


@given(st.sampled_from(Comparison), st.booleans())
def test_without_a_good_value_nothing_is_known(comparison: Comparison, open_now: bool) -> None:
    assert compare(Compare("p", comparison, 1.0), None, open_now=open_now) is Truth.UNKNOWN


def test_text_has_no_order() -> None:
    assert compare(Compare("p", Comparison.BELOW, 1.0), "open", open_now=False) is Truth.UNKNOWN
    assert compare(Compare("p", Comparison.EQUALS, "open"), "open", open_now=False) is Truth.TRUE


@given(st.lists(truths, max_size=60), st.integers(0, 5), st.integers(0, 5))
def test_edges_alternate_and_keep_their_holds(sequence: list[Truth], hold: int, clear: int) -> None:
    progress, edges = Progress(), []
    for second, truth in enumerate(sequence):
        at = T0 + timedelta(seconds=second)
        before = progress
        progress, edge = advance(progress, truth, at, timedelta(seconds=hold), timedelta(seconds=clear))
        if truth is Truth.UNKNOWN:
            assert (progress, edge) == (before, None)
        if edge is not None:
            edges.append(edge)
            seen = [known for known in sequence[: second + 1] if known is not Truth.UNKNOWN]
            wanted = Truth.TRUE if edge is EdgeKind.OPENED else Truth.FALSE
            assert seen[-1] is wanted
        if progress.open_now:
            assert progress.onset is not None
            assert sequence[int((progress.onset - T0).total_seconds())] is Truth.TRUE
        assert progress.open_now == (len(edges) % 2 == 1)
    assert edges == [EdgeKind.OPENED, EdgeKind.ENDED] * (len(edges) // 2) + [EdgeKind.OPENED] * (len(edges) % 2)


def test_onset_is_when_it_first_was_true() -> None:
    progress = Progress()
    for second in range(4):
        progress, edge = advance(
            progress, Truth.TRUE, T0 + timedelta(seconds=second), timedelta(seconds=3), timedelta(0)
        )
    assert edge is EdgeKind.OPENED
    assert progress == Progress(Phase.OPEN, None, T0)
