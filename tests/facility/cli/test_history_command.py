"""`facility history`: a list of past services is entered, or refused with every fault."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from facility.cli.program import app
from facility.site import load
from facility.store.sql import SqlWork

DEMO = Path(__file__).resolve().parents[3] / "examples" / "demo" / "site.yaml"
HEAD = "设备,计划,类型,内容,完成日期,完成人,备注"
RUNNER = CliRunner()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FACILITY_SITE", str(DEMO))
    monkeypatch.setenv("FACILITY_DATA", str(tmp_path))
    return tmp_path


def said(*words: str, code: int = 0) -> str:
    result = RUNNER.invoke(app, ["history", *words])
    assert result.exit_code == code, result.output
    return result.output


def sheet(folder: Path, *rows: str) -> str:
    file = folder / "list.csv"
    file.write_text("\n".join((HEAD, *rows)), encoding="utf-8")
    return str(file)


def test_a_list_is_shown_entered_and_known_afterwards(folder: Path) -> None:
    file = sheet(folder, "1号进线,,维修,更换接触器,2025/6/12,王工,夜间", "incomer-1,,repair,紧固,2025-07-01,,")
    assert "2 changes. Nothing was written" in said("import", file)
    assert "2 changes written" in said("import", file, "--yes")
    assert "known already" in said("import", file, "--yes")
    work = SqlWork(f"sqlite:///{folder / 'work.db'}", load(DEMO).id)
    with work.reading() as unit:
        assert [(each.what, each.by) for each in unit.past_services.all()] == [("更换接触器", "王工"), ("紧固", "")]
        assert unit.orders.recent(10) == []
    work.close()


def test_every_fault_is_told_and_nothing_is_entered(folder: Path) -> None:
    bad = (
        "incomer-1,,维修,good,2025-06-12,,",
        "nothing,,维修,x,2025-06-12,,",
        "incomer-1,,,x,2025-06-12,,",
        "incomer-1,gates-monthly,,,2199-01-01,,",
        "incomer-1,,维修,good,2025-06-12,,",
        "incomer-1,,维修,x,soon,,",
    )
    found = json.loads(said("import", sheet(folder, *bad), "--yes", "--json", code=1))
    assert [(fault["row"], fault["column"]) for fault in found["faults"]] == [
        (3, "设备"),
        (4, "类型"),
        (5, "完成日期"),
        (5, "计划"),
        (6, "设备"),
        (7, "完成日期"),
    ]
    assert not found["written"]


def test_the_template_can_be_taken_as_it_is(folder: Path) -> None:
    said("template", str(folder / "t.xlsx"))
    assert "changes written" in said("import", str(folder / "t.xlsx"), "--yes")
