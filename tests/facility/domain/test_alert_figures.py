"""Figures about alerts: counts, shares, percentiles, chattering, floods; an empty period has none."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facility.domain.alert import Alert, AlertState
from facility.domain.alert_figures import (
    Chatter,
    Flood,
    Onset,
    Ratio,
    Times,
    Told,
    bars,
    chattering,
    counted,
    densest,
    floods_now,
    in_time,
    ranked,
    time_in_flood,
    times_to_acknowledge,
    top,
)

T = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=s) for s in (1, 60, 3600, 86_400))


def told(asset: str = "pump-1", level: int = 2, at: datetime = T, rule: str = "low", **changes: object) -> Told:
    alert = Alert(1, asset, rule, "low", level, AlertState.ACTIVE_UNACKNOWLEDGED, at, at)
    promise = {key: changes.pop(key, None) for key in ("met_at", "missed_at")}
    return Told(replace(alert, **changes), at + 10 * MINUTE, **promise)  # type: ignore[arg-type]


def test_an_empty_period_has_no_figures() -> None:
    assert in_time([], T) == Ratio(0, 0)
    assert Ratio(0, 0).share is None
    assert times_to_acknowledge([]) == Times(0, None, None, None)
    assert top([]) == counted([], lambda alert: alert.asset) == {}
    assert chattering([]) == []


def test_a_deadline_that_runs_is_neither_kept_nor_missed() -> None:
    kept, late = told(met_at=T + MINUTE), told(met_at=T + 11 * MINUTE)
    missed, runs = told(missed_at=T + 11 * MINUTE), told()
    assert in_time([kept, late, missed, runs], T + MINUTE) == Ratio(1, 3)
    assert in_time([runs], T + MINUTE).share is None
    assert in_time([runs], T + 11 * MINUTE) == Ratio(0, 1), "not recorded yet, but over"


def test_times_to_acknowledge() -> None:
    acknowledged = [told(acknowledged_at=T + minutes * MINUTE) for minutes in range(1, 11)]
    assert times_to_acknowledge([*acknowledged, told()]) == Times(10, 5 * MINUTE, 9 * MINUTE, 10 * MINUTE)


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=60), st.floats(0.01, 1.0))
def test_a_percentile_is_one_of_the_lengths_and_covers_its_share(seconds: list[int], share: float) -> None:
    lengths = sorted(timedelta(seconds=each) for each in seconds)
    found = ranked(lengths, share)
    assert found in lengths
    assert sum(length <= found for length in lengths) >= share * len(lengths) - 1e-9


def test_the_most_frequent_and_their_share() -> None:
    many = [told("pump-1")] * 3 + [told("pump-2")] * 2 + [told(f"tank-{n}") for n in range(15)]
    found = top(many)
    assert list(found.items())[:2] == [(("pump-1", "low"), Ratio(3, 20)), (("pump-2", "low"), Ratio(2, 20))]
    assert len(found) == 10


def onsets(rule: str, moments: Sequence[timedelta]) -> list[Onset]:
    return [Onset("pump-1", rule, T + moment) for moment in moments]


@pytest.mark.parametrize(
    ("moments", "chatters"),
    [
        ([0 * SECOND, 30 * SECOND, 59 * SECOND], True),
        ([0 * SECOND, 30 * SECOND, 60 * SECOND], False),
        ([n * 6 * MINUTE for n in range(10)], True),
        ([n * 7 * MINUTE for n in range(10)], False),
    ],
)
def test_three_in_a_minute_or_ten_in_an_hour_chatter(moments: list[timedelta], chatters: bool) -> None:
    assert bool(chattering(onsets("low", moments))) is chatters


def test_the_worst_chatterer_comes_first() -> None:
    found = chattering([*onsets("a", [n * SECOND for n in range(3)]), *onsets("b", [n * SECOND for n in range(5)])])
    assert found == [Chatter(("pump-1", "b"), 5, 5, 5), Chatter(("pump-1", "a"), 3, 3, 3)]


@given(st.lists(st.integers(0, 600), max_size=40), st.integers(1, 120))
def test_the_densest_window_is_that_of_the_definition(seconds: list[int], width: int) -> None:
    moments = sorted(T + timedelta(seconds=each) for each in seconds)
    window = timedelta(seconds=width)
    expected = max((sum(at <= other < at + window for other in moments) for at in moments), default=0)
    assert densest(moments, window) == expected


@given(st.lists(st.integers(0, 30), max_size=60))
def test_a_flood_begins_above_ten_and_ends_at_five(counts: list[int]) -> None:
    standing = False
    for raised in counts:
        before, standing = standing, floods_now(standing, raised)
        if standing and not before:
            assert raised > 10
        if before and not standing:
            assert raised <= 5


def test_time_in_flood_is_cut_to_the_period() -> None:
    floods = [Flood(1, T - HOUR, T + HOUR, 12), Flood(2, T + 5 * HOUR, None, 12)]
    assert time_in_flood(floods, T, T + 6 * HOUR) == 2 * HOUR


def test_bars_of_hours_and_of_days_of_the_site() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    hours = bars([told(at=T + 90 * MINUTE, level=1), told(at=T + 95 * MINUTE)], T, T + 3 * HOUR, zone)
    assert [(bar.at, bar.count) for bar in hours] == [(T, 0), (T + HOUR, 2), (T + 2 * HOUR, 0)]
    assert hours[1].by_level == {1: 1, 2: 1}
    days = bars([told(at=T)], T - 3 * DAY, T, zone)
    assert [bar.at.astimezone(zone).hour for bar in days] == [0, 0, 0, 0]
    assert [bar.count for bar in days] == [0, 0, 0, 1]


@pytest.mark.parametrize("begin", [datetime(2026, 3, 25, tzinfo=UTC), datetime(2026, 10, 21, tzinfo=UTC)])
def test_days_in_which_clocks_change_come_once(begin: datetime) -> None:
    zone = ZoneInfo("Europe/Berlin")
    days = [bar.at.astimezone(zone) for bar in bars([], begin, begin + 7 * DAY, zone)]
    assert [day.hour for day in days] == [0] * len(days)
    assert len({day.date() for day in days}) == len(days)
    assert len(days) in (7, 8)
