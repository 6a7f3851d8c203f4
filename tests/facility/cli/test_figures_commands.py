"""`facility requests`, `figures`, `reports` and `energy`: what they list, what they never print, and what they refuse."""

import io
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from facility.cli.program import app
from facility.domain.home import Address, Home
from facility.domain.meter_line import MonthRead
from facility.domain.order import Order, OrderState, WorkKind
from facility.domain.report import ReportKind
from facility.domain.request import Came, Reporter, Request, RequestKind, RequestState
from facility.flow.make_reports import make_reports
from facility.site import load
from facility.store.sql import SqlWork
from facility.store.sqlite_history import SqliteHistory

DEMO = Path(__file__).resolve().parents[3] / "examples" / "demo"
NOW = datetime.now(UTC)
EARLIER = NOW - timedelta(days=40)


@pytest.fixture
def estate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """The demo with a repair of forty days ago, the request for it, a month of one meter, and reports. The monthly report's number."""
    shutil.copytree(DEMO, tmp_path / "demo")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FACILITY_SITE", "demo/site.yaml")
    monkeypatch.setenv("FACILITY_DATA", "data")
    for name in ("FACILITY_WORK", "FACILITY_LIVE", "FACILITY_HISTORY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "data").mkdir()
    site = load(tmp_path / "demo" / "site.yaml")
    history = SqliteHistory(tmp_path / "data" / "history.db", site.id)
    history.prepare()
    hours = (int((EARLIER + hour * timedelta(hours=1)).timestamp()) * 10**9 for hour in range(3))
    history.write(
        b"".join(f"meter,site={site.id},asset=incomer-1 energy={5 * n} {at}\n".encode() for n, at in enumerate(hours))
    )
    history.close()
    work = SqlWork(f"sqlite:///{tmp_path / 'data' / 'work.db'}", site.id)
    work.prepare()
    with work.writing() as unit:
        fault = ("pump-3", "pump_fault", OrderState.UNASSIGNED, "plumber", None)
        unit.orders.add(Order(0, WorkKind.REPAIR, *fault, opened_at=EARLIER, due_at=EARLIER + timedelta(days=1)))
        home = unit.homes.add(Home(0, Address("3", "2", "1501")))
        asked = Request(
            0, RequestKind.REPAIR, "water", "Tap drips", "area-1", Came.PHONE, RequestState.OPEN, EARLIER, EARLIER,
            home=home.id, reporter=Reporter("Mrs Li", "13812345678"),
        )  # fmt: skip
        unit.requests.add(asked, "a-key-of-eight")
        make_reports(site, unit, NOW, lambda _month: MonthRead(()))
        number = unit.reports.find(ReportKind.MONTHLY, 1, 0)[0][0].id
    work.close()
    return number


def done(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == code, result.output
    return result.output


def test_lists_and_what_they_refuse(estate: int) -> None:
    month = f"{EARLIER.astimezone(load(DEMO / 'site.yaml').zone):%Y-%m}"
    assert "3-2-1501" in done("requests", "list", "--overdue", "--kind", "repair")
    assert "No requests." in done("requests", "list", "--kind", "complaint")
    (request,) = json.loads(done("requests", "list", "--json"))
    assert (request["overdue"], request["clocks"]["same_day"]["stand"]) == (True, "overdue")
    shown = done("requests", "show", "1")
    assert "same_day: overdue" in shown
    assert "Mrs Li" not in shown
    assert "1381234" not in shown
    assert "none of to_confirm" in done("requests", "list", "--state", "gone", code=1)
    assert "facility requests list" in done("requests", "show", "9", code=1)

    assert "no data" in done("figures")
    timely = done("figures", "repair_timeliness", "--month", month)
    assert "order 1" in timely
    assert "does not count" in timely
    found = json.loads(done("figures", "--month", month, "--json"))["figures"]
    assert next(one for one in found if one["id"] == "repair_timeliness")["share"] == 0.0
    assert "is no month" in done("figures", "--month", "2026-13", code=1)
    assert "none of" in done("figures", "--team", "none", code=1)
    assert "facility figures" in done("figures", "none", code=1)

    assert "month summary" in done("reports", "list")
    assert json.loads(done("reports", "list", "--kind", "monthly", "--json"))[0]["id"] == estate
    assert "Repairs in time" in done("reports", "show", str(estate))
    assert json.loads(done("reports", "show", str(estate), "--json"))["energy"]["answered"] is True
    done("reports", "show", str(estate), "--xlsx", "month.xlsx")
    assert "Figures" in openpyxl.load_workbook(io.BytesIO(Path("month.xlsx").read_bytes())).sheetnames

    energy = done("energy", "--month", month)
    assert "Electricity (kWh)" in energy
    assert "10.0 (1 of 3 meters)" in energy
    assert "10.0" in energy
    meters = json.loads(done("energy", "--month", "2020-01", "--json"))["meters"]
    assert {meter["this"] for meter in meters} == {None}


def test_energy_on_a_new_data_folder_says_that_nothing_was_read_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACILITY_SITE", str(DEMO / "site.yaml"))
    monkeypatch.setenv("FACILITY_DATA", str(tmp_path))
    refused = done("energy", code=1)
    assert "No readings yet" in refused
    assert str(tmp_path / "history.db") in refused
    assert "facility run" in refused
