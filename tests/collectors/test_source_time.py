"""Times that devices send: believed between the day a clock could first be right and a minute ahead of ours."""

import pytest

from collectors.source_time import AHEAD, EARLIEST, believable
from facility.domain.moment import SECOND

NOW = 1_795_000_000 * SECOND


@pytest.mark.parametrize("at", [NOW, NOW - 400 * 86_400 * SECOND, NOW + AHEAD, EARLIEST])
def test_it_is_believed(at: int) -> None:
    assert believable(at, NOW) == at


@pytest.mark.parametrize("at", [None, NOW + AHEAD + 1, EARLIEST - 1, 0, -1])
def test_a_time_from_the_future_or_of_a_clock_that_was_never_set_is_none(at: int | None) -> None:
    assert believable(at, NOW) is None
