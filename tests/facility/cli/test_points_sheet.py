"""`facility points import` and `template`: what they say, what they write, and that they write nothing unasked."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from facility.cli.program import app


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty place with a sheet of one point."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("FACILITY_SITE", "site.yaml")
    write(tmp_path, "level,Level,液位,m,holding,0,uint16,0.01,0,5,5")
    return tmp_path


def write(place: Path, *rows: str) -> None:
    head = "point,title en,title zh,unit,table,address,type,scale,min,max,period"
    (place / "box.csv").write_text("\n".join((head, *rows)), "utf-8")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["points", *arguments])


def test_a_template_is_imported_as_it_is_and_only_when_asked(place: Path) -> None:
    assert run("template", "points.xlsx").exit_code == 0
    words = ("import", "points.xlsx", "--profile", "meter", "--system", "power")
    shown = run(*words)
    assert shown.exit_code == 0, shown.output
    assert "Nothing was written. Add --yes to write profiles/meter.yaml." in shown.stdout
    assert not (place / "profiles").exists()
    written = run(*words, "--yes")
    assert "Written: profiles/meter.yaml." in written.stdout
    assert "voltage_l1" in (place / "profiles" / "meter.yaml").read_text("utf-8")
    assert "Nothing to do" in run(*words, "--yes").stdout
    assert "exists already" in run("template", "points.xlsx").stderr


def test_refused_rows_are_listed_with_their_cells_and_keep_everything_from_being_written(place: Path) -> None:
    write(place, "level,Level,液位,m,holding,0,uint16,0.01,0,5,5", "flow,Flow,流量,m3/h,holding,x,uint16,1,,,5")
    result = run("import", "box.csv", "--profile", "box", "--system", "water", "--yes")
    assert result.exit_code == 1
    assert 'box!F3 "x" is not a whole number.' in result.stderr
    assert "1 of 2 rows refused. Nothing was written." in result.stderr
    assert not (place / "profiles").exists()
    data = json.loads(run("import", "box.csv", "--profile", "box", "--system", "water", "--json").stdout)
    assert [[fault["cell"] for fault in row["faults"]] for row in data["rows"]] == [[], ["box!F3"]]
    assert data["written"] is False


def test_an_address_as_manuals_write_it_is_noted(place: Path) -> None:
    write(place, "level,Level,液位,m,holding,40011,uint16,0.01,0,5,5")
    result = run("import", "box.csv", "--profile", "box", "--system", "water")
    assert result.exit_code == 0
    assert "Note: box!F2 40011 is taken as it stands." in result.stdout
    assert "write 11 with base 1." in result.stdout


def test_an_existing_profile_is_compared(place: Path) -> None:
    assert run("import", "box.csv", "--profile", "box", "--system", "water", "--yes").exit_code == 0
    write(place, "level,Level,液位,m,holding,0,uint16,0.01,0,6,5", "flow,Flow,流量,m3/h,holding,1,uint16,1,,,5")
    result = run("import", "box.csv", "--profile", "box")
    assert result.exit_code == 0, result.output
    assert "changed level: high 5.0 → 6.0" in result.stdout
    assert "added flow" in result.stdout
    assert "range: [0, 5]" in (place / "profiles" / "box.yaml").read_text("utf-8")


def test_what_is_missing_for_a_new_profile_is_asked_for(place: Path) -> None:
    assert "say its system" in run("import", "box.csv", "--profile", "box").stderr
    assert "small letters" in run("import", "box.csv", "--profile", "My Box").stderr
    assert "must be named box.yaml" in run("import", "box.csv", "--profile", "box", "--out", "other.yaml").stderr


@pytest.mark.parametrize("words", ["import", "template", "list"])
def test_help_shows_an_example(words: str) -> None:
    result = run(words, "--help")
    assert result.exit_code == 0
    assert f"facility points {words}" in result.output
