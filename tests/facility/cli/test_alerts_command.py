"""`facility alerts` and `facility audit`: list, show, act, refuse, verify."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from facility.cli.program import app
from tests.harness.tables import lay_tables

DEMO = Path(__file__).resolve().parents[3] / "examples" / "demo"
CALL = ("alerts", "raise", "safety_incident", "--area", "garage", "--note", "person fell", "--by", "chen-jing")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The demo with its people; the folder of its stores."""
    shutil.copytree(DEMO, tmp_path / "demo")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FACILITY_SITE", "demo/site.yaml")
    monkeypatch.setenv("FACILITY_DATA", "data")
    for name in ("FACILITY_WORK", "FACILITY_LIVE", "FACILITY_HISTORY"):
        monkeypatch.delenv(name, raising=False)
    lay_tables(tmp_path / "data" / "work.db")
    assert run("people", "import", "demo/people.yaml", "--yes").exit_code == 0
    return tmp_path / "data"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def done(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


def refused(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 1, result.output
    return " ".join(result.output.split())


def test_an_alert_from_call_to_close_without_a_browser(data: Path) -> None:
    assert done("alerts", "list").strip() == "No open alerts."
    assert "Alert 1 raised: level 1, safety_incident." in done(*CALL)
    assert "Safety incident" in done("alerts", "list", "--level", "1")
    assert "It meets the deadline of manager." in done("alerts", "told", "1", "chen-jing", "--by", "chen-jing")
    assert "active acknowledged" in done("alerts", "ack", "1", "--by", "chen-jing")
    done("alerts", "comment", "1", "ambulance is there", "--by", "chen-jing")
    done("alerts", "shelve", "1", "--for", "30", "--reason", "in hand", "--by", "chen-jing")
    shown = done("alerts", "show", "1")
    assert "reported: person fell" in shown
    assert "ambulance is there" in shown
    assert "manager: told " in shown
    assert "Alert 1 is closed." in done("alerts", "over", "1", "--by", "chen-jing")
    (alert,) = json.loads(done("alerts", "list", "--all", "--json"))
    assert (alert["state"], alert["level"], alert["area"]) == ("closed", 1, "garage")
    assert json.loads(done("alerts", "show", "1", "--json"))["id"] == 1


def test_what_is_refused(data: Path) -> None:
    done(*CALL)
    assert "alert 7 does not exist" in refused("alerts", "show", "7")
    assert "person nobody does not exist" in refused("alerts", "ack", "1", "--by", "nobody")
    assert "area moon does not exist" in refused("alerts", "raise", "emergency", "--area", "moon", "--by", "chen-jing")
    assert "kind: 'party' is none of safety_incident" in refused("alerts", "raise", "party", "--by", "chen-jing")
    assert "say where" in refused("alerts", "raise", "emergency", "--by", "chen-jing")
    assert "is no time" in refused("alerts", "told", "1", "chen-jing", "--by", "chen-jing", "--at", "noon")
    assert "is not latched" in refused("alerts", "reset", "1", "--by", "chen-jing")


def test_the_audit_is_verified_and_a_changed_row_is_named(data: Path) -> None:
    assert "0 rows" in done("audit", "verify")
    done(*CALL)
    done("alerts", "ack", "1", "--by", "chen-jing")
    said = done("audit", "verify")
    assert "2 rows, all as they were written." in said
    head = said.split("--head:")[1].strip()
    assert "alert.acknowledged" in done("audit", "list", "alert:1")
    done("alerts", "comment", "1", "more", "--by", "chen-jing")
    assert json.loads(done("audit", "verify", "--head", head, "--json"))["rows"] == 3
    assert "must be NUMBER:HASH" in refused("audit", "verify", "--head", "12")
    with sqlite3.connect(data / "work.db") as database:
        database.execute("DROP TRIGGER audit_is_append_only_update")
        database.execute("DROP TRIGGER audit_is_append_only_delete")
        database.execute("UPDATE audit SET actor = 'person:2' WHERE number = 2")
    database.close()
    assert "row 2 was changed after it was written" in refused("audit", "verify")
    with sqlite3.connect(data / "work.db") as database:
        database.execute("DELETE FROM audit WHERE number > 1")
    database.close()
    assert "0 rows" not in done("audit", "verify"), "a chain that was cut off is whole in itself"
    assert "rows were cut off at the end" in refused("audit", "verify", "--head", head)
