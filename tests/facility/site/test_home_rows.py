"""A list of homes: its columns in both languages, and each refusal with its row, its column and how to mend it."""

from pathlib import Path

import pytest

from facility.domain.errors import Refusal
from facility.domain.home import Address, Listed, Standing
from facility.site.home_rows import home_rows, home_template
from facility.site.sheet import Cell, Sheet
from facility.site.sheets import read_sheets
from facility.site.workbook import write_workbook

HEAD = "楼栋,单元,房号,姓名,身份,电话,车牌,空置"


def sheet(*lines: str, head: str = HEAD) -> Sheet:
    return Sheet("房屋", [[Cell(text) for text in line.split(",")] for line in (head, *lines)])


def test_the_template_is_a_list_that_can_be_taken(tmp_path: Path) -> None:
    write_workbook(tmp_path / "homes.xlsx", home_template())
    found = home_rows(read_sheets(tmp_path / "homes.xlsx")[0])
    assert found.faults == []
    assert found.rows == [
        Listed(Address("3", "2", "1501"), "李小梅", Standing.OWNER, "13800000000", ("粤B00000",), False),
        Listed(Address("3", "2", "1502"), vacant=True),
    ]


def test_columns_stand_in_any_order_and_language_below_a_title() -> None:
    rows = [["Homes of the garden"], ["Name", "Number", "Building", "Standing"], [], ["Ann", "5", "12", "Tenant"]]
    found = home_rows(Sheet("Sheet1", [[Cell(text) for text in row] for row in rows]))
    assert (found.rows, found.faults) == ([Listed(Address("12", "", "5"), "Ann", Standing.TENANT)], [])


def test_without_a_header_the_known_columns_are_named() -> None:
    with pytest.raises(Refusal, match=r"房屋 has no header row.*楼栋 \(building\)"):
        home_rows(sheet(head="姓名,电话"))


@pytest.mark.parametrize(
    ("line", "place", "column", "what"),
    [
        (",2,1501,李,,,,", "房屋!A2", "楼栋", "is empty"),
        ("3,2,,李,,,,", "房屋!C2", "房号", "is empty"),
        ("3,2,1501,李,,138x,,", "房屋!F2", "电话", '"138x" is no phone number'),
        ("3,2,1501,李,房东,,,", "房屋!E2", "身份", '"房东" is not known'),
        ("3,2,1501,李,,,<b>,", "房屋!G2", "车牌", "no list of plates"),
        ("3,2,1501,,,,,maybe", "房屋!H2", "空置", '"maybe" is not known'),
        ("3,2,1501,,,13800000000,,", "房屋!D2", "姓名", "the row has a phone or a plate"),
        ("3,2,1501," + "李" * 61 + ",,,,", "房屋!D2", "姓名", "longer than 60"),
    ],
)
def test_a_refused_cell_is_named(line: str, place: str, column: str, what: str) -> None:
    found = home_rows(sheet(line, "3,2,1502,张,,,,"))
    assert [(fault.place, fault.row, fault.column) for fault in found.faults] == [(place, 2, column)]
    assert what in found.faults[0].what
    assert found.faults[0].mend
    assert [row.name for row in found.rows] == ["张"]


def test_rows_that_contradict_each_other_are_refused() -> None:
    found = home_rows(sheet("3,2,1501,李,,,,是", "3,2,1501,李,,,,是", "3,2,1501,张,,,,否"))
    assert [str(fault) for fault in found.faults] == [
        "房屋!D3 姓名: 3-2-1501 李 stands in row 2 already. Delete one of the two rows.",
        "房屋!H4 空置: 3-2-1501 is vacant in one row and not in another. Make them equal.",
    ]


def test_what_the_spreadsheet_says_of_a_cell_is_passed_on() -> None:
    rows = [[Cell(text) for text in ("楼栋", "单元", "房号")], [Cell("3"), Cell("", "became a date."), Cell("1501")]]
    assert [str(fault) for fault in home_rows(Sheet("S", rows)).faults] == ["S!B2 单元: became a date. "]
