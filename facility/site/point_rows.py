"""Rows of a sheet as points in the plain form of a profile; what cannot be one is refused with its cell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from facility.domain.errors import Refusal
from facility.domain.profile import RawType
from facility.site.point_columns import BY_KEY, COLUMNS, NEEDED, Column, Unreadable, column_of
from facility.site.sheet import Cell, Sheet

MOST_LINES_BEFORE = 20  # rows above the header
Data = dict[str, object]
_DEFAULTS = {"read.scale": 1.0, "read.offset": 0.0, "deadband": 0.0}  # left out: they say nothing
_NOTATION = {"holding": 40_000, "input": 30_000, "discrete": 10_000}
_NUMBERS = ("low", "high", "deadband", "read.scale", "read.offset")


@dataclass(frozen=True, slots=True)
class CellFault:
    """A cell that is refused: Sheet1!D7, and what is wrong with how to mend it."""

    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.place} {self.what}"


@dataclass(slots=True)
class PointRow:
    """One row: the point's name, what stands in its cells by column key, and what is wrong."""

    number: int  # as the spreadsheet counts
    name: str
    given: dict[str, object]
    places: Mapping[str, str]
    faults: list[CellFault] = field(default_factory=list)

    def place(self, key: str) -> str:
        """The cell of a column; the point's own where the sheet has no such column."""
        return self.places.get(key, self.places["point"])

    def refuse(self, key: str, what: str) -> None:
        """Something is wrong at this column."""
        fault = CellFault(self.place(key), what)
        if fault not in self.faults:
            self.faults.append(fault)


def point_rows(sheets: Sequence[Sheet], file: str) -> list[PointRow]:
    """The rows of the sheet that has points; Refusal when there is none."""
    sheet, head, columns = _header(sheets, file)
    rows = [
        _row(sheet, number, columns)
        for number in range(head + 1, len(sheet.rows))
        if any(cell.text or cell.fault for cell in sheet.rows[number])
    ]
    if not rows:
        raise Refusal(f"{file}: {sheet.name} has no row below its header in row {head + 1}.")
    first: dict[str, PointRow] = {}
    for row in rows:
        other = first.setdefault(row.name, row)
        if other is not row and row.name:
            row.refuse(
                "point", f'point "{row.name}" is given twice, first in {other.place("point")}. Keep one of them.'
            )
    return rows


def _header(sheets: Sequence[Sheet], file: str) -> tuple[Sheet, int, dict[int, Column]]:
    """The sheet, the row of its header, and the columns by place."""
    best: tuple[int, Sheet, int, dict[int, Column]] | None = None
    for sheet in sheets:
        for number, row in enumerate(sheet.rows[:MOST_LINES_BEFORE]):
            columns = {i: column for i, cell in enumerate(row) if (column := column_of(cell.text))}
            keys = len({column.key for column in columns.values()})
            if keys >= len(NEEDED) and (best is None or keys > best[0]):
                best = keys, sheet, number, columns
    needed = ", ".join(" or ".join(BY_KEY[key].names[:2]) for key in NEEDED)
    if best is None:
        raise Refusal(f"{file} has no header. One row must name the columns: {needed}; see facility points template.")
    _, sheet, number, columns = best
    _refuse_header(sheet, number, columns)
    return sheet, number, columns


def _refuse_header(sheet: Sheet, number: int, columns: dict[int, Column]) -> None:
    seen: dict[str, int] = {}
    for place, column in columns.items():
        if column.key in seen:
            here, there = sheet.place(number, place), sheet.place(number, seen[column.key])
            raise Refusal(f"{here} and {there} are both the column “{column.names[0]}”. Rename or remove one.")
        seen[column.key] = place
    for key in NEEDED:
        if key not in seen:
            names = " or ".join(BY_KEY[key].names[:3])
            raise Refusal(
                f"{sheet.place(number, 0)} the header has no column “{BY_KEY[key].names[0]}”. Name one {names}."
            )


def _row(sheet: Sheet, number: int, columns: dict[int, Column]) -> PointRow:
    cells = sheet.rows[number]
    places = {column.key: sheet.place(number, i) for i, column in columns.items()}
    row = PointRow(number + 1, "", {}, places)
    for i, column in columns.items():
        cell = cells[i] if i < len(cells) else Cell("")
        _read(row, column, cell, comma=sheet.decimal_comma)
    row.name = str(row.given.get("point", ""))
    if not row.name and not row.faults:
        row.refuse("point", "has no name. Give each point a name such as voltage_l1, or empty the row.")
    return row


