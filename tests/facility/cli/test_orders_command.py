"""`facility orders`: list, show, assign and steps, and what is refused, without a browser."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from facility.cli.program import app
from facility.domain.order import Order, OrderState, WorkKind
from facility.site import load
from facility.store.sql import SqlWork
from tests.harness.tables import lay_tables

DEMO = Path(__file__).resolve().parents[3] / "examples" / "demo"
AT = datetime.now(UTC)


@pytest.fixture
def orders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo with its people, a pump's repair that is overdue, and another."""
    shutil.copytree(DEMO, tmp_path / "demo")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FACILITY_SITE", "demo/site.yaml")
    monkeypatch.setenv("FACILITY_DATA", "data")
    for name in ("FACILITY_WORK", "FACILITY_LIVE", "FACILITY_HISTORY"):
        monkeypatch.delenv(name, raising=False)
    lay_tables(tmp_path / "data" / "work.db")
    assert run("people", "import", "demo/people.yaml", "--yes").exit_code == 0
    work = SqlWork(f"sqlite:///{tmp_path / 'data' / 'work.db'}", load(tmp_path / "demo" / "site.yaml").id)
    with work.writing() as unit:
        for late in (timedelta(hours=2), -timedelta(hours=2)):
            fault = ("pump-3", "pump_fault", OrderState.UNASSIGNED, "plumber", None)
            unit.orders.add(Order(0, WorkKind.REPAIR, *fault, opened_at=AT, due_at=AT - late))
    work.close()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ("orders", *arguments) if arguments[0] != "people" else arguments)


def done(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


def refused(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 1, result.output
    return " ".join(result.output.split())


@pytest.mark.usefixtures("orders")
def test_an_order_from_the_list_to_its_check() -> None:
    listed = done("list", "--text", "pump fault")
    assert "unassigned" in listed
    assert listed.index("(overdue)") > 0
    assert [each["id"] for each in json.loads(done("list", "--overdue", "--json"))] == [1]
    assert "Order 2 is assigned to" in done("assign", "1", "2", "--to", "li-wei", "--by", "zhou-bin")
    assert "Order 1 is accepted." in done("step", "1", "accept", "--by", "li-wei")
    assert "Order 1 is on hold." in done(
        "step", "1", "hold", "--note", "no seal in stock", "--until", "2099-01-01", "--by", "li-wei"
    )
    done("step", "1", "resume", "--by", "li-wei")
    assert "Order 1 is self checked." in done(
        "step", "1", "finish", "--note", "seal changed", "--in-order", "--by", "li-wei"
    )
    shown = done("show", "1")
    assert "no seal in stock" in shown
    assert "zhou-bin: assign" not in shown
    assert "pass_check, send_back" in shown
    assert [each["id"] for each in json.loads(done("list", "--state", "checks", "--json"))] == [1]


@pytest.mark.usefixtures("orders")
def test_what_is_refused_says_why() -> None:
    assert "order 7 does not exist" in refused("show", "7")
    assert "state: 'gone' is none of open" in refused("list", "--state", "gone")
    assert "not for this person" in refused("assign", "1", "--to", "li-wei", "--by", "li-wei")
    done("assign", "1", "--to", "li-wei", "--by", "zhou-bin")
    assert "not possible now" in refused("step", "1", "finish", "--note", "x", "--in-order", "--by", "li-wei")
    assert "lists the lines" in refused("step", "1", "finish", "--measured", "x=1", "--by", "li-wei")
