"""The clocks of faults, requests and complaints: days of the estate, pauses that move the end, one answer at each instant."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facility.domain.clock import (
    CLOCKS,
    STOPPING,
    Clock,
    ClockId,
    Facts,
    Pause,
    Paused,
    Stand,
    Start,
    end_of_day,
    read_clock,
)

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
CALL = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday, 10:00 in the estate
FACTS = Facts(CALL, CALL)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def local(day: int, hour: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=SHANGHAI).astimezone(UTC)


def stand(clock: ClockId, facts: Facts, now: datetime) -> Stand:
    return read_clock(CLOCKS[clock], facts, SHANGHAI, now).stand


@pytest.mark.parametrize(
    ("clock", "last_day"),
    [(ClockId.SAME_DAY, 23), (ClockId.ASSIGNED, 24), (ClockId.FEEDBACK, 25), (ClockId.COMPLETED, 28)],
)
def test_each_clock_ends_with_a_day_of_the_estate(clock: ClockId, last_day: int) -> None:
    reading = read_clock(CLOCKS[clock], FACTS, SHANGHAI, CALL)
    assert (reading.stand, reading.due_at) == (Stand.RUNNING, local(last_day) + DAY)
    assert stand(clock, FACTS, local(last_day, 23)) is Stand.RUNNING
    assert stand(clock, FACTS, local(last_day) + DAY + timedelta(seconds=1)) is Stand.OVERDUE


def test_a_call_just_before_midnight_has_its_own_day() -> None:
    late = replace(FACTS, received_at=local(23, 23) + timedelta(minutes=59))
    assert read_clock(CLOCKS[ClockId.SAME_DAY], late, SHANGHAI, late.received_at).due_at == local(24)


def test_what_is_finished_needs_nothing_more_and_the_clocks_are_apart() -> None:
    done = replace(FACTS, finished_at=local(24, 9))
    assert {clock: stand(clock, done, local(30)) for clock in ClockId} == {
        ClockId.SAME_DAY: Stand.LATE,
        ClockId.ASSIGNED: Stand.MET,
        ClockId.FEEDBACK: Stand.MET,
        ClockId.COMPLETED: Stand.MET,
    }
    told = replace(FACTS, assigned_at=local(25, 9), feedback_at=local(25, 10))
    assert {clock: stand(clock, told, local(30)) for clock in ClockId} == {
        ClockId.SAME_DAY: Stand.OVERDUE,
        ClockId.ASSIGNED: Stand.LATE,
        ClockId.FEEDBACK: Stand.MET,
        ClockId.COMPLETED: Stand.OVERDUE,
    }
    over = replace(FACTS, over_at=local(23, 12))
    assert {stand(clock, over, local(30)) for clock in ClockId} == {Stand.OFF}


def test_a_clock_from_another_event_waits_for_it() -> None:
    clock = Clock(ClockId.COMPLETED, 5, Start.CONFIRMED)
    assert read_clock(clock, FACTS, SHANGHAI, local(24)).stand is Stand.WAITING
    confirmed = replace(FACTS, confirmed_at=local(24, 8))
    assert read_clock(clock, confirmed, SHANGHAI, local(24, 9)).due_at == local(30)


def test_a_pause_stops_the_clock_that_says_so_and_no_other() -> None:
    waits = replace(FACTS, pauses=(Paused(Pause.PART, local(24, 8)),))
    assert stand(ClockId.COMPLETED, waits, local(30)) is Stand.PAUSED
    assert stand(ClockId.FEEDBACK, waits, local(30)) is Stand.OVERDUE
    goes_on = replace(FACTS, pauses=(Paused(Pause.PART, local(24, 8), local(26, 8)),))
    assert read_clock(CLOCKS[ClockId.COMPLETED], goes_on, SHANGHAI, local(27)).due_at == local(1, month=12)
    other = replace(FACTS, pauses=(Paused(Pause.OTHER, local(24, 8), local(26, 8)),))
    assert read_clock(CLOCKS[ClockId.COMPLETED], other, SHANGHAI, local(27)).due_at == local(29)


def test_a_pause_after_its_end_changes_nothing() -> None:
    waits = replace(FACTS, pauses=(Paused(Pause.PART, local(29, 8)),))
    assert stand(ClockId.COMPLETED, waits, local(30)) is Stand.OVERDUE


def test_a_day_of_a_changed_clock_ends_at_its_midnight() -> None:
    evening = datetime(2026, 10, 24, 20, 0, tzinfo=BERLIN).astimezone(UTC)
    assert end_of_day(evening, 1, BERLIN) - end_of_day(evening, 0, BERLIN) == 25 * HOUR


HOURS = st.integers(0, 24 * 12)
PAUSES = st.lists(
    st.builds(
        lambda why, since, length: Paused(why, CALL + since * HOUR, None if length == 0 else CALL + (since + length) * HOUR),
        st.sampled_from(Pause), HOURS, st.integers(0, 48),
    ),
    max_size=5,
)  # fmt: skip
CLOCK = st.builds(Clock, st.sampled_from(ClockId), st.integers(0, 7), st.just(Start.RECEIVED), st.just(STOPPING))


@given(CLOCK, PAUSES, HOURS, st.sampled_from([SHANGHAI, BERLIN]))
def test_pauses_never_bring_an_end_forward_and_their_order_is_nothing(
    clock: Clock, pauses: list[Paused], hours: int, zone: ZoneInfo
) -> None:
    now = CALL + hours * HOUR
    reading = read_clock(clock, replace(FACTS, pauses=tuple(pauses)), zone, now)
    assert reading == read_clock(clock, replace(FACTS, pauses=tuple(reversed(pauses))), zone, now)
    bare = read_clock(clock, FACTS, zone, now)
    assert bare.due_at is not None
    if reading.due_at is not None:
        assert reading.due_at >= bare.due_at
    if bare.stand is Stand.RUNNING:
        assert reading.stand in (Stand.RUNNING, Stand.PAUSED)


@given(CLOCK, PAUSES, HOURS, HOURS)
def test_what_comes_later_does_not_change_what_stood(
    clock: Clock, pauses: list[Paused], hours: int, later: int
) -> None:
    now = CALL + hours * HOUR
    future = Paused(Pause.PART, now + (later + 1) * HOUR)
    before = read_clock(clock, replace(FACTS, pauses=tuple(pauses)), SHANGHAI, now)
    assert read_clock(clock, replace(FACTS, pauses=(*pauses, future)), SHANGHAI, now) == before
    finished = replace(FACTS, pauses=tuple(pauses), finished_at=now + (later + 1) * HOUR)
    assert read_clock(clock, finished, SHANGHAI, now) == before
