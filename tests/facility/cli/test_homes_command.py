"""`facility homes`: a list is shown, entered, found again; a person is forgotten; texts, JSON, exit codes."""

import shutil
from pathlib import Path

import pytest

from tests.facility.cli.test_site_commands import DEMO, run, run_json
from tests.harness.tables import lay_tables

LIST = "building,unit,number,name,standing,phone,plates,vacant\n3,2,1501,Ann Smith,owner,13812345678,粤B12345,\n3,2,1502,,,,,yes\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(DEMO, tmp_path / "demo")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FACILITY_SITE", "demo/site.yaml")
    monkeypatch.setenv("FACILITY_DATA", "data")
    for name in ("FACILITY_WORK", "FACILITY_LIVE", "FACILITY_HISTORY", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    lay_tables(tmp_path / "data" / "work.db")
    (tmp_path / "homes.csv").write_text(LIST, encoding="utf-8")
    return tmp_path


def test_a_list_is_shown_then_entered_then_found(folder: Path) -> None:
    shown = run("homes", "import", "homes.csv")
    assert shown.exit_code == 0, shown.output
    assert "3 changes. Nothing was written: --yes writes them." in shown.stdout
    assert "No home fits." in run("homes", "find", "1501").stdout
    assert "3 changes written." in run("homes", "import", "homes.csv", "--yes").stdout
    assert "0 changes written." in run("homes", "import", "homes.csv", "--yes").stdout
    table = run("homes", "find", "ann").stdout
    assert "13****678" in table
    assert "13812345678" not in table
    assert "13812345678" in run("homes", "find", "5678", "--why", "emergency").stdout
    assert "3-2-1502 (vacant)" in run("homes", "find", "3-2-1502").stdout


def test_a_refused_row_writes_nothing(folder: Path) -> None:
    (folder / "homes.csv").write_text(LIST + "3,2,,Bob,owner,,,\n", encoding="utf-8")
    refused = run("homes", "import", "homes.csv", "--yes")
    assert refused.exit_code == 1
    assert "homes!C4 number: is empty. Write it in each row" in refused.stderr
    assert "1 fault. Nothing was written." in refused.stderr
    assert "No home fits." in run("homes", "find", "1501").stdout


def test_an_erased_person_is_not_found_any_more(folder: Path) -> None:
    run("homes", "import", "homes.csv", "--yes")
    found = run_json("homes", "find", "ann", "--json")
    number = found["homes"][0]["residents"][0]["id"]
    gone = run("homes", "erase", str(number), "--yes")
    assert "In the audit this person is p-" in gone.stdout
    assert run_json("homes", "find", "ann", "--json") == {"total": 0, "homes": []}
    again = run("homes", "erase", str(number), "--yes")
    assert again.exit_code == 1
    assert "resident 1 does not exist" in again.stderr


def test_the_template_can_be_imported(folder: Path) -> None:
    assert run("homes", "template", "list.xlsx").exit_code == 0
    assert run("homes", "import", "list.xlsx").exit_code == 0