def _read(row: PointRow, column: Column, cell: Cell, *, comma: bool) -> None:
    """One cell; columns of the sheet that stand empty are given as None."""
    text = cell.text.replace(",", ".") if comma and column.key in _NUMBERS else cell.text
    if cell.fault:
        row.refuse(column.key, cell.fault)
    elif "${" in text:
        row.refuse(column.key, "${ would read the environment. Write it otherwise.")
    elif not text:
        row.given[column.key] = None
    else:
        try:
            row.given[column.key] = column.read(text)
        except Unreadable as error:
            row.refuse(column.key, str(error))


def looks_counted(row: PointRow) -> str:
    """A note when the address may be meant as manuals write it (40001 is the first holding register); empty when not."""
    address, table = row.given.get("read.address"), str(row.given.get("read.table"))
    first = _NOTATION.get(table, 0)
    if not first or not isinstance(address, int) or not first < address < first + 10_000:
        return ""
    return (
        f"{row.place('read.address')} {address} is taken as it stands. If the manual writes the first {table} register "
        f"as {first + 1}, write {address - first} with base 1."
    )


def point_data(row: PointRow, before: Mapping[str, object], base: int, row_base: int, every: str) -> Data:
    """The point as a profile writes it: the cells over what was there before. `base` of the profile, `row_base` where no cell says it."""
    flat = {f"read.{key}": value for key, value in _mapping(before.get("read")).items()}
    flat |= {key: value for key, value in before.items() if key not in ("read", "title", "labels", "codes", "range")}
    flat |= {f"title.{key}": value for key, value in _mapping(before.get("title")).items()}
    bounds = before.get("range")
    if isinstance(bounds, list | tuple) and len(bounds) == 2:
        flat["low"], flat["high"] = bounds
    for key, value in row.given.items():
        flat[key] = flat.get("every") if key == "every" and value is None else value
    labels, codes = _labels(row, before)
    _address(row, flat, base, row_base)
    if labels and flat.get("read.type") is None:
        flat["read.type"] = RawType.ENUM.value
    flat["every"] = flat.get("every") or every
    return _nested(row, flat, labels, codes)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _labels(row: PointRow, before: Mapping[str, object]) -> tuple[Data, Data]:
    if "labels" not in row.given:
        return dict(_mapping(before.get("labels"))), dict(_mapping(before.get("codes")))
    labels: Data = {}
    codes: Data = {}
    listed = row.given["labels"]
    for code, key, en, zh in listed if isinstance(listed, list) else ():
        title = {"en": en, "zh": zh}
        if labels.setdefault(key, title) != title:
            row.refuse("labels", f"two labels are named {key}. Write names: 0={key}_1:{en}/{zh}.")
        if str(code) in codes:
            row.refuse("labels", f"code {code} is given twice. Keep one of them.")
        codes[str(code)] = key
    return labels, codes


def _address(row: PointRow, flat: dict[str, object], base: int, row_base: int) -> None:
    given, counted_from = row.given.get("read.address"), row.given.get("base")
    if not isinstance(given, int):
        if not row.faults:
            row.refuse("read.address", "has no value. Give the address of the manual.")
        return
    here = counted_from if isinstance(counted_from, int) else row_base
    if given < here:
        row.refuse("read.address", "there is no address 0 when they count from 1. Correct the address, or base.")
        return
    flat["read.address"] = given - here + base


def _nested(row: PointRow, flat: Mapping[str, object], labels: Data, codes: Data) -> Data:
    """In the order in which people write a point, without what says nothing."""
    data: Data = {"title": {"en": flat.get("title.en"), "zh": flat.get("title.zh")}}
    low, high = flat.get("low"), flat.get("high")
    if (low is None) != (high is None):
        row.refuse("low" if low is None else "high", "min and max belong together. Give both, or none.")
    values = {key: value for key, value in flat.items() if value is not None and _DEFAULTS.get(key) != value}
    for key in ("unit", "every"):
        if key in values:
            data[key] = values[key]
    if low is not None and high is not None:
        data["range"] = [low, high]
    data |= {key: value for key, value in values.items() if "." not in key and key not in data and key not in _OWN}
    if labels:
        data |= {"labels": labels, "codes": codes}
    data["read"] = {key.removeprefix("read."): value for key, value in values.items() if key.startswith("read.")}
    titles = data["title"]
    assert isinstance(titles, dict)
    for language, name in titles.items():
        blamed = {fault.place for fault in row.faults}
        if not name and row.place(f"title.{language}") not in blamed:
            row.refuse(f"title.{language}", "has no value. Give the name in both languages.")
    return data


_OWN = frozenset({"point", "base", "low", "high", "labels"}) & {column.key for column in COLUMNS}
