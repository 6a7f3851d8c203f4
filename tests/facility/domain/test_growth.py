"""Growth of counters: bars of the site's zone add up to what was counted, over wraps, resets, gaps, late data and DST days."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facility.domain.counter import Counter, increase
from facility.domain.growth import Bar, Growth, edges, growths, midnight
from facility.domain.rollup import COARSE, FINE, Level, Rollup, coarser, joined, summary

SHANGHAI, BERLIN, HOWE = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe")
T = datetime(2026, 10, 24, 22, tzinfo=UTC)  # midnight in Berlin before the night of 25 hours
COUNTER = Counter(wraps_at=1000.0)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

totals = st.lists(
    st.tuples(st.integers(1, 5000), st.integers(0, 999)), min_size=2, max_size=60
)  # minutes since the last reading, total


def readings(steps: list[tuple[int, int]]) -> list[tuple[datetime, float]]:
    at, found = T, []
    for minutes, total in steps:
        at += timedelta(minutes=minutes / 10)
        found.append((at, float(total)))
    return found


def rolled(values: list[tuple[datetime, float]], level: Level) -> list[Rollup]:
    """As a store rolls readings up."""
    windows: dict[datetime, list[float]] = {}
    for at, value in values:
        windows.setdefault(FINE.floor(at), []).append(value)
    fine = [summary(at, FINE.width, found, COUNTER) for at, found in windows.items()]
    return fine if level is FINE else coarser(fine, COARSE, COUNTER)


def counted(values: list[tuple[datetime, float]]) -> float:
    """What was counted, reading by reading."""
    return sum(increase(one, two, COUNTER) for (_, one), (_, two) in pairwise(values))


def bars(values: list[tuple[datetime, float]], bar: Bar, zone: ZoneInfo, level: Level = COARSE) -> list[Growth]:
    last = values[-1][0]
    bounds = edges(values[0][0], last + timedelta(seconds=1), bar, zone)
    return growths(rolled(values, level), bounds, COUNTER, level.width, last)


@given(totals, st.sampled_from(list(Bar)), st.sampled_from([SHANGHAI, BERLIN]), st.sampled_from(list(Level)))
def test_bars_add_up_to_what_was_counted_reading_by_reading(
    steps: list[tuple[int, int]], bar: Bar, zone: ZoneInfo, level: Level
) -> None:
    values = readings(steps)
    found = bars(values, bar, zone, level)
    assert sum(each.increase or 0.0 for each in found) == pytest.approx(counted(values))
    assert all(each.increase is None or each.increase >= 0 for each in found)


@given(totals, st.sampled_from([Bar.HOUR, Bar.DAY]))
def test_each_bar_holds_the_steps_that_end_in_it(steps: list[tuple[int, int]], bar: Bar) -> None:
    values = readings(steps)
    for each in bars(values, bar, BERLIN):
        inside = [
            increase(one, two, COUNTER) for (_, one), (at, two) in pairwise(values) if each.since <= at < each.until
        ]
        assert (each.increase or 0.0) == pytest.approx(sum(inside))


@given(totals, st.randoms(use_true_random=False))
def test_the_order_in_which_readings_arrive_does_not_matter(steps: list[tuple[int, int]], chance: object) -> None:
    values = readings(steps)
    shuffled = list(values)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert bars(sorted(shuffled), Bar.DAY, BERLIN) == bars(values, Bar.DAY, BERLIN)


@given(st.lists(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5), min_size=1, max_size=12))
def test_windows_joined_are_the_window_of_all_their_values(groups: list[list[float]]) -> None:
    parts = [summary(T + n * FINE.width, FINE.width, group, COUNTER) for n, group in enumerate(groups)]
    whole = summary(T, COARSE.width, [value for group in groups for value in group], COUNTER)
    one = joined(T, COARSE.width, parts, COUNTER)
    assert (one.low, one.high, one.first, one.last, one.count) == (
        whole.low,
        whole.high,
        whole.first,
        whole.last,
        whole.count,
    )
    assert one.mean == pytest.approx(whole.mean, rel=1e-9, abs=1e-6)
    assert one.increase == pytest.approx(whole.increase, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (BERLIN, date(2026, 10, 25), 25),
        (BERLIN, date(2026, 3, 29), 23),
        (HOWE, date(2026, 4, 5), 24.5),
        (SHANGHAI, date(2026, 10, 25), 24),
    ],
)
def test_a_day_is_as_long_as_its_clocks_say(zone: ZoneInfo, day: date, hours: float) -> None:
    noon = datetime.combine(day, time(12), zone).astimezone(UTC)
    since, until = edges(noon, noon + HOUR, Bar.DAY, zone)
    assert (until - since) / HOUR == hours
    assert since == midnight(day, zone)


def test_the_rate_of_a_day_of_25_hours_is_over_25_hours() -> None:
    values = [(T - HOUR + n * timedelta(minutes=5), float(n % 1000)) for n in range(12 * 30)]
    (_, day, _) = growths(
        rolled(values, COARSE), edges(T - HOUR, T + 26 * HOUR, Bar.DAY, BERLIN), COUNTER, HOUR, T + 29 * HOUR
    )
    assert (day.increase, day.whole) == (300, True)
    assert day.per_hour(T + 29 * HOUR) == pytest.approx(12)


def test_months_follow_the_calendar_of_the_zone() -> None:
    found = edges(datetime(2026, 1, 31, 17, tzinfo=UTC), datetime(2026, 3, 5, tzinfo=UTC), Bar.MONTH, SHANGHAI)
    assert [each.astimezone(SHANGHAI).isoformat()[:10] for each in found] == ["2026-02-01", "2026-03-01", "2026-04-01"]


def test_a_silence_is_counted_where_it_ends_and_both_sides_say_so() -> None:
    start = midnight(date(2026, 6, 1), SHANGHAI)
    values = [(start + n * HOUR, float(n)) for n in range(96) if not 20 <= n < 60]
    now = values[-1][0]
    found = growths(rolled(values, COARSE), edges(start, now, Bar.DAY, SHANGHAI), COUNTER, HOUR, now)
    assert [(each.increase, each.whole) for each in found] == [(19, False), (None, False), (52, False), (24, True)]


def test_nothing_known_is_no_growth() -> None:
    found = growths([], edges(T, T + DAY, Bar.DAY, BERLIN), COUNTER, HOUR, T + 3 * DAY)
    assert [(each.increase, each.whole) for each in found] == [(None, False)] * len(found)
