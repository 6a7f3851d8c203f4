"""Replayed plans whose slots follow from services, use, certificates or a hand: from the real last one, then one after the other."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facility.domain.caused import after_completion, is_used_up
from facility.domain.figure import Period
from facility.domain.moment import nanoseconds
from facility.domain.occurrence import OccurrenceState
from facility.domain.order import WorkKind
from facility.domain.past_service import PastService
from facility.domain.slot import Slot
from facility.domain.trigger import AfterCompletion, ByHand, Cadence, Calendar, Expiry, Interval, Step, Trigger, Use
from facility.flow.open_by_hand import open_by_hand
from facility.flow.replay_plan import PlanReplay, replay_plan
from facility.store.sqlite_history import SqliteHistory
from tests.harness.caused_stage import DAY, ZONE, finish, ledger, run, triggered
from tests.harness.flow_stage import START, Stage

DECEMBER = Period.month(2026, 12)
NEW_YEAR = datetime(2027, 1, 3, 1, 0, tzinfo=UTC)


@pytest.fixture
def history(stage: Stage, tmp_path: Path) -> SqliteHistory:
    """Empty."""
    history = SqliteHistory(tmp_path / "history.db", stage.site.id)
    history.prepare()
    return history


def replayed(stage: Stage, history: SqliteHistory, trigger: Trigger | None = None) -> PlanReplay:
    """December of the plan as it is, or with another trigger."""
    plan = stage.site.plans["plan"]
    with stage.work.reading() as unit:
        tried = replace(plan, trigger=trigger) if trigger else plan
        return replay_plan(stage.site, unit, history, tried, DECEMBER, NEW_YEAR)


def serviced(stage: Stage, day: date) -> None:
    """The pump's last service, before the program was there."""
    with stage.work.writing() as unit:
        unit.past_services.put(PastService("pump-1", "plan", WorkKind.MAINTENANCE, "", day))


def first_days(found: PlanReplay) -> list[date]:
    return [each.slot.first for each in found.would]


def test_people_who_finish_on_the_day_make_what_the_replay_makes(stage: Stage, history: SqliteHistory) -> None:
    triggered(stage, AfterCompletion(Interval(8, Step.DAYS), 5))
    now = START
    while now < NEW_YEAR:
        run(stage, now)
        for each in ledger(stage):
            if each.state is OccurrenceState.OPEN and each.day is not None and each.day <= now.astimezone(ZONE).date():
                finish(stage, each)
        now += DAY
    found = replayed(stage, history)
    assert len(found.made) > 2
    assert [(each.slot, each.day) for each in found.would] == [(each.slot, each.day) for each in found.made]
    twice = replayed(stage, history, AfterCompletion(Interval(4, Step.DAYS), 2))
    assert len(twice.would) > len(found.would)
    assert first_days(twice)[1] < first_days(found)[1]


def test_one_that_was_due_before_the_month_and_not_done_is_done_in_it(stage: Stage, history: SqliteHistory) -> None:
    triggered(stage, AfterCompletion(Interval(6, Step.WEEKS), 7))
    serviced(stage, date(2026, 10, 17))
    (only,) = replayed(stage, history).would
    assert (only.slot.first, only.day >= DECEMBER.first) == (date(2026, 11, 28), True)
    serviced(stage, date(2026, 12, 2))
    assert first_days(replayed(stage, history)) == [date(2026, 12, 1)], "what was done in the month does not count yet"


def runs(stage: Stage, history: SqliteHistory, silent: range = range(0)) -> None:
    """Ten hours a day from 20 November on; on some days of December nothing was recorded."""
    pump = stage.site.assets["pump-1"]
    lines = []
    for number in range(45):
        day = date(2026, 11, 20) + number * DAY
        if day.month != 12 or day.day not in silent:
            for hour, more in ((1, 0.0), (23, 10.0)):
                at = nanoseconds(datetime.combine(day, time(hour), ZONE).astimezone(UTC))
                series = f"{pump.profile.asset_class},site={stage.site.id},asset=pump-1"
                lines.append(f"{series} running_hours={10.0 * number + more} {at}\n")
    history.write("".join(lines).encode())


