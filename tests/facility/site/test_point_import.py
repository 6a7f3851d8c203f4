"""Sheets of points: what is written is read back as the same points, and each refusal names its cell."""

import string
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from facility.domain.errors import Refusal
from facility.domain.profile import ByteOrder, Point, Profile, RawType, Register, System, Table
from facility.domain.text import Title
from facility.domain.unit import Unit
from facility.site.point_import import Import, Target, plan_import
from facility.site.point_rows import point_rows
from facility.site.point_template import header, row_of, write_template
from facility.site.profiles import SHIPPED, read_profile
from facility.site.sheet import Cell, Sheet
from facility.site.sheets import read_sheets
from facility.site.tree import Faults
from facility.site.writing import number

TARGET = Target("box", "box.yaml", "box.xlsx", title={"en": "Box", "zh": "箱"}, asset_class="box", system=System.WATER)
HEAD = ["point", "title en", "title zh", "unit", "table", "address", "type", "order", "scale", "min", "max", "period"]
GOOD = ["level", "Level", "液位", "m", "holding", "0", "uint16", "", "0.01", "0", "5", "5"]


def loaded(text: str, name: str = "box") -> Profile:
    faults = Faults()
    profile = read_profile(text, f"{name}.yaml", name, faults)
    assert faults.found == []
    assert profile is not None
    return profile


def imported(rows: Sequence[Sequence[str]], target: Target = TARGET, *, name: str = "Sheet1") -> Import:
    sheet = Sheet(name, [[Cell(text) for text in row] for row in rows])
    return plan_import(point_rows([sheet], "box.xlsx"), target)


def refusals(planned: Import) -> list[str]:
    assert planned.refused
    return [str(fault) for row in planned.rows for fault in row.faults] + [str(fault) for fault in planned.faults]


TITLES = st.text(
    st.sampled_from(string.ascii_letters + string.digits + " -_#'\"%&+°:,.水泵电压"), min_size=1, max_size=12
).filter(lambda text: text.strip() == text and bool(text))
NAMES = st.from_regex(r"[a-z][a-z0-9]{0,6}(_[a-z0-9]{1,4}){0,2}", fullmatch=True)
NUMBERS = st.integers(-(10**9), 10**9).map(lambda thousandths: thousandths / 1000)
SCALES = st.sampled_from([1.0, 0.1, 0.01, 0.001, 10.0, -1.0, 1e-7, 1 / 3])


@st.composite
def points(draw: st.DrawFn) -> list[Point]:
    """Points one behind the other, of every type that a sheet has columns for."""
    made: list[Point] = []
    address = 0
    for name in draw(st.lists(NAMES, min_size=1, max_size=8, unique=True)):
        table = draw(st.sampled_from(Table))
        kind = RawType.BIT if table.of_bits else draw(st.sampled_from(RawType))
        title = Title(draw(TITLES), draw(TITLES))
        every = timedelta(milliseconds=draw(st.integers(1, 600_000)))
        read = draw(registers(table, address, kind))
        low, high = sorted([draw(NUMBERS), draw(NUMBERS)])
        if kind in (RawType.BIT, RawType.ENUM, RawType.STRING) or low == high:
            extra = {}
        else:
            extra = {"low": low, "high": high, "deadband": abs(draw(NUMBERS)), "unit": draw(st.sampled_from(Unit))}
        if kind is RawType.ENUM:
            keys = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
            codes = draw(st.lists(st.integers(0, (1 << read.width) - 1), min_size=1, max_size=len(keys), unique=True))
            keys = keys[: len(codes)]
            extra = {
                "labels": {key: Title(draw(TITLES), draw(TITLES)) for key in keys},
                "codes": dict(zip(codes, keys, strict=True)),
            }
        made.append(Point(name, title, read=read, every=every, **{"unit": Unit.NONE, **extra}))
        address += max(1, read.words)
    return made


