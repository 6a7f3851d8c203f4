"""A sheet of homes: its columns by their headers, its rows as homes and people, every refusal with its row and column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from facility.domain.home import LONGEST_NAME, LONGEST_PART, Address, Listed, Standing, phone_of, plates_of
from facility.site.sheet import Cell, Sheet, SheetRefused, Written

_COLUMNS = {
    "building": ("楼栋", "building", "栋", "楼号"),
    "unit": ("单元", "unit"),
    "number": ("房号", "number", "home", "房屋"),
    "name": ("姓名", "name"),
    "standing": ("身份", "standing", "类型"),
    "phone": ("电话", "phone", "手机", "联系电话"),
    "plates": ("车牌", "plates", "plate", "vehicles", "车牌号"),
    "vacant": ("空置", "vacant"),
}
_NEEDED = ("building", "number")
_STANDINGS = {
    **dict.fromkeys(("", "业主", "owner"), Standing.OWNER),
    **dict.fromkeys(("住户", "resident"), Standing.RESIDENT),
    **dict.fromkeys(("租户", "tenant"), Standing.TENANT),
}
_VACANT: dict[str, bool | None] = {
    "": None,
    "是": True,
    "yes": True,
    "true": True,
    "否": False,
    "no": False,
    "false": False,
}
_T = TypeVar("_T")
_HEADER_ROWS = 10  # a title may stand above the header


@dataclass(frozen=True, slots=True)
class CellFault:
    """What is wrong in one cell: where the spreadsheet shows it (`Sheet1!C7`), its row from 1, its header, what, how to mend it.

    `id` and `params`: of the text that says both to whoever reads no English.
    """

    place: str
    row: int
    column: str
    what: str
    mend: str
    id: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.place} {self.column}: {self.what} {self.mend}"


@dataclass(slots=True)
class HomeSheet:
    """What a sheet holds: the rows that can be taken, and all faults of the others."""

    rows: list[Listed]
    faults: list[CellFault]


def home_rows(sheet: Sheet) -> HomeSheet:
    """All rows below the header; SheetRefused when there is no header that names a building and a number."""
    at, columns = _header(sheet)
    found = HomeSheet([], [])
    seen: dict[tuple[Address, str], int] = {}
    vacancies: dict[Address, bool] = {}
    for row in range(at + 1, len(sheet.rows)):
        if not any(cell.text or cell.fault for cell in sheet.rows[row]):
            continue
        reader = _Row(sheet, at, row, columns)
        listed = reader.listed()
        if not reader.faults:
            reader.compare(listed, seen, vacancies)
        if not reader.faults:
            found.rows.append(listed)
        found.faults += reader.by_column()
    return found


def _header(sheet: Sheet) -> tuple[int, dict[str, int]]:
    for at, row in enumerate(sheet.rows[:_HEADER_ROWS]):
        words = [cell.text.strip().casefold() for cell in row]
        columns = {key: words.index(name) for key, names in _COLUMNS.items() for name in names[::-1] if name in words}
        if all(key in columns for key in _NEEDED):
            return at, columns
    names = ", ".join(f"{names[0]} ({names[1]})" for names in _COLUMNS.values())
    what = f"{sheet.name} has no header row. Write one that names at least 楼栋 and 房号; known: {names}."
    raise SheetRefused("no_header", what, sheet=sheet.name)


class _Row:
    def __init__(self, sheet: Sheet, head: int, row: int, columns: dict[str, int]) -> None:
        self._sheet, self._head, self._row, self._columns = sheet, head, row, columns
        self.faults: list[CellFault] = []
        self._at: list[int] = []

    def listed(self) -> Listed:
        """The row; `faults` says what cannot be taken as it stands."""
        building, unit, number = (self._short(key, LONGEST_PART) for key in ("building", "unit", "number"))
        name = self._short("name", LONGEST_NAME)
        for key, text in (("building", building), ("number", number)):
            if not text and not self._cell(key).fault:
                self._fault(key, "empty", "is empty.", "Write it in each row, also when it is the same as above.")
        phone, plates = phone_of(self._text("phone")), plates_of(self._text("plates"))
        if phone is None:
            text = self._text("phone")
            self._fault(
                "phone", "phone", f'"{text}" is no phone number.', "Write 5 to 15 digits, one number.", text=text
            )
        if plates is None:
            text, mend = self._text("plates"), "Write plates with a comma between."
            self._fault("plates", "plates", f'"{text}" is no list of plates.', mend, text=text[:40])
        standing = self._choice("standing", _STANDINGS, "业主, 住户 or 租户 (owner, resident, tenant)")
        vacant = self._choice("vacant", _VACANT, "是 or 否 (yes, no)")
        if not name and (phone or plates):
            self._fault("name", "name", "is empty, but the row has a phone or a plate.", "Write whose they are.")
        return Listed(
            Address(building, unit, number), name, standing or Standing.OWNER, phone or "", plates or (), vacant
        )

    def compare(self, listed: Listed, seen: dict[tuple[Address, str], int], vacancies: dict[Address, bool]) -> None:
        """With the rows above it: each person once, and a home is vacant or it is not."""
        before = seen.setdefault((listed.address, listed.name), self._row)
        if before != self._row:
            what = f"{listed.address} {listed.name}".strip()
            said = f"{what} stands in row {before + 1} already."
            self._fault("name", "twice", said, "Delete one of the two rows.", who=what, row=before + 1)
        if listed.vacant is not None and vacancies.setdefault(listed.address, listed.vacant) != listed.vacant:
            said = f"{listed.address} is vacant in one row and not in another."
            self._fault("vacant", "vacancy", said, "Make them equal.", home=str(listed.address))

    def by_column(self) -> list[CellFault]:
        """Its faults as the row is read."""
        return [fault for _, fault in sorted(zip(self._at, self.faults, strict=True), key=lambda each: each[0])]

    def _cell(self, key: str) -> Cell:
        column = self._columns.get(key)
        cells = self._sheet.rows[self._row]
        return cells[column] if column is not None and column < len(cells) else Cell("")

    def _text(self, key: str) -> str:
        cell = self._cell(key)
        if cell.fault and not any(fault.column == self._title(key) for fault in self.faults):
            self._fault(key, cell.fault_id or "cell", cell.fault, "")
        return "" if cell.fault else cell.text.strip()

    def _short(self, key: str, most: int) -> str:
        text = self._text(key)
        if len(text) > most:
            self._fault(key, "long", f"is longer than {most} characters.", "Shorten it.", most=most)
        return text

    def _choice(self, key: str, words: Mapping[str, _T], known: str) -> _T | None:
        text = self._text(key)
        if text.casefold() not in words:
            self._fault(key, f"choice_{key}", f'"{text}" is not known.', f"Write {known}.", text=text[:40])
        return words.get(text.casefold())

    def _title(self, key: str) -> str:
        column = self._columns.get(key)
        return _COLUMNS[key][0] if column is None else self._sheet.rows[self._head][column].text

    def _fault(self, key: str, id: str, what: str, mend: str, **params: object) -> None:
        column = self._columns.get(key, 0)
        place = self._sheet.place(self._row, column)
        self._at.append(column)
        self.faults.append(CellFault(place, self._row + 1, self._title(key), what, mend, id, params))


def home_template() -> Sequence[Written]:
    """A sheet to fill in, with two rows as an example."""
    head = [names[0] for names in _COLUMNS.values()]
    rows = [
        head,
        ["3", "2", "1501", "李小梅", "业主", "13800000000", "粤B00000", "否"],
        ["3", "2", "1502", "", "", "", "", "是"],
    ]
    return [Written("房屋", rows, (10, 8, 10, 14, 10, 18, 24, 8), {4: ("业主", "住户", "租户"), 7: ("是", "否")})]
