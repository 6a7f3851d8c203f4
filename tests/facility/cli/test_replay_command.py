"""`facility replay`: a rule on recorded history, beside what it really made; a change tried before it is made."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from facility.cli.program import app
from facility.domain.condition import Condition, Edge, EdgeKind
from facility.domain.moment import nanoseconds
from facility.site import load
from facility.store.sql import SqlWork
from facility.store.sqlite_history import SqliteHistory
from tests.harness.tables import lay_tables

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
    work = SqlWork(lay_tables(tmp_path / "work.db"), site.id)
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
        (["--rule", "position_empty"], "facility people gaps"),
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


def written(folder: Path, *lines: str) -> None:
    site = load(DEMO)
    history = SqliteHistory(folder / "history.db", site.id)
    history.write("".join(line.replace("SITE", site.id) for line in lines).encode())
    history.close()


def of_rule(rule: str, *words: str) -> dict[str, Any]:
    when = ["--since", BEGIN.isoformat(), "--until", (BEGIN + HOUR).isoformat()]
    result = RUNNER.invoke(app, ["replay", "--rule", rule, "--json", *words, *when])
    assert result.exit_code == 0, result.output
    (place,) = json.loads(result.output)["assets"]
    return place


def test_a_rule_of_the_site_is_replayed_from_conditions_and_readings(estate: Path) -> None:
    """Incomer 1 has no voltage from minute 15 to 25, incomer 2 from 18 to 22: the mains are lost in between."""
    site, second = load(DEMO), timedelta(seconds=1)
    times = {"incomer-1": (15, 25), "incomer-2": (18, 22)}
    edges = [
        Edge("main", number, asset, "no_voltage", kind, minute(times[asset][0]), minute(at) + 3 * second)
        for number, (asset, kind, at) in enumerate(
            ((asset, kind, at) for asset in times for kind, at in zip(EdgeKind, times[asset], strict=True)), start=9
        )
    ]
    really = Condition("incomer-1", "mains_lost", minute(18), minute(18) + 5 * second, ended_at=minute(22.3))
    work = SqlWork(f"sqlite:///{estate / 'work.db'}", site.id)
    with work.writing() as unit:
        unit.conditions.take(edges)
        unit.conditions.put_site(really)
    work.close()
    volts = "voltage_l1=230,voltage_l2=230,voltage_l3=230"
    written(
        estate, *(f"meter,site=SITE,asset={a} {volts} {nanoseconds(minute(n))}\n" for a in times for n in range(60))
    )
    (row,) = of_rule("mains_lost", "--set", "hold=1m")["rows"]
    assert row["verdict"] == "both"
    assert row["present"][0]["onset"] == row["real"][0]["onset"] == minute(18).isoformat()
    assert row["present"][0]["end"] == (minute(22) + 13 * second).isoformat(), "its clear hold after incomer 2 is back"
    (row,) = of_rule("mains_lost", "--set", "hold=5m")["rows"]
    assert row["verdict"] == "only_as_it_is"
    refused = RUNNER.invoke(app, ["replay", "--rule", "mains_lost", "--asset", "incomer-1", "--month", "2026-10"])
    assert "leave --asset out" in refused.output


def test_a_link_is_replayed_from_the_readings_of_its_assets(estate: Path) -> None:
    silent = ",".join(f'current_l{n}_quality="bad:timeout"' for n in (1, 2, 3))
    written(estate, *(f"meter,site=SITE,asset=incomer-1 {silent} {nanoseconds(minute(n))}\n" for n in range(45, 50)))
    (row,) = of_rule("link_lost", "--asset", "distribution-1")["rows"]
    assert row["verdict"] == "only_replayed"
    assert minute(45).isoformat() < row["onset"] < minute(48).isoformat()
    (row,) = of_rule("link_lost", "--asset", "distribution-1", "--set", "lost_after=10m")["rows"]
    assert row["verdict"] == "only_as_it_is"


def of_plan(*words: str, code: int = 0) -> str:
    result = RUNNER.invoke(app, ["replay", *words, "--month", "2026-10"])
    assert result.exit_code == code, result.output
    return " ".join(result.output.split())


def test_a_plan_is_replayed_as_its_change_is_written(estate: Path) -> None:
    found = json.loads(of_plan("--plan", "fire-pump-start", "--set", "cadence=monthly", "--json"))
    assert [(row["verdict"], row["asset"], row["replayed"]["slot"]) for row in found["rows"]] == [
        ("only_replayed", "fire-panel-1", "2026-10"),
        ("only_replayed", "fire-panel-2", "2026-10"),
    ]
    assert found["orders"] == {"real": 0, "replayed": 2}
    assert "Days are the leveller's" in of_plan("--plan", "fire-pump-start")
    for words, fault in (
        (["--plan", "nothing"], "plan nothing does not exist"),
        (["--plan", "fire-pump-start", "--rule", "overcurrent"], "one of them"),
        (["--plan", "fire-pump-start", "--set", "cadence=sometimes"], "--set:1"),
        (["--plan", "fire-pump-start", "--set", "cadence"], "has no value"),
    ):
        assert fault in of_plan(*words, code=1)


@pytest.mark.parametrize(
    ("words", "assumed"),
    [
        (["--plan", "tank-cleaning", "--set", "after_completion=6 months", "--set", "days=7"], "finished on its day"),
        (["--plan", "generator-oil", "--set", "start=2026-01-01"], "no reading tells how much it was used"),
        (["--plan", "fire-pump-start", "--set", "expiry={certificate: statutory-test, lead: 30}"], "newest renewal"),
        (["--plan", "fire-pump-start", "--set", "by_hand=true", "--set", "days=2"], "nobody opened any"),
    ],
)
def test_plans_of_every_trigger_are_replayed_and_say_what_they_assume(
    estate: Path, words: list[str], assumed: str
) -> None:
    assert assumed in of_plan(*words)
    assert json.loads(of_plan(*words, "--json"))["orders"]["real"] == 0
