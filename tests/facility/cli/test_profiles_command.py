"""`facility profiles`: list, filter, show, write the pages; texts, JSON and exit codes."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from facility.cli.program import app
from facility.site.profiles import SHIPPED


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site folder with one profile of its own."""
    (tmp_path / "profiles").mkdir()
    text = (SHIPPED / "tank.yaml").read_text(encoding="utf-8")
    own = text.replace("profile: tank", "profile: cistern").replace(
        "source: generic",
        "device: {maker: ACME, model: C1, "
        "manual: C1 manual, grade: S, unconfirmed: {en: The baud rate., zh: 波特率。}}",
    )
    (tmp_path / "profiles" / "cistern.yaml").write_text(own, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FACILITY_SITE", "site.yaml")
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["profiles", *arguments])


def run_json(*arguments: str) -> Any:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_all_profiles_are_listed_with_the_sites_own() -> None:
    rows = run_json("--json")
    assert {row["profile"] for row in rows} == {"cistern", *(path.stem for path in SHIPPED.glob("*.yaml"))}
    cistern = next(row for row in rows if row["profile"] == "cistern")
    assert (cistern["maker"], cistern["grade"], cistern["points"], cistern["system"]) == ("ACME", "S", 7, "water")


def test_list_is_filtered_by_system_and_text() -> None:
    assert {row["profile"] for row in run_json("--system", "water", "--text", "float", "--json")} == {"cistern", "tank"}
    assert [row["profile"] for row in run_json("--text", "acme", "--json")] == ["cistern"]
    assert "cistern" in run("--text", "ACME").stdout
    assert "No profile says that." in run("--text", "zzz").stderr


def test_one_profile_in_full() -> None:
    shown = run("show", "cistern").stdout
    assert "ACME C1; C1 manual; S: seen in a public project" in shown
    assert "Not confirmed: The baud rate." in shown
    assert "A drinking-water tank" in shown
    assert "input 4" in shown
    assert "water_level < 0.8 m" in shown
    assert "generic: no device of any one maker" in run("show", "gate_controller").stdout
    data = run_json("show", "cistern", "--json")
    assert data["unconfirmed"] == {"en": "The baud rate.", "zh": "波特率。"}
    assert data["points"][0]["address"] == "input 4"


def test_an_unknown_profile_is_refused_with_the_nearest_name() -> None:
    result = run("show", "tenk")
    assert result.exit_code == 1
    assert 'profile tenk does not exist. Did you mean "tank"?' in result.stderr


def test_a_faulty_profile_is_refused_with_its_line(site: Path) -> None:
    (site / "profiles" / "cistern.yaml").write_text("profile: cistern\nclass: Tank\n", encoding="utf-8")
    result = run()
    assert result.exit_code == 1
    assert "profiles/cistern.yaml:2 class" in result.stderr


def test_pages_are_written_and_old_ones_removed(site: Path) -> None:
    (site / "out").mkdir()
    (site / "out" / "gone.md").write_text("old", encoding="utf-8")
    assert run("pages", "out").exit_code == 0
    names = {path.stem for path in (site / "out").glob("*.md")}
    assert names == {"README", *(path.stem for path in SHIPPED.glob("*.yaml"))}
