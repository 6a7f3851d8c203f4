"""The vigil: life is a sign that changes; unknown is not silent; silence is measured from the last life."""

from hypothesis import given
from hypothesis import strategies as st

from facility.domain.watchdog import Vigil


def test_one_that_was_never_heard_is_silent_after_its_time() -> None:
    vigil = Vigil(60)
    vigil.expect(["scheduler"], 100.0)
    assert vigil.silent(159.9) == {}
    assert vigil.silent(160.0) == {"scheduler": 100.0}


def test_a_sign_that_stands_still_is_no_life() -> None:
    vigil = Vigil(60)
    vigil.expect(["scheduler"], 0.0)
    for second in range(0, 100, 10):
        vigil.hear("scheduler", "beat 7", float(second))
    assert vigil.silent(100.0) == {"scheduler": 0.0}
    vigil.hear("scheduler", "beat 8", 101.0)
    assert vigil.silent(101.0) == {}


def test_the_row_of_a_program_that_does_not_run_any_more_is_not_expected() -> None:
    vigil = Vigil(60)
    vigil.hear("api", "an old account", 0.0)
    assert vigil.silent(1000.0) == {}
    vigil.hear("api", "a new account", 1001.0)
    assert vigil.silent(1061.0) == {"api": 1001.0}


def test_what_cannot_be_seen_is_not_silent() -> None:
    vigil = Vigil(60)
    vigil.expect(["scheduler", "work"], 0.0)
    for second in range(0, 300, 10):
        vigil.excuse(["scheduler", "nobody"], float(second))
    assert vigil.silent(300.0) == {"work": 0.0}


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 3)), min_size=1))
def test_silent_is_who_gave_no_different_sign_for_the_time(steps: list[tuple[int, int]]) -> None:
    vigil, at, last, life = Vigil(60), 0.0, None, 0.0
    vigil.expect(["x"], at)
    for pause, sign in steps:
        at += pause
        if sign != last:
            life, last = at, sign
        vigil.hear("x", sign, at)
        assert vigil.silent(at + 59) == ({"x": life} if at + 59 - life >= 60 else {})