@st.composite
def registers(draw: st.DrawFn, table: Table, address: int, kind: RawType) -> Register:
    """A register that the loader takes."""
    orders = [order for order in ByteOrder if order.words == kind.words] or [ByteOrder.ABCD]
    bit = draw(st.integers(0, 15)) if kind in (RawType.BITS, RawType.BIT) and not table.of_bits else 0
    width = {RawType.BIT: 1, RawType.BITS: draw(st.integers(1, 16 - bit))}.get(kind, 16)
    scaled = kind not in (RawType.BIT, RawType.ENUM, RawType.STRING)
    sentinels = (draw(st.integers(0, 1)), range(2)) if kind in (RawType.UINT16, RawType.FLOAT64) else ()
    return Register(
        table,
        address,
        kind,
        draw(st.sampled_from(orders)),
        bit,
        draw(SCALES) if scaled else 1.0,
        draw(NUMBERS) if scaled else 0.0,
        sentinels,
        width,
        draw(st.integers(1, 20)) if kind is RawType.STRING else 0,
    )


def as_sheet(made: Sequence[Point]) -> Sheet:
    """The rows of a template as a reader finds them."""
    rows = [header(), *(row_of(point) for point in made)]
    texts = [[number(v) if isinstance(v, float) else str("" if v is None else v) for v in row] for row in rows]
    return Sheet("Points", [[Cell(text) for text in row] for row in texts])


@settings(max_examples=40, deadline=None, phases=[Phase.generate])
@given(made=points())
def test_points_written_as_rows_come_back_the_same(made: list[Point]) -> None:
    planned = plan_import(point_rows([as_sheet(made)], "points.xlsx"), TARGET)
    assert not planned.refused, refusals(planned)
    read = loaded(planned.text).points
    assert [(read[point.name], point) for point in made if read[point.name] != point] == []
    assert list(read) == [point.name for point in made]


def test_all_bits_of_a_word_come_back() -> None:
    word = Register(Table.HOLDING, 0, RawType.BITS, width=16)
    point = Point("word", Title("Word", "字"), read=word, every=timedelta(seconds=5), unit=Unit.NONE)
    assert loaded(plan_import(point_rows([as_sheet([point])], "points.xlsx"), TARGET).text).points["word"] == point


