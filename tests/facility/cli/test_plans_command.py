"""`facility plans`: what it lists, and what a changed site file would do."""

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from facility.cli.program import app
from facility.clock import SystemClock
from facility.domain.person import Person
from facility.domain.text import Language
from facility.flow.plan_work import plan_work
from facility.site import load
from facility.store.sql import SqlWork
from tests.harness.tables import lay_tables

DEMO = Path(__file__).resolve().parents[3] / "examples" / "demo" / "site.yaml"
RUNNER = CliRunner()


@pytest.fixture
def estate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The demo estate's plans in a work database of its own."""
    monkeypatch.setenv("FACILITY_SITE", str(DEMO))
    monkeypatch.setenv("FACILITY_DATA", str(tmp_path))
    site = load(DEMO)
    work = SqlWork(lay_tables(tmp_path / "work.db"), site.id)
    with work.writing() as unit:
        plan_work(site, unit, SystemClock().now())
    work.close()
    return tmp_path


def said(*words: str, code: int = 0) -> str:
    result = RUNNER.invoke(app, ["plans", *words])
    assert result.exit_code == code, result.output
    return result.output


def test_the_list_and_the_slots_of_a_plan(estate: Path) -> None:
    found = {plan["plan"]: plan for plan in json.loads(said("list", "--json"))}
    assert found["fire-pump-start"]["when"] == "every week"
    assert date.fromisoformat(found["gates-monthly"]["next"])
    slots = json.loads(said("slots", "gates-monthly", "--json"))
    assert len({slot["asset"] for slot in slots}) == 4
    assert "no plan" not in said("slots", "gates-monthly")
    assert "did you mean" in said("slots", "gates-montly", code=1).lower() or "gates-montly" in said(
        "slots", "gates-montly", code=1
    )


def test_the_library_is_searched(estate: Path) -> None:
    rows = json.loads(said("library", "tank", "--json"))
    assert {row["plan"] for row in rows} >= {"tank-cleaning-hubei", "tank-cleaning-half-yearly"}
    assert all("tank" in json.dumps(row) for row in rows)


def test_a_change_is_shown_before_it_is_made_and_nothing_is_kept(estate: Path, tmp_path: Path) -> None:
    changed = tmp_path / "next.yaml"
    text = DEMO.read_text(encoding="utf-8").replace(
        "library: gate-monthly,", "library: gate-monthly, cadence: quarterly,"
    )
    changed.write_text(text, encoding="utf-8")
    for name in ("people.yaml", "rosters.yaml"):
        (tmp_path / name).write_bytes((DEMO.parent / name).read_bytes())
    before = said("slots", "gates-monthly", "--json")
    found = json.loads(said("preview", str(changed), "--json"))
    assert found["plans"] == ["gates-monthly"]
    assert found["go"]
    assert found["come"]
    assert {each["plan"] for each in [*found["go"], *found["come"]]} == {"gates-monthly"}
    assert said("slots", "gates-monthly", "--json") == before
    assert "No plan changes" in said("preview", str(DEMO))
    assert "slots go" in said("preview", str(changed))


def test_what_opens_itself_is_not_opened_by_hand(estate: Path) -> None:
    assert "by itself" in said("open", "gates-monthly", "gate-north-in", code=1)


def test_a_plan_is_switched_off_by_name_after_a_look(estate: Path) -> None:
    work = SqlWork(f"sqlite:///{estate / 'work.db'}", load(DEMO).id)
    with work.writing() as unit:
        unit.people.put(Person(0, "chen-jing", "陈静", Language.ZH_CN, ()))
    words = ("switch", "fire-pump-start", "--off-from", "2099-01-01", "--reason", "rebuilt", "--by", "chen-jing")
    assert "Nothing was changed" in said(*words)
    assert "Done." in said(*words, "--yes")
    with work.reading() as unit:
        assert unit.plan_switches.all()["fire-pump-start"].reason == "rebuilt"
    work.close()
    assert "already" in said(*words, "--yes", code=1)
    assert "say --off-from" in said(*words, "--on", code=1)


def test_a_plan_is_changed_by_name_after_a_look(estate: Path) -> None:
    work = SqlWork(f"sqlite:///{estate / 'work.db'}", load(DEMO).id)
    with work.writing() as unit:
        unit.people.put(Person(0, "chen-jing", "陈静", Language.ZH_CN, ()))
    words = (
        "change",
        "fire-pump-start",
        "--when",
        "on_day",
        "--set",
        "day=15",
        "--reason",
        "quieter",
        "--by",
        "chen-jing",
    )
    assert "when=on_day day=15 days=1" in said(*words)
    assert "Done." in said(*words, "--yes")
    assert "stands so already" in said(*words, "--yes", code=1)
    assert "--set knows no date" in said(*words, "--set", "date=15", code=1)
    assert "on day 15" in said("list")
    assert "Done." in said(
        "change", "fire-pump-start", "--reset", "--reason", "as it was", "--by", "chen-jing", "--yes"
    )
    with work.reading() as unit:
        assert not unit.plan_changes.all()["fire-pump-start"].changes
    work.close()
