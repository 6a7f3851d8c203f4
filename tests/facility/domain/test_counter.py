"""Counters: what was counted between two readings, through wraps and resets, and never more than can have been."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facility.domain.counter import MOST_LEFT, WIDEST_WRAP, Counter, increase

PLAIN = Counter()
totals = st.floats(0, 1e12)
turns = st.floats(1, 1e9)


@given(totals, totals, st.one_of(st.none(), turns))
def test_growth_is_the_difference_and_nothing_is_negative(a: float, b: float, turn: float | None) -> None:
    counter = Counter(turn)
    low, high = sorted((a, b))
    assert increase(low, high, counter) == high - low
    assert increase(high, low, counter) >= 0


@given(st.integers(2, 2**32), st.lists(st.floats(0, WIDEST_WRAP), min_size=1, max_size=30), st.data())
def test_a_counter_that_wraps_is_followed_over_any_number_of_turns(
    turn: int, parts: list[float], data: st.DataObject
) -> None:
    steps = [int(part * turn) for part in parts]
    total = data.draw(st.integers(0, turn - 1))
    shown = [total % turn]
    for step in steps:
        total += step
        shown.append(total % turn)
    assert sum(increase(before, after, Counter(turn)) for before, after in pairwise(shown)) == sum(steps)


@given(st.floats(1, 1e9), st.floats(0, MOST_LEFT, exclude_max=True))
def test_after_a_reset_what_stands_there_was_counted_since(before: float, left: float) -> None:
    after = before * left
    assert increase(before, after, PLAIN) == (after if after < MOST_LEFT * before else 0)


@given(totals, totals, turns)
def test_a_fall_invents_no_more_than_a_quarter_turn_or_half_of_the_total(a: float, b: float, turn: float) -> None:
    after, before = sorted((a, b))
    if after < before:
        assert increase(before, after, Counter(turn)) <= max(WIDEST_WRAP * turn, MOST_LEFT * before)
        assert increase(before, after, PLAIN) <= MOST_LEFT * before


@pytest.mark.parametrize(
    ("before", "after", "wraps_at", "counted"),
    [
        (42949670.0, 3.0, 42949672.96, pytest.approx(5.96)),  # over the end of uint32 × 0.01
        (65535.0, 0.0, 65536.0, 1.0),
        (812345.5, 2.0, 42949672.96, 2.0),  # far from the end: the meter was reset
        (812345.5, 812345.0, 42949672.96, 0.0),  # the device corrected itself
        (812345.5, 700000.0, None, 0.0),  # another total, of another meter: nothing is known
        (7.0, 0.0, None, 0.0),
        (100.0, 30.0, 90.0, 30.0),  # said to wrap at 90, yet was at 100: no wrap
    ],
)
def test_wrap_reset_or_correction(before: float, after: float, wraps_at: float | None, counted: float) -> None:
    assert increase(before, after, Counter(wraps_at)) == counted
