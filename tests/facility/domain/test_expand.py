"""Slots follow from the calendar: the same however the horizon is split, none twice, none lost, every day where it belongs."""

from calendar import monthrange
from datetime import date, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facility.domain.expand import after, expand, slot_of
from facility.domain.slot import Slot
from facility.domain.trigger import (
    Cadence,
    Calendar,
    Every,
    Expandable,
    Interval,
    OnDay,
    OnWeekday,
    Season,
    Seasons,
    Shifts,
    Step,
)

DAY = timedelta(days=1)
days = st.dates(date(2020, 1, 1), date(2040, 12, 31))
months = st.lists(st.integers(1, 12), unique=True, max_size=4).map(tuple)
intervals = st.builds(Interval, st.integers(1, 14), st.sampled_from(Step))
year_days = st.dates(date(2024, 1, 1), date(2024, 12, 31)).map(lambda day: (day.month, day.day))
clock_times = st.times().map(lambda at: at.replace(second=0, microsecond=0))
triggers: st.SearchStrategy[Expandable] = st.one_of(
    st.builds(Calendar, st.sampled_from(Cadence), months),
    st.builds(
        Shifts,
        st.lists(
            st.times().map(lambda at: at.replace(second=0, microsecond=0)), min_size=1, max_size=4, unique=True
        ).map(tuple),
    ),
    st.builds(Every, intervals),
    st.builds(OnDay, st.sampled_from([-1, *range(1, 32)]), months, st.integers(1, 28)),
    st.builds(OnWeekday, st.sampled_from([-1, 1, 2, 3, 4]), st.integers(1, 7), months, st.integers(1, 7)),
    st.builds(
        Seasons, st.lists(st.builds(Season, year_days, year_days), min_size=1, max_size=3, unique=True).map(tuple)
    ),
)
CALENDARS = st.sampled_from(Cadence)


@given(triggers, days, days, st.integers(0, 500), st.integers(0, 500))
def test_a_split_horizon_gives_the_same_slots(
    trigger: Expandable, start: date, since: date, half: int, rest: int
) -> None:
    middle = since + timedelta(days=half)
    until = middle + timedelta(days=rest)
    whole = list(expand(trigger, start, since, until))
    parts = {*expand(trigger, start, since, middle), *expand(trigger, start, middle + DAY, until)}
    assert set(whole) == parts
    assert whole == sorted(whole, key=lambda slot: slot.first)
    assert len({slot.key for slot in whole}) == len(whole), "a key names one slot"


@given(triggers, days, days, st.integers(0, 500))
def test_slots_touch_the_horizon_and_do_not_end_before_the_plan(
    trigger: Expandable, start: date, since: date, length: int
) -> None:
    until = since + timedelta(days=length)
    for slot in expand(trigger, start, since, until):
        assert slot.first <= slot.last
        assert slot.first <= until
        assert slot.last >= max(since, start)


@given(CALENDARS, days)
def test_a_day_lies_in_its_slot_and_all_days_of_the_slot_agree(cadence: Cadence, day: date) -> None:
    slot = slot_of(cadence, day)
    assert slot.first <= day <= slot.last
    assert slot_of(cadence, slot.first) == slot_of(cadence, slot.last) == slot
    assert slot_of(cadence, slot.last + DAY).key != slot.key
    assert slot_of(cadence, slot.last + DAY).first == slot.last + DAY


@given(intervals, days, st.integers(0, 800))
def test_intervals_are_counted_from_the_first_day_and_lie_side_by_side(
    interval: Interval, start: date, length: int
) -> None:
    found = list(expand(Every(interval), start, start, start + timedelta(days=length)))
    assert found[0].first == start
    for number, slot in enumerate(found):
        assert slot.first == after(start, interval, number), "no drift"
    for before, following in pairwise(found):
        assert following.first == before.last + DAY


@given(st.integers(1, 31), st.integers(2020, 2040))
def test_a_day_of_the_month_comes_every_month(day: int, year: int) -> None:
    """Where RFC 5545 and cron give seven dates a year for the 31st."""
    found = list(expand(OnDay(day), date(year, 1, 1), date(year, 1, 1), date(year, 12, 31)))
    assert [slot.first.month for slot in found] == list(range(1, 13))
    assert all(slot.first.day == min(day, monthrange(year, slot.first.month)[1]) for slot in found)


