"""A device's clock against ours, from its messages: delays, stored messages, and a clock that is wrong."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.device_time import ENOUGH, LIMIT, WINDOW, DeviceTime, worst
from facility.domain.moment import SECOND

BEGIN = 1_795_000_000 * SECOND


def fed(offset: int, delays: list[int], step: int = WINDOW // 4) -> DeviceTime:
    """A device whose clock is `offset` ns from ours, with messages that are so late (ns)."""
    time = DeviceTime()
    for number, delay in enumerate(delays):
        received = BEGIN + number * step
        time.observe(received - delay + offset, received)
    return time


@given(st.integers(-100 * SECOND, 100 * SECOND), st.lists(st.integers(0, 3600 * SECOND), min_size=5, max_size=20))
def test_the_least_delayed_message_tells_the_difference(offset: int, delays: list[int]) -> None:
    delays[0] = 0
    assert fed(offset, delays[:5]).offset == pytest.approx(offset / SECOND)


def test_nothing_is_said_too_early() -> None:
    assert fed(50 * SECOND, [0] * (ENOUGH - 1), step=WINDOW).offset is None
    assert fed(50 * SECOND, [0] * 50, step=WINDOW // 100).offset is None
    time = DeviceTime()
    for number in range(10):  # a retained message, given again at each connection
        time.observe(BEGIN, BEGIN + number * WINDOW)
    assert time.offset is None


def test_it_is_said_once_and_again_when_it_is_right(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    time = fed(-95 * SECOND, [0] * 5)
    for _ in range(3):
        time.tell("gates", "gate-1")
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "gate-1 is -95 s" in caplog.text
    time.offset = LIMIT / 2
    time.tell("gates", "gate-1")
    assert "right again" in caplog.text


def test_the_worst_of_a_link() -> None:
    assert worst([DeviceTime()]) is None
    assert worst([fed(3 * SECOND, [0] * 5), fed(-7 * SECOND, [0] * 5), DeviceTime()]) == -7.0