@settings(
    max_examples=3, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(made=points())
def test_a_workbook_holds_the_same_rows(made: list[Point], tmp_path: Path) -> None:
    file = tmp_path / "points.xlsx"
    file.unlink(missing_ok=True)
    write_template(file, made, [("a", "b")])
    assert read_sheets(file)[0].rows == as_sheet(made).rows


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_shipped_profile_is_not_changed_by_its_own_sheet(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    profile = loaded(text, path.stem)
    if profile.protocol == "mqtt":
        with pytest.raises(Refusal, match="sheets are for registers"):
            row_of(next(iter(profile.points.values())))
        return
    rows = point_rows([as_sheet(list(profile.points.values()))], "points.xlsx")
    planned = plan_import(rows, Target(path.stem, path.name, "points.xlsx", text))
    assert not planned.refused, refusals(planned)
    assert (planned.changes, planned.text) == ([], text)


def test_the_example_of_the_template_is_a_point(tmp_path: Path) -> None:
    write_template(tmp_path / "points.xlsx", (), [])
    planned = plan_import(point_rows(read_sheets(tmp_path / "points.xlsx"), "points.xlsx"), TARGET)
    assert [change.point for change in planned.changes] == ["voltage_l1"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_in_any_encoding_with_chinese_headers_in_any_order(encoding: str, separator: str, tmp_path: Path) -> None:
    decimal = "0,01" if separator == ";" else "0.01"
    rows = [
        [
            "地址",
            "功能码",
            "数据类型",
            "点名",
            "中文名称",
            "Title EN",
            "单位",
            "倍率",
            "下限",
            "上限",
            "周期(秒)",
            "备注",
        ],
        ["0x10", "03", "无符号16位", "level", "液位", "Level", "m3", decimal, "0", "5", "1分钟", "whatever"],
    ]
    (tmp_path / "box.csv").write_bytes("\r\n".join(separator.join(row) for row in rows).encode(encoding))
    planned = plan_import(point_rows(read_sheets(tmp_path / "box.csv"), "box.csv"), TARGET)
    assert not planned.refused, refusals(planned)
    (point,) = loaded(planned.text).points.values()
    assert point.read == Register(Table.HOLDING, 16, RawType.UINT16, scale=0.01)
    assert (point.unit, point.low, point.high, point.every) == (Unit.CUBIC_METRE, 0.0, 5.0, timedelta(minutes=1))


@pytest.mark.parametrize(
    ("column", "text", "refusal"),
    [
        ("point", "Level 1", 'Sheet1!A2 "Level 1" is not a name'),
        ("title zh", "", "Sheet1!C2 has no value. Give the name in both languages."),
        ("unit", "MV", 'Sheet1!D2 "MV" is no unit. Did you mean "mV"? Upper and lower case differ.'),
        ("unit", "furlong", 'Sheet1!D2 "furlong" is no unit. Known: V mV'),
        ("table", "rolling", 'Sheet1!E2 "rolling" is no table. Write holding, input, coil or discrete'),
        ("address", "12a", 'Sheet1!F2 "12a" is not a whole number.'),
        ("address", "70000", "Sheet1!F2 70000 is not a whole number from 0 to 65536."),
        ("address", "", "Sheet1!F2 has no value. Give the address of the manual."),
        ("type", "int", 'Sheet1!G2 "int" may have a sign or not'),
        ("type", "", "Sheet1!G2 type is missing."),
        ("order", "ABDC", 'Sheet1!H2 "ABDC" is no byte order.'),
        ("order", "ABCD", "Sheet1!H2 uint16 has no byte order"),
        ("scale", "1,5", 'Sheet1!I2 "1,5": a comma may mean a decimal or thousands.'),
        ("scale", "0.1 m", 'Sheet1!I2 "0.1 m" is not a number.'),
        ("scale", "0", "Sheet1!I2 a scale of 0 makes every value the same."),
        ("min", "", "Sheet1!J2 min and max belong together."),
        ("max", "-1", "Sheet1!J2"),
        ("period", "often", 'Sheet1!L2 "often" is no period.'),
        ("title en", "${HOME}", "Sheet1!B2 ${ would read the environment."),
    ],
)
def test_refusals_name_the_cell(column: str, text: str, refusal: str) -> None:
    bad = [text if name == column else value for name, value in zip(HEAD, GOOD, strict=True)]
    found = refusals(imported([HEAD, bad]))
    assert len(found) == 1
    assert found[0].startswith(refusal)


def test_one_bad_row_does_not_hide_the_others() -> None:
    second = ["flow", "Flow", "流量", "m³/h", "holding", "1", "uint32", "", "1", "", "", "5"]
    third = ["again", "Again", "又", "", "holding", "2", "uint16", "", "", "", "", "5"]
    planned = imported([HEAD, GOOD, second, [], third, [*GOOD[:5], "x", *GOOD[6:]]])
    assert [(row.number, row.name, bool(row.faults)) for row in planned.rows] == [
        (2, "level", False),
        (3, "flow", False),
        (5, "again", True),
        (6, "level", True),
    ]
    found = refusals(planned)
    assert any(text.startswith("Sheet1!F5 reads holding 2 as uint16, but flow reads 1 as uint32.") for text in found)
    assert any(text.startswith('Sheet1!A6 point "level" is given twice, first in Sheet1!A2.') for text in found)
    assert any(text.startswith('Sheet1!F6 "x" is not a whole number.') for text in found)


def test_labels_make_an_enum() -> None:
    head = [*HEAD[:7], "labels"]
    planned = imported(
        [head, ["state", "State", "状态", "", "4", "7", "", "0=Open/分闸; 0x1=shut:Closed 1/合闸；2=On/Off|开/关"]]
    )
    assert not planned.refused, refusals(planned)
    (point,) = loaded(planned.text).points.values()
    assert point.codes == {0: "open", 1: "shut", 2: "on_off"}
    assert point.labels["on_off"] == Title("On/Off", "开/关")
    refused = imported([head, ["state", "State", "状态", "", "4", "7", "", "0:Open"]])
    assert refusals(refused)[0].startswith('Sheet1!H2 "0:Open" is no label.')


def test_what_counts_from_1_is_written_so() -> None:
    rows = [[*HEAD, "base"], [*GOOD[:5], "3000", *GOOD[6:], "1"]]
    planned = imported(rows)
    assert "base: 1" in planned.text
    assert "address: 3000" in planned.text
    read = loaded(planned.text).points["level"].read
    assert isinstance(read, Register)
    assert read.address == 2999
    assert refusals(imported([rows[0], [*GOOD[:5], "0", *GOOD[6:], "1"]]))[0].startswith(
        "Sheet1!F2 there is no address 0"
    )


EXISTING = """\
# Our box.
profile: box
title: {en: Box, zh: 箱}
class: box
system: water
protocol: modbus
source: generic
modbus: {base: 1, max_registers: 16}
points:
  level: # measured on the roof
    title: {en: Level, zh: 液位}
    unit: m
    every: 5s
    main: true
    range: [0, 5]
    read: {table: holding, address: 1, type: uint16, scale: 0.01, sentinels: [0xFFFF]}
  spare: {title: {en: Spare, zh: 备用}, every: 10s, read: {table: holding, address: 9, type: uint16}}

# When the tank runs dry.
rules:
  low: {title: {en: Low, zh: 低}, when: {point: level, below: 1}}
"""


def test_an_existing_profile_keeps_what_the_sheet_does_not_say() -> None:
    target = Target("box", "box.yaml", "box.xlsx", EXISTING)
    fresh = ["flow", "Flow", "流量", "m³/h", "holding", "5", "uint16", "", "", "", "", "5"]
    planned = imported([HEAD, [*GOOD[:5], "1", *GOOD[6:10], "6", "5"], fresh], target)
    assert not planned.refused, refusals(planned)
    assert [(change.point, change.kind, change.how) for change in planned.changes] == [
        ("level", "changed", ("high 5.0 → 6.0",)),
        ("flow", "added", ()),
        ("spare", "removed", ()),
    ]
    profile = loaded(planned.text)
    level = profile.points["level"]
    assert isinstance(level.read, Register)
    assert (level.main, level.read.sentinels, level.read.address) == (True, (0xFFFF,), 0)
    assert "# Our box." in planned.text
    assert planned.text.endswith(EXISTING[EXISTING.index("\n# When the tank") :])


def test_points_that_stay_keep_their_lines_and_their_comments() -> None:
    target = Target("box", "box.yaml", "box.xlsx", EXISTING, keep=True)
    fresh = ["flow", "Flow", "流量", "m³/h", "holding", "5", "uint16", "", "", "", "", "5"]
    planned = imported([HEAD, fresh], target)
    assert [change.kind for change in planned.changes] == ["added"]
    before, after = EXISTING.split("\n# When", 1)
    assert planned.text.startswith(before)
    assert planned.text.endswith(f"# When{after}")


def test_a_point_that_a_rule_needs_cannot_go() -> None:
    planned = imported([HEAD, ["flow", *GOOD[1:5], "3", *GOOD[6:]]], Target("box", "box.yaml", "box.xlsx", EXISTING))
    assert any("rules.low" in fault and "level" in fault for fault in refusals(planned))


def test_formulas_dates_and_merged_cells_are_no_values(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Points"
    sheet.append(HEAD)
    sheet.append([*GOOD[:5], "=1+1", *GOOD[6:]])
    sheet.append(["flow", *GOOD[1:5], "7", "uint16", None, timedelta(days=2), None, None, 5])
    sheet.merge_cells("D2:D3")
    book.save(tmp_path / "box.xlsx")
    planned = plan_import(point_rows(read_sheets(tmp_path / "box.xlsx"), "box.xlsx"), TARGET)
    assert [(fault.place, fault.what.split(".")[0]) for row in planned.rows for fault in row.faults] == [
        ("Points!F2", "is a formula without a result"),
        ("Points!D3", "is part of merged cells"),
        ("Points!I3", "became a date"),
    ]


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("box.pdf", b"x", "is neither .xlsx nor .csv"),
        ("box.xlsx", b"x", "is no workbook"),
        ("box.csv", b"a,b\n1,2\n", "has no header"),
        ("box.csv", b"point,table,address\n", "has no row below its header"),
        ("box.csv", b"point,table,address,name\nx,3,1,y\n", "are both the column"),
    ],
)
def test_files_that_hold_no_points(name: str, data: bytes, why: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(Refusal, match=why):
        point_rows(read_sheets(tmp_path / name), name)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.one_of(st.text(max_size=8), st.sampled_from(GOOD)), max_size=len(HEAD) + 1), max_size=4))
def test_any_cells_give_points_or_refusals_never_a_crash(rows: list[list[str]]) -> None:
    try:
        planned = imported([HEAD, *([text.strip() for text in row] for row in rows)])
    except Refusal:
        return
    if not planned.refused:
        assert len(loaded(planned.text).points) == len(planned.rows)
    assert all(fault.place.startswith("Sheet1!") for row in planned.rows for fault in row.faults)
