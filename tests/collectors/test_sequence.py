"""Sequence: repeated, late, missing, begun again; any order of copies gives each message once."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.sequence import MEMORY, PATIENCE, WINDOW, Sequence, Verdict
from facility.domain.moment import SECOND

FRESH, LATE, REPEATED = Verdict.FRESH, Verdict.LATE, Verdict.REPEATED
START = 1_000 * SECOND


def judged(numbers: Sequence, *found: tuple[int, int | None], at: int = START, word: str = "x") -> list[Verdict]:
    """Verdicts on messages of a number and a source time in seconds after the start; the number is in the payload."""
    return [
        numbers.judge(n, f"{word}{n}".encode(), None if source is None else START + source * SECOND, at)
        for n, source in found
    ]


def test_a_gap_is_counted_when_it_is_too_late_for_it() -> None:
    numbers = Sequence()
    assert judged(numbers, (1, None), (2, None), (5, None)) == [FRESH] * 3
    assert numbers.settle(START + 1) == 0
    assert judged(numbers, (4, None)) == [LATE]
    assert numbers.settle(START + PATIENCE) == 1
    assert (numbers.missing, numbers.settle(START + 2 * PATIENCE)) == (1, 0)


def test_a_wide_gap_costs_no_memory() -> None:
    numbers = Sequence()
    judged(numbers, (1, None), (10**9, None))
    assert numbers.settle(START + PATIENCE) == numbers.missing == 10**9 - 2


def test_a_device_that_begins_again_is_known_by_its_time() -> None:
    numbers = Sequence()
    judged(numbers, (1, 1), (2, 2), (3, 3))
    numbers.time_of(3, FRESH, START + 3 * SECOND, START)
    assert judged(numbers, (1, 4), (2, 5), word="y") == [FRESH, FRESH]
    assert (numbers.restarts, numbers.newest, numbers.missing) == (1, 2, 0)
    assert judged(numbers, (2, 2)) == [REPEATED]  # a copy of before


def test_a_device_without_a_clock_that_begins_again_is_known_by_its_bytes_or_the_distance() -> None:
    numbers = Sequence()
    judged(numbers, (1, None), (2, None), (3, None))
    assert judged(numbers, (1, None), (2, None), word="y") == [FRESH, FRESH]
    far = Sequence()
    judged(far, (500, None))
    assert judged(far, (500 - WINDOW, None)) == [LATE]
    assert judged(far, (0, None)) == [FRESH]
    assert (numbers.restarts, far.restarts) == (1, 1)


def test_a_counter_that_wraps_did_not_begin_again() -> None:
    numbers = Sequence()
    assert judged(numbers, (65_534, None), (65_535, None), (0, None), (1, None)) == [FRESH] * 4
    assert (numbers.restarts, numbers.missing) == (0, 0)


def test_what_was_long_ago_is_not_remembered() -> None:
    numbers = Sequence()
    judged(numbers, (7, None))
    assert judged(numbers, (7, None), at=START + MEMORY + 1) == [FRESH]


def test_a_counter_with_a_modulus_counts_on() -> None:
    numbers = Sequence(modulus=256)
    assert judged(numbers, (254, 1), (255, 2), (0, 3), (2, 5)) == [FRESH] * 4
    numbers.source = START + 5 * SECOND
    assert judged(numbers, (1, 4), (0, 3)) == [LATE, REPEATED]
    assert judged(numbers, (200, 900)) == [FRESH]
    assert numbers.settle(START + PATIENCE) == 197


def test_samples_of_one_source_time_keep_their_order_and_their_own_place() -> None:
    numbers = Sequence()
    times = []
    for n in (1, 2, 4, 3):
        source = START + SECOND
        verdict = numbers.judge(n, b"%d" % n, source, START)
        times.append(numbers.time_of(n, verdict, source, START))
    first, second, fourth, third = times
    assert first < second < third < fourth


@settings(max_examples=60, deadline=None)
@given(count=st.integers(1, 40), seed=st.integers(0, 10**6), timed=st.booleans())
def test_three_shuffled_copies_of_each_are_taken_once(count: int, seed: int, timed: bool) -> None:
    numbers = Sequence()
    copies = [n for n in range(count) for _ in range(3)]
    random.Random(seed).shuffle(copies)
    taken = {}
    for n in copies:
        source = START + n * SECOND if timed else None
        verdict = numbers.judge(n, b"%d" % n, source, START)
        if verdict is not REPEATED:
            taken[n] = numbers.time_of(n, verdict, source, START)
    assert sorted(taken, key=lambda n: (taken[n], n)) == list(range(count)) or not timed
    assert len(taken) == count
    numbers.settle(START + PATIENCE)
    assert (numbers.missing, numbers.restarts, numbers.repeated) == (0, 0, 2 * count)
