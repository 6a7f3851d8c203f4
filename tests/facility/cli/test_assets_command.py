"""`facility assets`: a list of equipment without a wire becomes assets of the estate, or is refused with every fault."""

import json
from pathlib import Path
from shutil import copytree

import pytest
from typer.testing import CliRunner

from facility.cli.program import app
from facility.domain.profile import System
from facility.domain.text import Title
from facility.site import load, load_with_texts
from facility.site.revision import make_revision
from facility.site.sheets import read_sheets
from tests.collectors.collect_stage import START

DEMO = Path(__file__).resolve().parents[3] / "examples" / "demo"
HEAD = "编号,名称,英文名称,类别,系统,区域,运行岗位,维修岗位,位置,安装日期,文件,证书有效期,停用"
GOOD = (
    "ext-1,1层灭火器,Extinguisher 1F,灭火器,消防,{area},electrician,{position},电梯厅,"
    "2025/3/1,合格证.pdf;照片.jpg,annual-test 2027-03-01,"
)
RUNNER = CliRunner()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The demo estate in a folder of its own."""
    copytree(DEMO, tmp_path / "estate")
    path = tmp_path / "estate" / "site.yaml"
    monkeypatch.setenv("FACILITY_SITE", str(path))
    monkeypatch.setenv("FACILITY_DATA", str(tmp_path))
    return path


def row(site: Path, text: str = GOOD) -> str:
    estate = load(site)
    return text.format(
        area=next(iter(estate.areas.values())).title.zh, position=estate.positions["electrician"].title.en
    )


def sheet(site: Path, *rows: str) -> Path:
    file = site.parent / "list.csv"
    file.write_text("\n".join((HEAD, *rows)), encoding="utf-8")
    return file


def said(*words: str, code: int = 0) -> str:
    result = RUNNER.invoke(app, ["assets", *words])
    assert result.exit_code == code, result.output
    return result.output


def test_a_list_becomes_assets_without_points_and_twice_changes_nothing(site: Path) -> None:
    file = str(sheet(site, row(site)))
    assert "Nothing was written: --yes" in said("import", file)
    assert not (site.parent / "equipment.yaml").exists()
    assert "1 change written" in said("import", file, "--yes")
    asset = load(site).assets["ext-1"]
    assert (asset.title, asset.place, asset.wired) == (Title(en="Extinguisher 1F", zh="1层灭火器"), "电梯厅", False)
    assert (asset.profile.asset_class, asset.profile.system, asset.operating) == ("灭火器", System.FIRE, "electrician")
    assert [str(asset.installed), *asset.documents] == ["2025-03-01", "合格证.pdf", "照片.jpg"]
    assert {kind: str(day) for kind, day in asset.certificates.items()} == {"annual-test": "2027-03-01"}
    before = (site.parent / "equipment.yaml").read_bytes()
    assert "has all of it already" in said("import", file, "--yes")
    assert (site.parent / "equipment.yaml").read_bytes() == before


def test_another_list_adds_and_changes_and_forgets_nothing(site: Path) -> None:
    first = row(site)
    said("import", str(sheet(site, first)), "--yes")
    changed = first.replace("电梯厅", "楼梯间"), first.replace("ext-1,", "ext-2,")
    found = json.loads(said("import", str(sheet(site, *changed)), "--yes", "--json"))
    assert (found["added"], found["changed"]) == (["ext-2"], {"ext-1": ["place"]})
    said("import", str(sheet(site, first.replace("ext-1,", "ext-3,"))), "--yes")
    assert {"ext-1", "ext-2", "ext-3"} <= load(site).assets.keys()


def test_every_fault_is_told_with_row_column_and_remedy_and_nothing_is_written(site: Path) -> None:
    good = row(site)
    bad = (
        good,
        good.replace("ext-1,", "EXT 2,").replace("2025/3/1", "last year"),
        good.replace("ext-1,", "incomer-1,").replace("消防", "fires"),
        good.replace("ext-1,", "ext-4,").replace("electrician", "electrican").replace("annual-test 2027", "2027"),
        good,
    )
    found = json.loads(said("import", str(sheet(site, *bad)), "--yes", "--json", code=1))
    assert [(fault["row"], fault["column"]) for fault in found["faults"]] == [
        (3, "安装日期"),
        (3, "编号"),
        (4, "系统"),
        (4, "编号"),
        (5, "运行岗位"),
        (5, "证书有效期"),
        (6, "编号"),
    ]
    assert all(fault["mend"] for fault in found["faults"])
    assert not (site.parent / "equipment.yaml").exists()


def test_the_template_can_be_taken_as_it_is(site: Path) -> None:
    file = site.parent / "template.xlsx"
    said("template", str(file))
    assert len(read_sheets(file)[0].rows) == 2
    assert "1 change written" in said("import", str(file), "--yes")


def test_equipment_is_part_of_the_revision_and_never_deleted(site: Path) -> None:
    said("import", str(sheet(site, row(site))), "--yes")
    first = make_revision(load_with_texts(site), None, START, "site.yaml")
    assert first is not None
    assert "added asset ext-1" in first.changes
    (site.parent / "equipment.yaml").write_text("equipment: {}\n", encoding="utf-8")
    with pytest.raises(Exception, match="ext-1: was deleted"):
        make_revision(load_with_texts(site), first, START, "site.yaml")


def test_a_plan_names_equipment_like_any_other_asset(site: Path) -> None:
    said("import", str(sheet(site, row(site))), "--yes")
    text = site.read_text(encoding="utf-8")
    plan = (
        "plans:\n  extinguishers-monthly: {title: {en: E, zh: 灭火器}, kind: inspection, cadence: monthly, by: operating,"
        " round: true, assets: [ext-1], start: 2026-11-01, items: [{title: {en: Pressure, zh: 压力}}]}\n"
    )
    site.write_text(text.replace("plans:\n", plan, 1), encoding="utf-8")
    assert load(site).plans["extinguishers-monthly"].assets == ("ext-1",)
