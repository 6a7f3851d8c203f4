"""Figures and reports on a real database: what counts, what is no data, reports that stay as they were and list what came later."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from facility.domain.figure import Behind, Period
from facility.domain.meter_line import MeterLine, MonthOfMeter, MonthRead, thawed
from facility.domain.order import Order, OrderState, OrderStep, Origin, WorkKind
from facility.domain.report import ReportKind, before, latest
from facility.domain.rule import Rule, Share
from facility.domain.unit import Unit
from facility.flow.carry_out import carry_out
from facility.flow.figures import FIGURES, figures
from facility.flow.figures_of_equipment import reliability
from facility.flow.make_reports import changes_since, make_reports
from facility.ports import Assessment, WorkUnit
from tests.collectors.collect_stage import X
from tests.harness.checklists import in_order
from tests.harness.flow_stage import START, Stage

MONTH = Period(date(2026, 11, 1), date(2026, 11, 30))
HOUR = timedelta(hours=1)


def a_repair(stage: Stage, unit: WorkUnit, due: timedelta = HOUR) -> Order:
    zhao, position = stage.person("zhao"), stage.site.assets["pump-1"].maintaining
    new = Order(
        0, WorkKind.REPAIR, "pump-1", "pump_fault", OrderState.ACCEPTED, position, zhao, stage.now, stage.now + due
    )
    return unit.orders.add(replace(new, origin=Origin.ALERT))


def step(stage: Stage, unit: WorkUnit, order: int, *steps: tuple[OrderStep, str]) -> None:
    for what, login in steps:
        version = unit.orders.get(order).version
        carry_out(
            stage.site, unit, order=order, version=version, step=what, person=stage.person(login), note="why",
            key=f"{what}-{version}", at=stage.now, given=in_order(stage.site, unit, order, what),
        )  # fmt: skip


def no_meters(_month: Period) -> MonthRead:
    """An estate without any."""
    return MonthRead(())


def shares(stage: Stage, unit: WorkUnit, period: Period = MONTH) -> dict[str, tuple[float, float]]:
    return {one.id: (one.part, one.whole) for one in figures(stage.site, unit, period, stage.now) if one.whole}


def test_an_empty_period_has_no_data(stage: Stage) -> None:
    with stage.work.reading() as unit:
        found = figures(stage.site, unit, Period.month(2020, 1), stage.now)
    assert {one.id for one in found if one.share is not None} == set()
    assert [one.id for one in found] == [spec.id for spec in FIGURES]


@pytest.mark.two_engines
def test_repairs_in_time_and_equipment_in_order(stage: Stage) -> None:
    with stage.work.writing() as unit:
        kept, late, sent_back = (a_repair(stage, unit).id for _ in range(3))
        cancelled = a_repair(stage, unit).id
        step(stage, unit, kept, (OrderStep.FINISH, "zhao"), (OrderStep.PASS_CHECK, "li"))
        step(stage, unit, sent_back, (OrderStep.FINISH, "zhao"), (OrderStep.SEND_BACK, "li"))
        step(stage, unit, cancelled, (OrderStep.CANCEL, "li"))
        stage.now += 2 * HOUR
        step(stage, unit, late, (OrderStep.FINISH, "zhao"))
        found = shares(stage, unit)
        assert found["repair_timeliness"] == (1.0, 3.0)
        assert found["checks_passed"] == (1.0, 2.0)
        counted = found["equipment_by_count"]
        assert counted[1] - counted[0] == 1.0, "one piece, today"
        assert found["equipment_by_time"][1] - found["equipment_by_time"][0] == pytest.approx(2.0)
        (timely,) = [one for one in figures(stage.site, unit, MONTH, stage.now) if one.id == "repair_timeliness"]
        assert {case.behind for case in timely.cases} == {Behind.ORDER}
        assert timely.of(person=stage.person("li")).share is None
        assert timely.of(team="engineering").whole == 3.0
        (pump,) = [one for one in reliability(stage.site, unit, MONTH, stage.now) if one.failures]
        assert (pump.asset_class, pump.failures, pump.down) == ("pump", 3, 2 * HOUR)


def test_a_fire_panel_is_in_good_order_while_few_of_its_points_are_out(stage: Stage) -> None:
    share = Rule("points_out_of_order", X, Share(("points_faulty",), "points_total", 3.0))
    panel = stage.site.assets["panel-1"]
    counting = replace(
        panel, profile=replace(panel.profile, asset_class="fire_panel"), rules={**panel.rules, share.id: share}
    )
    stage.site = replace(stage.site, assets={**stage.site.assets, "panel-1": counting})
    stage.opens("panel-1", "fire_alarm")
    stage.tick()
    stage.now += HOUR
    with stage.work.reading() as unit:
        assert len(unit.orders.recent(9, unfinished_only=True)) == 1
        counted = shares(stage, unit)["equipment_by_count"]
        assert counted[0] == counted[1], "its fire alarm and the order of it say nothing about its points"
    stage.opens("panel-1", share.id)
    stage.now += 2 * HOUR
    with stage.work.reading() as unit:
        found = shares(stage, unit)
        assert found["equipment_by_count"][1] - found["equipment_by_count"][0] == 1.0
        assert found["equipment_by_time"][1] - found["equipment_by_time"][0] == pytest.approx(2.0)


def test_buildings_are_assessed_by_people(stage: Stage) -> None:
    with stage.work.writing() as unit:
        one = Assessment("3", date(2026, 11, 1), 50, 48, "two cracks", stage.person("li"), stage.now)
        unit.assessments.put(one)
        unit.assessments.put(replace(one, sound=49))
        assert shares(stage, unit)["buildings_in_order"] == (49.0, 50.0)


@pytest.mark.parametrize(
    ("kind", "first", "last", "earlier"),
    [
        (ReportKind.DAILY, date(2026, 12, 31), date(2026, 12, 31), date(2026, 12, 30)),
        (ReportKind.WEEKLY, date(2026, 12, 21), date(2026, 12, 27), date(2026, 12, 14)),
        (ReportKind.MONTHLY, date(2026, 12, 1), date(2026, 12, 31), date(2026, 11, 1)),
        (ReportKind.MONTH_AHEAD, date(2027, 2, 1), date(2027, 2, 28), date(2027, 2, 1)),
    ],
)
def test_periods_of_reports(kind: ReportKind, first: date, last: date, earlier: date) -> None:
    period = latest(kind, date(2027, 1, 1))
    assert (period.first, period.last) == (first, last)
    assert before(kind, period).first == earlier


@pytest.mark.two_engines
def test_a_report_stays_as_it_was_and_lists_what_came_later(stage: Stage) -> None:
    with stage.work.writing() as unit:
        order = a_repair(stage, unit).id
        stage.now = START + timedelta(days=1)
        assert make_reports(stage.site, unit, stage.now, no_meters) > 0
        assert make_reports(stage.site, unit, stage.now + HOUR, no_meters) == 0, "twice is once"
        daily = next(one for one in unit.reports.find(ReportKind.DAILY, 10, 0)[0] if one.period.first == START.date())
        report = unit.reports.get(daily.id)
        assert [row["order"] for row in report.content["orders"]] == [order]  # type: ignore[attr-defined]
        assert changes_since(stage.site, unit, report, stage.now) == []
        step(stage, unit, order, (OrderStep.CANCEL, "li"))
        changed = changes_since(stage.site, unit, report, stage.now)
        assert {(change.what, change.key) for change in changed} >= {("figures", "repair_timeliness")}
        assert unit.reports.get(daily.id) == report


def test_after_a_stop_the_days_that_had_work_are_made_up_for(stage: Stage) -> None:
    with stage.work.writing() as unit:
        a_repair(stage, unit)
        stage.now = START + timedelta(days=5)
        make_reports(stage.site, unit, stage.now, no_meters)
        days = [one.period.first for one in unit.reports.find(ReportKind.DAILY, 20, 0)[0]]
    assert sorted(days) == [START.date() + timedelta(days=number) for number in range(5)]


def test_a_monthly_report_waits_for_its_meters_and_keeps_them(stage: Stage) -> None:
    read = MonthOfMeter(1234.5, 0.98, Decimal("802.40"))
    line = MeterLine("incomer-1", "yard", "power", Unit.KILOWATT_HOUR, True, {"flat": 1234.5}, read, read, None)
    asked = []

    def reading(month: Period) -> None:
        asked.append(month)

    with stage.work.writing() as unit:
        a_repair(stage, unit)
        stage.now = MONTH.until(stage.site.zone)
        make_reports(stage.site, unit, stage.now, reading)
        assert asked == [], "the month's last readings are on their way"
        stage.now += HOUR
        make_reports(stage.site, unit, stage.now, reading)
        assert asked == [MONTH]
        assert unit.reports.find(ReportKind.MONTHLY, 9, 0)[1] == 0
        make_reports(stage.site, unit, stage.now, lambda _month: MonthRead((line,)))
        (monthly,) = unit.reports.find(ReportKind.MONTHLY, 9, 0)[0]
        report = unit.reports.get(monthly.id)
        assert thawed(report.content["energy"]["meters"]) == [line]  # type: ignore[index]
        assert changes_since(stage.site, unit, report, stage.now) == []
