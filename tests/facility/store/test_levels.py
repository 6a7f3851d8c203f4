"""Which level answers which stretch: no moment twice, none left out, none from a level that does not have it."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from facility.domain.rollup import COARSE, FINE
from facility.store.levels import Kept, Stretch, plan

NOW = datetime(2026, 11, 25, 14, 37, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KEPT = Kept(90, 730, 3650)
ROLLED = datetime(2026, 11, 25, 14, 35, tzinfo=UTC)
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)

moments = st.integers(0, 5000 * 1440).map(lambda minutes: NOW - timedelta(minutes=minutes))
widths = st.sampled_from([timedelta(seconds=15), 5 * timedelta(minutes=1), HOUR, 2 * HOUR, DAY, timedelta(minutes=7)])


@given(moments, st.integers(1, 500_000), widths, moments, st.booleans())
def test_stretches_follow_each_other_and_are_where_they_are_said_to_be(
    since: datetime, minutes: int, every: timedelta, reached: datetime, grid: bool
) -> None:
    since = COARSE.floor(since) if grid else since
    until, rolled = since + timedelta(minutes=minutes), FINE.floor(reached)
    found = plan(since, until, every, rolled, KEPT, NOW)
    assert (found[0].since, found[-1].until) == (since, until)
    for one, two in pairwise(found):
        assert one.until == two.since
        assert one.level is not two.level
    for stretch in found:
        if stretch.level is not None:
            assert stretch.until <= rolled
            assert stretch.level.width <= every or stretch.since < KEPT.floor(None, NOW)
            assert stretch.since >= KEPT.floor(stretch.level, NOW)


def test_a_month_in_windows_of_two_hours_reads_hours_and_the_rest_as_it_comes() -> None:
    since = NOON - 31 * DAY
    assert plan(since, NOON + 4 * HOUR, 2 * HOUR, ROLLED, KEPT, NOW) == [
        Stretch(COARSE, since, NOON + 2 * HOUR),
        Stretch(FINE, NOON + 2 * HOUR, ROLLED),
        Stretch(None, ROLLED, NOON + 4 * HOUR),
    ]


def test_seconds_are_read_from_readings_while_there_are_any() -> None:
    every = timedelta(seconds=15)
    assert [each.level for each in plan(NOON - HOUR, NOON, every, ROLLED, KEPT, NOW)] == [None]
    for days, level in ((100, FINE), (800, COARSE)):
        since = NOON - days * DAY
        assert [each.level for each in plan(since, since + HOUR, every, ROLLED, KEPT, NOW)] == [level]


def test_nothing_rolled_up_is_read_from_readings() -> None:
    assert plan(NOON - DAY, NOON, HOUR, None, KEPT, NOW) == [Stretch(None, NOON - DAY, NOON)]
