"""The clock: moved from outside, never back, and calm when the wall clock steps."""

from datetime import timedelta
from pathlib import Path

import pytest

from facility.clock import LOOK, SLEW, SystemClock
from tests.harness.clock import SharedClock


@pytest.fixture
def shared(tmp_path: Path) -> SharedClock:
    return SharedClock(tmp_path)


def follow(shared: SharedClock) -> SystemClock:
    return SystemClock(Path(shared.environment["FACILITY_CLOCK"]))


def test_time_that_a_test_lets_pass_is_seen_by_both_readings(shared: SharedClock) -> None:
    clock = follow(shared)
    now, mono = clock.now(), clock.monotonic()
    shared.advance(300)
    assert timedelta(seconds=300) <= clock.now() - now < timedelta(seconds=302)
    assert 300 <= clock.monotonic() - mono < 302


def test_a_clock_that_may_be_moved_is_looked_at_often_and_another_slept_through(shared: SharedClock) -> None:
    assert follow(shared).nap(30.0) == LOOK
    assert follow(shared).nap(0.1) == 0.1
    assert SystemClock().nap(30.0) == 30.0


@pytest.mark.parametrize("step", [3600.0, -3600.0, -20.0])
def test_a_step_of_the_wall_clock_moves_nothing_at_once_and_is_counted(shared: SharedClock, step: float) -> None:
    clock = follow(shared)
    before = clock.now()
    shared.step(step)
    assert timedelta(0) <= clock.now() - before < timedelta(seconds=1)
    assert clock.steps == 1


@pytest.mark.parametrize("step", [60.0, -60.0])
def test_a_stepped_wall_clock_is_followed_slowly_and_reached(shared: SharedClock, step: float) -> None:
    clock = follow(shared)
    start = clock.now()
    shared.step(step)
    clock.now()
    shared.advance(100)
    moved = clock.now() - start
    assert abs(moved.total_seconds() - 100) <= 100 * SLEW + 1
    for _ in range(30):
        shared.advance(100)
        clock.now()
    assert abs((clock.now() - start).total_seconds() - (3100 + step)) < 1


def test_time_never_goes_back(shared: SharedClock) -> None:
    clock = follow(shared)
    last = clock.now()
    for _ in range(10):
        shared.step(-20)
        shared.advance(1.5)
        now = clock.now()
        assert now > last
        last = now


def test_time_that_is_asked_often_never_goes_back(shared: SharedClock) -> None:
    clock = follow(shared)
    shared.step(-20)
    last = clock.now()
    for _ in range(200):
        shared.advance(0.02)
        now = clock.now()
        assert now > last
        last = now


def test_a_machine_that_learns_the_time_after_1970_jumps_once(shared: SharedClock) -> None:
    years = timedelta(days=56 * 365.25).total_seconds()
    shared.step(-years)
    clock = follow(shared)
    assert clock.now().year < 1975
    shared.step(years)
    assert clock.now().year > 2025
