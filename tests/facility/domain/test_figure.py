"""Figures: nothing is no data, a person's share is of their own cases, times that overlap count once."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from facility.domain.figure import Behind, Case, Figure, Period, Reliability, Stretch, by_age, lasts_at, length_within

SINCE, HOUR = datetime(2026, 11, 1, tzinfo=UTC), timedelta(hours=1)
UNTIL = SINCE + 720 * HOUR


def test_nothing_is_no_data_and_never_a_share() -> None:
    empty = Figure("repair_timeliness", 0.95, ())
    assert (empty.share, empty.reached) == (None, None)
    one = Figure("x", 0.95, (Case(Behind.ORDER, "1", 1, person=4, team="e"), Case(Behind.ORDER, "2", 0, person=5)))
    assert (one.share, one.reached) == (0.5, False)
    assert one.of(person=4).share == 1.0
    assert one.of(team="none").share is None


def test_months_are_those_of_the_calendar() -> None:
    december = Period.month(2026, 12)
    assert december == Period(date(2026, 12, 1), date(2026, 12, 31))
    assert december.months_before(13)[0] == Period.month(2025, 12)
    assert december.until(ZoneInfo("Asia/Shanghai")) == datetime(2026, 12, 31, 16, tzinfo=UTC)


HOURS = st.integers(-48, 800)
STRETCHES = st.lists(
    st.builds(
        lambda since, length: Stretch(SINCE + since * HOUR, SINCE + (since + length) * HOUR if length else None),
        HOURS,
        st.integers(0, 60),
    ),
    max_size=8,
)


@given(STRETCHES, HOURS)
def test_the_length_is_that_of_the_hours_in_which_one_lasts(stretches: list[Stretch], at: int) -> None:
    hours = sum(lasts_at(stretches, SINCE + hour * HOUR) for hour in range(720))
    assert length_within(stretches, SINCE, UNTIL) == hours * HOUR
    middle = SINCE + max(0, min(720, at)) * HOUR
    halves = length_within(stretches, SINCE, middle) + length_within(stretches, middle, UNTIL)
    assert halves == length_within(stretches, SINCE, UNTIL)


def test_means_need_a_failure() -> None:
    assert Reliability("pump", 3, 0, 90 * HOUR, timedelta(0)).between_failures is None
    some = Reliability("pump", 3, 2, 90 * HOUR, 4 * HOUR)
    assert (some.between_failures, some.to_repair) == (45 * HOUR, 2 * HOUR)


@given(st.lists(st.integers(0, 50)))
def test_every_age_has_its_place(ages: list[int]) -> None:
    counts = by_age([age * HOUR for age in ages], [HOUR, 24 * HOUR])
    assert sum(counts) == len(ages)
    assert counts[2] == sum(age > 24 for age in ages)