def test_use_is_read_day_by_day_from_the_last_service_on(stage: Stage, history: SqliteHistory) -> None:
    triggered(stage, Use("running_hours", 100.0, 7))
    serviced(stage, date(2026, 11, 25))
    runs(stage, history)
    found = replayed(stage, history)
    first, second, *_ = found.would
    assert first.slot == Slot(date(2026, 12, 5), date(2026, 12, 11), "2026-12-05"), "ten days of ten hours"
    assert second.slot.first == first.day + 10 * DAY
    assert found.unknown == {}
    rarer = replayed(stage, history, Use("running_hours", 1000.0, 7, Interval(2, Step.WEEKS)))
    assert first_days(rarer)[0] == date(2026, 12, 9), "the calendar comes first"


def test_days_of_which_nothing_is_known_are_counted(stage: Stage, history: SqliteHistory) -> None:
    triggered(stage, Use("running_hours", 100.0, 7))
    serviced(stage, date(2026, 11, 25))
    runs(stage, history, silent=range(3, 6))
    found = replayed(stage, history)
    assert found.unknown == {"pump-1": 3}
    assert first_days(found)[0] == date(2026, 12, 6), "what was counted over the silence stands where it ended"


def test_a_certificate_opens_its_slot_earlier_or_later(stage: Stage, history: SqliteHistory) -> None:
    triggered(stage, Expiry("annual-test", 30))
    pump = replace(stage.site.assets["pump-1"], certificates={"annual-test": date(2026, 12, 20)})
    stage.site = replace(stage.site, assets={**stage.site.assets, "pump-1": pump})
    run(stage, START)
    assert first_days(replayed(stage, history)) == [date(2026, 11, 20)] == [each.slot.first for each in ledger(stage)]
    assert first_days(replayed(stage, history, Expiry("annual-test", 10))) == [date(2026, 12, 10)]
    assert first_days(replayed(stage, history, Expiry("another", 10))) == []


def test_what_people_opened_by_hand_keeps_its_days(stage: Stage, history: SqliteHistory) -> None:
    triggered(stage, ByHand(2))
    for day in (3, 17):
        with stage.work.writing() as unit:
            open_by_hand(stage.site, unit, "plan", "pump-1", datetime(2026, 12, day, 2, 0, tzinfo=UTC))
    longer = replayed(stage, history, ByHand(5))
    assert [(each.slot.first, each.slot.last.day) for each in longer.would] == [
        (date(2026, 12, 3), 7),
        (date(2026, 12, 17), 21),
    ]
    triggered(stage, Calendar(Cadence.WEEKLY))
    assert replayed(stage, history, ByHand(5)).would == (), "the plan opened its orders by itself"


def test_a_plan_that_is_off_has_no_slot_from_then_on(stage: Stage, history: SqliteHistory) -> None:
    triggered(stage, AfterCompletion(Interval(5, Step.DAYS), 2))
    off = replace(stage.site.plans["plan"], off_from=date(2026, 12, 12))
    stage.site = replace(stage.site, plans={"plan": off})
    found = first_days(replayed(stage, history))
    assert found
    assert max(found) < date(2026, 12, 12)


@given(
    ended=st.dates(date(2024, 1, 1), date(2028, 1, 1)),
    ahead=st.integers(-400, 400),
    weeks=st.integers(1, 60),
    days=st.integers(1, 28),
)
def test_a_slot_after_a_completion_is_never_over(ended: date, ahead: int, weeks: int, days: int) -> None:
    today = ended + timedelta(days=ahead)
    slot = after_completion(AfterCompletion(Interval(weeks, Step.WEEKS), days), ended, ended, today)
    assert slot.last >= today
    assert slot.first in (today, ended + timedelta(weeks=weeks))
    assert (slot.last - slot.first).days == days - 1


@given(used=st.floats(0, 500), passed=st.integers(0, 60))
def test_use_or_the_calendar_whichever_is_first(used: float, passed: int) -> None:
    begun = date(2026, 11, 1)
    trigger = Use("running_hours", 250.0, 7, Interval(30, Step.DAYS))
    assert is_used_up(trigger, used, begun, begun + timedelta(days=passed)) is (used >= 250 or passed >= 30)
