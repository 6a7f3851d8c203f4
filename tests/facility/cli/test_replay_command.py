"""`facility replay`: a rule on recorded history, beside what it really made; a change tried before it is made."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from facility.cli.program import app
from facility.domain.condition import Edge, EdgeKind
from facility.domain.moment import nanoseconds
from facility.site import load
from facility.store.sql import SqlWork
from facility.store.sqlite_history import SqliteHistory

DEMO = Path(__file__).resolve().parents[3] / "examples" / "demo" / "site.yaml"
RUNNER = CliRunner()
BEGIN = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=2)
HOUR = timedelta(hours=1)


def minute(number: float) -> datetime:
    return BEGIN + timedelta(minutes=number)


@pytest.fixture
def estate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An hour of a feeder: over 1600 A at minute 10, over 1500 A at minute 20, not recorded from 30 to 40."""
    monkeypatch.setenv("FACILITY_SITE", str(DEMO))
    monkeypatch.setenv("FACILITY_DATA", str(tmp_path))
    site = load(DEMO)
    work = SqlWork(f"sqlite:///{tmp_path / 'work.db'}", site.id)
    work.prepare()
    opened = (minute(10), minute(10) + timedelta(seconds=10), minute(12) + timedelta(seconds=10))
    edges = [
        Edge("main", number, "incomer-1", "overcurrent", kind, opened[0], at, "current_l1", 1700.0, 1600.0)
        for number, kind, at in ((1, EdgeKind.OPENED, opened[1]), (2, EdgeKind.ENDED, opened[2]))
    ]
    with work.writing() as unit:
        unit.conditions.take(edges)
    work.close()
    history = SqliteHistory(tmp_path / "history.db", site.id)
    history.prepare()
    amperes = {10: 1700, 11: 1700, 20: 1550, 21: 1550}
    lines = [
        f"meter,site={site.id},asset=incomer-1 current_l1={amperes.get(n, 900)},current_l2=900,current_l3=900"
        f"{QUALITY if n in (0, 40) else ''} {nanoseconds(minute(n))}\n"
        for n in range(60)
        if not 30 <= n < 40
    ]
    history.write("".join(lines).encode())
    history.close()
    return tmp_path


QUALITY = ',current_l1_quality="good",current_l2_quality="good",current_l3_quality="good"'


def said(*words: str, code: int = 0, period: bool = True) -> str:
    when = ["--since", BEGIN.isoformat(), "--until", (BEGIN + HOUR).isoformat()] if period else []
    result = RUNNER.invoke(app, ["replay", "--rule", "overcurrent", *words, *when])
    assert result.exit_code == code, result.output
    return result.output


def of_incomer(*words: str) -> dict[str, Any]:
    (asset,) = json.loads(said("--asset", "incomer-1", "--json", *words))["assets"]
    return asset


def test_the_rule_as_it_is_makes_what_it_made(estate: Path) -> None:
    (row,) = of_incomer()["rows"]
    assert row["verdict"] == "both"
    assert [row["present"][0]["onset"], row["present"][0]["end"]] == [row["real"][0]["onset"], row["real"][0]["end"]]
    assert row["onset"] == minute(10).isoformat()


def test_a_change_is_tried_beside_it_and_what_it_adds_is_told(estate: Path) -> None:
    found = of_incomer("--set", "limit=1500", "--set", "level=2")
    assert [(row["verdict"], row["onset"]) for row in found["rows"]] == [
        ("both", minute(10).isoformat()),
        ("only_changed", minute(20).isoformat()),
    ]
    assert {key: each["came"] for key, each in found["totals"].items()} == {"present": 1, "changed": 2, "real": 1}
    text = said("--asset", "incomer-1", "--set", "hold=5m")
    assert "only as it is" in text
    assert "hold 10 s" in text
    assert "hold 5 min 00 s" in text


def test_what_was_not_recorded_is_said_and_no_readings_at_all_are_an_error(estate: Path) -> None:
    (gap,) = of_incomer()["unjudged"]
    assert (gap["since"], gap["until"], gap["why"]) == (minute(29).isoformat(), minute(40).isoformat(), "not_recorded")
    assert "No readings of this time" in said("--asset", "incomer-2", code=1)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["--rule", "overcurrant"], "does not exist"),
        (["--asset", "nowhere"], "nowhere does not exist"),
        (["--set", "limit=high"], "--set:1 limit"),
        (["--set", "high=5"], '"high"'),
        (["--set", "limit"], "has no value"),
        (["--rule", "link_lost"], "history holds nothing"),
    ],
)
def test_what_cannot_be_replayed_is_refused_with_its_reason(estate: Path, words: list[str], fault: str) -> None:
    assert fault in said(*words, code=1)


def test_a_period_must_be_one(estate: Path) -> None:
    assert "--month 2026-10" in said(period=False, code=1)
    assert "is no month" in said("--month", "2026-13", period=False, code=1)
    assert "is empty" in said("--month", "2199-01", period=False, code=1)


def test_days_of_which_only_roll_ups_are_left_are_named(estate: Path) -> None:
    history = SqliteHistory(estate / "history.db", load(DEMO).id)
    for _ in range(50):
        if not history.roll_up(datetime.now(UTC), {}).more:
            break
    with history._writing() as connection:
        connection.execute("DELETE FROM lines")
    history.close()
    assert "only roll-ups are left" in said("--asset", "incomer-1", code=1)
