"""A plan replayed over a month: what it was makes the slots that it made; a change shows what comes, goes and is taken in."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from facility.domain.figure import Period
from facility.domain.order import WorkKind
from facility.domain.plan import CheckItem, Plan
from facility.domain.text import Title
from facility.domain.trigger import Cadence, Calendar, Every, Interval, Step
from facility.flow.plan_work import plan_work
from facility.flow.replay_plan import carried_over, replay_plan
from facility.store.sqlite_history import SqliteHistory
from tests.harness.flow_stage import Stage

NOVEMBER = Period.month(2026, 11)
BEGIN = datetime(2026, 11, 2, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)
ITEMS = (CheckItem(Title("look", "看")),)


def test_what_people_changed_by_page_stays_under_a_change_that_is_tried() -> None:
    of_file = of_pumps("weekly", Cadence.WEEKLY)
    present = replace(of_file, minutes=90)
    found = carried_over(replace(of_file, round=True), of_file, present)
    assert (found.minutes, found.round) == (90, True)


def of_pumps(id: str, cadence: Cadence, start: date = date(2026, 11, 2)) -> Plan:
    return Plan(
        id, Title(id, id), WorkKind.MAINTENANCE, Calendar(cadence), ("pump-1", "pump-2"), ITEMS, "maintaining", start
    )


def test_a_plan_as_it_is_makes_what_it_made_and_a_changed_one_something_else(stage: Stage, tmp_path: Path) -> None:
    history = SqliteHistory(tmp_path / "history.db", stage.site.id)
    weekly, monthly = of_pumps("weekly", Cadence.WEEKLY), of_pumps("monthly", Cadence.MONTHLY)
    stage.site = replace(stage.site, plans={plan.id: plan for plan in (weekly, monthly)})
    now = BEGIN
    while now < BEGIN + timedelta(days=29):
        with stage.work.writing() as unit:
            plan_work(stage.site, unit, now)
        now += timedelta(days=1)
    with stage.work.reading() as unit:
        same = replay_plan(stage.site, unit, history, weekly, NOVEMBER, now)
        assert {(each.asset, each.slot.key) for each in same.would} == {
            (each.asset, each.slot.key) for each in same.made
        }
        assert same.orders_made > 0
        taken = {(each.asset, each.into) for each in same.would if each.into}
        assert taken == {("pump-1", "monthly"), ("pump-2", "monthly")}, "the week of the monthly service"
        assert all(each.slot.first <= each.day <= each.slot.last for each in same.would)

        rarer = replace(weekly, trigger=Every(Interval(2, Step.WEEKS)), round=True)
        found = replay_plan(stage.site, unit, history, rarer, NOVEMBER, now)
        assert sorted({each.slot.first for each in found.would}) == [date(2026, 11, day) for day in (2, 16, 30)]
        assert found.orders_would == 3, "one for both pumps"
        assert all(each.slot.first <= each.opens <= each.day for each in found.would)
