"""The commands around the site file: check, schema, points, site, people; texts, JSON and exit codes."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from facility.cli.check import notes
from facility.cli.program import app
from facility.site import load

DEMO = Path(__file__).resolve().parents[3] / "examples" / "demo"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the demo in an empty place, named by the environment."""
    shutil.copytree(DEMO, tmp_path / "demo")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FACILITY_SITE", "demo/site.yaml")
    monkeypatch.setenv("FACILITY_DATA", "data")
    for name in ("FACILITY_WORK", "FACILITY_LIVE", "FACILITY_HISTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path / "demo" / "site.yaml"


def run(*arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(app, arguments, input=answer)


def run_json(*arguments: str) -> Any:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_check_sums_up_and_shows_worst_times(site: Path) -> None:
    result = run("check")
    assert result.exit_code == 0
    assert "demo/site.yaml: no fault." in result.stdout
    estate = load(site)
    points = sum(len(asset.profile.points) for asset in estate.assets.values())
    assert f"{len(estate.assets)} assets, {points} points, {len(estate.links)} links" in result.stdout
    mains = next(line for line in result.stdout.splitlines() if "mains_lost" in line)
    assert mains.split()[:7] == ["1", "mains_lost", "site", "62", "s", "300", "s"]
    assert "\x1b[" not in result.output


def test_check_as_json(site: Path) -> None:
    data = run_json("check", "--json")
    assert (data["site"], data["assets"]) == ("demo-garden", len(load(site).assets))
    assert (data["faults"], data["notes"]) == ([], [])
    assert {time["level"] for time in data["worst_times"]} == {1, 2}
    assert all(time["seconds"] <= time["deadline"] for time in data["worst_times"])


def test_check_shows_the_time_of_serial_lines(site: Path) -> None:
    edit(
        site,
        'kind: modbus_tcp, host: "${FACILITY_FIELD_HOST:-127.0.0.1}", port: 15020',
        "kind: modbus_rtu, device: /dev/ttyUSB0",
    )
    shown = next(line for line in run("check").stdout.splitlines() if line.startswith("distribution-1 "))
    assert shown.split()[:3] == ["distribution-1", "9600", "8N1"]
    assert "of 90%" in shown
    (line,) = run_json("check", "--json")["bus_time"]
    assert (line["link"], line["line"], line["most"]) == ("distribution-1", "9600 8N1", 0.9)
    assert line["planned"] == pytest.approx(sum(line["assets"].values()))


def test_check_lists_faults_and_exits_with_1(site: Path) -> None:
    edit(site, "    unit: 12\n", "    unti: 12\n")
    result = run("check", "demo/site.yaml")
    assert result.exit_code == 1
    assert 'unknown key "unti". Did you mean "unit"?' in result.stderr
    assert result.stdout == ""
    faults = json.loads(run("check", "--json").stdout)["faults"]
    assert {(fault["file"], fault["what"].split(": ")[0]) for fault in faults} == {
        ("demo/site.yaml", "assets.tank-2"),
        ("demo/site.yaml", "assets.tank-5"),
        ("demo/site.yaml", "assets.building-12"),
    }


def test_check_of_a_missing_file_exits_with_1(site: Path) -> None:
    result = run("check", "elsewhere.yaml")
    assert result.exit_code == 1
    assert "elsewhere.yaml:1 cannot be read: No such file or directory." in result.stderr


def test_wrong_use_exits_with_2(site: Path) -> None:
    assert run("check", "--colour").exit_code == 2
    assert run("schema", "sites").exit_code == 2


def test_notes_name_what_will_be_missed(site: Path) -> None:
    edit(site, "team: public-order, role: foreman", "team: public-order, role: supervisor")
    edit(site, "    alert: mains_lost\n", "    alert: lights_out\n")
    assert notes(load(site)) == [
        "alert kind lights_out has no text of its own; messages show the rule's title.",
        "team public-order has no position of role foreman: nobody can check its orders.",
    ]


@pytest.mark.parametrize("kind", ["site", "profile", "people"])
def test_schema(kind: str) -> None:
    data = run_json("schema", kind)
    assert data["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert kind in data["properties"]


def test_points_of_an_asset(site: Path) -> None:
    lines = run("points", "--asset", "fire-panel-1").stdout.splitlines()
    assert len(lines) == 19
    linkage = next(line for line in lines if "linkage_on" in line)
    assert "unit 1 holding 0 bit 15" in linkage


def test_points_as_json(site: Path) -> None:
    rows = run_json("points", "--json")
    assert len(rows) == sum(len(asset.profile.points) for asset in load(site).assets.values())
    rows = run_json("points", "--system", "parking", "--json")
    assert {row["asset"].split("-")[0] for row in rows} == {"gate", "air"}
    assert next(row for row in rows if row["point"] == "barrier") | {"title": ""} == {
        "asset": "gate-north-in",
        "point": "barrier",
        "title": "",
        "unit": "",
        "every": "30 s",
        "link": "gates",
        "address": "demo-garden/gates/north-in/state $.barrier.position",
        "type": "enum",
        "range": [None, None],
        "main": True,
        "retired": False,
    }


def test_points_of_an_unknown_asset(site: Path) -> None:
    result = run("points", "--asset", "fire-panel-3")
    assert result.exit_code == 1
    assert 'asset fire-panel-3 does not exist. Did you mean "fire-panel-1"?' in result.stderr


def test_site_becomes_revisions(site: Path) -> None:
    assert "No revision yet" in run("site", "show").stdout
    assert run("site", "apply", answer="n\n").exit_code == 1
    first = run("site", "apply", answer="y\n")
    assert first.exit_code == 0
    assert "Revision 1 (" in first.stdout
    assert "Nothing to do" in run("site", "apply", "--yes").stdout
    edit(site, "port: 15026", "port: 15036")
    assert "The site file has changed since" in run("site", "show").stdout
    made = run_json("site", "apply", "--yes", "--json")
    assert (made["number"], made["changes"]) == (2, ["changed link gas-intakes: port"])
    shown = run_json("site", "show", "--json", "--files")
    assert shown["files"]["site.yaml"] == site.read_text(encoding="utf-8")
    assert run_json("site", "apply", "--yes", "--json")["changes"] == []


def test_deleted_asset_is_refused_and_changes_nothing(site: Path) -> None:
    assert run("site", "apply", "--yes").exit_code == 0
    text = site.read_text(encoding="utf-8")
    start = text.index("  air-sensor-1:")
    site.write_text(text[:start] + text[text.index("  gate-north-in:") :], encoding="utf-8")
    result = run("site", "apply", "--yes")
    assert result.exit_code == 1
    assert "assets.air-sensor-1: was deleted, but it has a history. Keep it with `retired: true`" in result.stderr
    assert run_json("site", "show", "--json")["number"] == 1


def test_people_are_imported_once(site: Path) -> None:
    refused = run("people", "import", "demo/people.yaml", answer="n\n")
    assert refused.exit_code == 1
    assert run_json("people", "list", "--json") == []
    assert "Added 15, changed 0." in run("people", "import", "demo/people.yaml", "--yes").stdout
    assert "Nothing to do" in run("people", "import", "demo/people.yaml", "--yes").stdout
    people = run_json("people", "list", "--json")
    assert [person["login"] for person in people] == sorted(person["login"] for person in people)
    assert people[0] == {
        "login": "alan-wong",
        "name": "黄志明",
        "language": "en",
        "positions": ["electrician", "gate-maintainer"],
        "state": "there",
        "contacts": {
            "wecom": "AlanWong",
            "hook": "alan-wong",
            "dingtalk": "13800138008",
            "feishu": "alan-wong",
            "mail": "alan-wong@garden.example.org",
            "sms": "13800138008",
        },
        "skills": {"electrician": "2029-03-31", "generator": None},
    }


def test_people_change_and_leave_positions_empty(site: Path) -> None:
    assert run("people", "import", "demo/people.yaml", "--yes").exit_code == 0
    edit(site.parent / "people.yaml", "positions: [plumber]", "positions: [electrician]")
    result = run("people", "import", "demo/people.yaml", "--yes")
    assert "change xu-tao (徐涛): electrician" in result.stdout
    assert "Note: nobody fills the position plumber." in result.stdout


def test_bad_people_are_refused(site: Path) -> None:
    edit(site.parent / "people.yaml", "positions: [plumber]", "positions: [plumer]")
    result = run("people", "import", "demo/people.yaml", "--yes")
    assert result.exit_code == 1
    assert 'position plumer does not exist. Did you mean "plumber"?' in result.stderr
    assert run_json("people", "list", "--json") == []


def test_setting_that_cannot_be_used_exits_with_2(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACILITY_WORK", "sqlite:////dev/null/work.db")
    assert run("site", "show").exit_code == 2


@pytest.mark.parametrize(
    "words", ["check", "schema", "points", "site apply", "site show", "people import", "people list"]
)
def test_help_shows_an_example(words: str) -> None:
    result = run(*words.split(), "--help")
    assert result.exit_code == 0
    assert "Example" in result.output
    assert f"facility {words}" in result.output
