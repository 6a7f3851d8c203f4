"""Acquisition times between two looks at the clock."""

from datetime import timedelta

from collectors.moment import FRESH, Stamps
from facility.domain.moment import nanoseconds
from tests.collectors.collect_stage import HandClock


def test_between_two_looks_the_monotonic_clock_counts_on_in_whole_microseconds() -> None:
    clock = HandClock()
    stamps = Stamps(clock)
    first = stamps.at(clock.mono)
    assert first == nanoseconds(clock.at)
    clock.at += timedelta(seconds=5)  # set, unseen as yet
    assert stamps.at(clock.mono + 0.0123456) == first + 12_345_000
    clock.mono += 2 * FRESH
    assert stamps.at(clock.mono) == nanoseconds(clock.at)


def test_a_stamp_never_goes_back() -> None:
    clock = HandClock()
    stamps = Stamps(clock)
    first = stamps.at(clock.mono)
    clock.at -= timedelta(seconds=1)
    clock.mono += 1
    assert stamps.at(clock.mono) == first


def test_a_look_by_anyone_is_seen_by_all() -> None:
    clock = HandClock()
    stamps = Stamps(clock)
    stamps.at(clock.mono)
    clock.at += timedelta(days=1)
    assert stamps.look() == nanoseconds(clock.at)
    assert stamps.at(clock.mono) == nanoseconds(clock.at)
