"""Figures with numerator, denominator and the list behind them; reports that are frozen, as page, JSON and XLSX."""

import io
from datetime import timedelta
from decimal import Decimal

import openpyxl
import pytest

from facility.domain.figure import Period
from facility.domain.meter_line import MeterLine, MonthOfMeter, MonthRead
from facility.domain.order import OrderStep
from facility.domain.report import ReportKind
from facility.domain.unit import Unit
from facility.flow.figures import FIGURES
from facility.flow.make_reports import make_reports
from tests.api.conftest import Client
from tests.api.scene import Scene


@pytest.fixture
def busy(scene: Scene, client: Client) -> int:
    """A repair of today that was finished."""
    scene.people()
    scene.plans()
    scene.incident()
    order = scene.order_of("gas-2")
    login = scene.login_of(order)
    scene.step(order, OrderStep.ACCEPT, login)
    scene.step(order, OrderStep.FINISH, login, "mended")
    return order


def test_every_figure_says_what_it_counts_and_an_empty_month_has_no_data(client: Client, scene: Scene) -> None:
    for language in ("en", "zh-CN"):
        page = client.get("/figures?month=2020-01", language).text
        assert ("no data" if language == "en" else "无数据") in page
        assert page.count("data-figure=") == len(FIGURES)
    found = client.get("/figures.json?month=2020-01").json()
    assert {one["id"]: one["share"] for one in found["figures"]}["repair_timeliness"] is None


def test_a_figure_opens_to_the_list_behind_it(client: Client, scene: Scene, busy: int) -> None:
    day = scene.clock.now().astimezone(scene.site.zone).date()
    days = f"since={day}&until={day}"
    detail = client.get(f"/figures/completed_in_five_days.json?{days}").json()
    assert [case["address"] for case in detail["cases"] if case["counts"]] == [f"/orders/{busy}"]
    assert detail["figure"]["part"] == 1.0
    person = client.get(f"/figures/completed_in_five_days.json?{days}&person={scene.login_of(busy)}").json()
    assert person["figure"]["share"] == 1.0
    assert (
        client.get(f"/figures/completed_in_five_days.json?{days}&team=public-order").json()["figure"]["share"] is None
    )
    page = client.get(f"/figures/completed_in_five_days?{days}").text
    assert f'href="/orders/{busy}"' in page
    assert f"{busy},1,1,1" in client.get(f"/figures/completed_in_five_days.csv?{days}").text


@pytest.mark.parametrize(
    "query", ["month=2026-13", "since=2026-11-02&until=2026-11-01", "team=none", "since=2020-01-01&until=2026-01-01"]
)
def test_a_period_that_is_none_is_said(client: Client, query: str) -> None:
    assert client.get(f"/figures.json?{query}").status_code == 422
    assert client.get("/figures/none.json").status_code == 404


def test_a_building_is_assessed_on_its_page(client: Client, scene: Scene) -> None:
    scene.people()
    manager = client.as_person("chen-jing")
    form = {"building": "3", "month": "2026-11", "looked_at": "50", "sound": "49", "remark": "外墙裂缝一处"}
    assert manager.act("/buildings/assess", form).status_code == 303
    assert manager.get("/figures/buildings_in_order.json?month=2026-11").json()["figure"]["share"] == 0.98
    assert manager.act("/buildings/assess", {**form, "sound": "51"}).status_code == 422


def test_a_report_is_frozen_and_lists_what_changed_afterwards(client: Client, scene: Scene, busy: int) -> None:
    assert "No report has been made yet" in client.get("/reports").text
    now = scene.clock.now() + timedelta(days=1)
    with scene.work.writing() as unit:
        make_reports(scene.site, unit, now, lambda _month: None)
        (daily,) = [
            one
            for one in unit.reports.find(ReportKind.DAILY, 9, 0)[0]
            if one.period.last == scene.clock.now().astimezone(scene.site.zone).date()
        ]
    assert f"/reports/{daily.id}" in client.get("/reports?kind=daily").text
    assert client.get("/reports?kind=none").status_code == 422
    shown = client.get(f"/reports/{daily.id}").text
    assert f"/orders/{busy}" in shown
    assert "Nothing was changed" in shown
    scene.step(busy, OrderStep.SEND_BACK, "zhou-bin", "still smells")
    changes = client.get(f"/reports/{daily.id}.json").json()["changes"]
    assert {("orders", str(busy))} <= {(one["what"], one["key"]) for one in changes}
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"/reports/{daily.id}.xlsx").content))
    figures = book["Figures"]
    assert figures.max_row == len(FIGURES) + 1
    assert isinstance(figures["C2"].value, int | float)
    assert "Changed afterwards" in book.sheetnames


METER = MeterLine(
    "incomer-1", "distribution-room-1", "power", Unit.KILOWATT_HOUR, True, {"peak": 900.0, "flat": 334.5},
    MonthOfMeter(1234.5, 0.98, Decimal("802.40")), MonthOfMeter(1100.0, 1.0, None), None,
)  # fmt: skip


def monthly_with(scene: Scene, read: MonthRead) -> int:
    """The monthly report of the month in which the scene's data begin."""
    today = scene.clock.now().astimezone(scene.site.zone)
    month = Period.month(today.year, today.month)
    with scene.work.writing() as unit:
        make_reports(scene.site, unit, month.until(scene.site.zone) + timedelta(hours=1), lambda _month: read)
        return unit.reports.find(ReportKind.MONTHLY, 9, 0)[0][0].id


def test_a_monthly_report_holds_the_months_energy(client: Client, scene: Scene, busy: int) -> None:
    number = monthly_with(scene, MonthRead((METER,)))
    for language, words in (("en", ("Electricity", "¥802.40", "no data")), ("zh-CN", ("用电", "¥802.40", "无数据"))):
        page = client.get(f"/reports/{number}", language).text
        assert [word for word in words if word not in page] == []
    power = client.get(f"/reports/{number}.json").json()["energy"]["supplies"][0]
    assert (power["total"], power["year_ago"], power["areas"][0]["amount"]) == (1234.5, None, 1234.5)
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"/reports/{number}.xlsx").content))
    assert [cell.value for cell in book["Electricity"][3]][:2] == ["Sum", None]
    assert "no data" in [cell.value for cell in book["Electricity"][2]]


def test_a_monthly_report_says_that_history_did_not_answer(client: Client, scene: Scene, busy: int) -> None:
    number = monthly_with(scene, MonthRead((), answered=False))
    assert "history did not answer" in client.get(f"/reports/{number}").text
    assert client.get(f"/reports/{number}.json").json()["energy"] is None
