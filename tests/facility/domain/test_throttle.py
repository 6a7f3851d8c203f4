"""How guessing is slowed down: pauses grow, are bounded and forgotten; a bucket refills; a clock set back keeps nobody out."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from facility.domain.throttle import (
    FORGOTTEN,
    LONGEST_PAUSE,
    REFILL,
    ROOM,
    Attempts,
    account_failed,
    account_pause,
    address_pause,
    address_tried,
)

T = datetime(2026, 11, 23, 6, tzinfo=UTC)
NOUGHT = timedelta(0)
STEPS = st.lists(st.timedeltas(timedelta(seconds=-3600), timedelta(hours=20)), max_size=60)


def test_pauses_of_an_account_grow_to_a_minute() -> None:
    known, pauses = None, []
    for _ in range(12):
        known = account_failed(known, T)
        pauses.append(account_pause(known, T).total_seconds())
    assert pauses == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    assert account_pause(known, T + LONGEST_PAUSE) == NOUGHT
    assert account_failed(known, T + FORGOTTEN + LONGEST_PAUSE).count == 1


@given(STEPS)
def test_nobody_is_ever_kept_out_longer_than_the_longest_pause(steps: list[timedelta]) -> None:
    known, now = None, T
    for step in steps:
        now += step
        assert NOUGHT <= account_pause(known, now) <= LONGEST_PAUSE
        known = account_failed(known, now)


def test_an_address_has_room_for_an_office_and_then_one_attempt_every_ten_seconds() -> None:
    known: Attempts | None = None
    for _ in range(ROOM):
        assert address_pause(known, T) == NOUGHT
        known = address_tried(known, T)
    assert address_pause(known, T) == REFILL
    assert address_pause(known, T + REFILL) == NOUGHT
    assert address_pause(address_tried(known, T + REFILL), T + REFILL) == REFILL
    assert address_pause(known, T + ROOM * REFILL * 2) == NOUGHT


@given(STEPS)
def test_an_address_never_gets_more_than_its_bucket_and_refill(steps: list[timedelta]) -> None:
    known, now, tried = None, T, 0
    forward = NOUGHT
    for step in steps:
        now += step
        forward += max(NOUGHT, step)
        pause = address_pause(known, now)
        assert NOUGHT <= pause <= REFILL
        if not pause:
            known, tried = address_tried(known, now), tried + 1
    assert tried <= ROOM + forward / REFILL + 1