@given(st.sampled_from([-1, 1, 2, 3, 4]), st.integers(1, 7), st.integers(2020, 2040))
def test_a_weekday_of_the_month_comes_every_month(nth: int, weekday: int, year: int) -> None:
    for slot in expand(OnWeekday(nth, weekday), date(year, 1, 1), date(year, 1, 1), date(year, 12, 31)):
        assert slot.first.isoweekday() == weekday
        length = monthrange(year, slot.first.month)[1]
        assert (slot.first.day - 1) // 7 + 1 == nth if nth > 0 else slot.first.day > length - 7


@given(st.lists(st.sampled_from([time(0), time(7, 30), time(8), time(16), time(20)]), min_size=1, unique=True), days)
def test_shifts_cover_every_day_without_gap(times: list[time], day: date) -> None:
    found = list(expand(Shifts(tuple(times)), day - 9 * DAY, day, day + 9 * DAY))
    for before, following in pairwise(found):
        assert (before.last, before.ends) == (following.first, following.begins)


@pytest.mark.parametrize(
    ("start", "interval", "expected"),
    [
        (date(2026, 11, 30), Interval(3, Step.MONTHS), [date(2026, 11, 30), date(2027, 2, 28), date(2027, 5, 30)]),
        (date(2026, 1, 31), Interval(1, Step.MONTHS), [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]),
        (date(2024, 2, 29), Interval(1, Step.YEARS), [date(2024, 2, 29), date(2025, 2, 28), date(2026, 2, 28)]),
        (date(2026, 11, 25), Interval(10, Step.DAYS), [date(2026, 11, 25), date(2026, 12, 5), date(2026, 12, 15)]),
    ],
)
def test_traps_of_calendars(start: date, interval: Interval, expected: list[date]) -> None:
    found = expand(Every(interval), start, start, start + timedelta(days=1200))
    assert [slot.first for slot in found][: len(expected)] == expected


def test_four_weeks_are_no_month() -> None:
    year = date(2026, 1, 1), date(2026, 1, 1), date(2026, 12, 31)
    assert len(list(expand(Calendar(Cadence.MONTHLY), *year))) == 12
    assert len(list(expand(Calendar(Cadence.HALF_MONTHLY), *year))) == 24


def test_seasons() -> None:
    winter = Seasons((Season((11, 15), (3, 15)),))
    assert list(expand(winter, date(2020, 1, 1), date(2026, 11, 26), date(2027, 11, 20))) == [
        Slot(date(2026, 11, 15), date(2027, 3, 15), "2026-11-15"),
        Slot(date(2027, 11, 15), date(2028, 3, 15), "2027-11-15"),
    ]
    months = Calendar(Cadence.MONTHLY, (11, 12, 1, 2, 3, 4))
    found = [slot.key for slot in expand(months, date(2026, 1, 1), date(2026, 3, 5), date(2026, 12, 1))]
    assert found == ["2026-03", "2026-04", "2026-11", "2026-12"]


def test_keys_and_edges_of_the_year() -> None:
    assert slot_of(Cadence.WEEKLY, date(2027, 1, 3)).key == "2026-W53"
    assert slot_of(Cadence.TWICE_WEEKLY, date(2027, 1, 3)).key == "2026-W53-2"
    assert slot_of(Cadence.HALF_MONTHLY, date(2028, 2, 29)) == Slot(date(2028, 2, 16), date(2028, 2, 29), "2028-02-2")
    assert slot_of(Cadence.MONTHLY, date(2028, 2, 29)).key == "2028-02"
    assert slot_of(Cadence.QUARTERLY, date(2026, 12, 31)).key == "2026-Q4"
    assert slot_of(Cadence.HALF_YEARLY, date(2026, 7, 1)).key == "2026-H2"
    assert slot_of(Cadence.YEARLY, date(2026, 7, 1)).key == "2026"
