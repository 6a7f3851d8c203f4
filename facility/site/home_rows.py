"""A sheet of homes: its columns by their headers, its rows as homes and people, every refusal with its row and column."""

from collections.abc import Sequence
from dataclasses import dataclass

from facility.domain.home import LONGEST_NAME, LONGEST_PART, Address, Listed, Standing, phone_of, plates_of
from facility.site.sheet import Sheet, Written
from facility.site.sheet_row import CellFault, SheetRow, header

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


@dataclass(slots=True)
class HomeSheet:
    """What a sheet holds: the rows that can be taken, and all faults of the others."""

    rows: list[Listed]
    faults: list[CellFault]


def home_rows(sheet: Sheet) -> HomeSheet:
    """All rows below the header; SheetRefused when there is no header that names a building and a number."""
    at, columns = header(sheet, _COLUMNS, _NEEDED)
    found = HomeSheet([], [])
    seen: dict[tuple[Address, str], int] = {}
    vacancies: dict[Address, bool] = {}
    for row in range(at + 1, len(sheet.rows)):
        if not any(cell.text or cell.fault for cell in sheet.rows[row]):
            continue
        reader = _Row(sheet, at, row, columns, _COLUMNS)
        listed = reader.listed()
        if not reader.faults:
            reader.compare(listed, seen, vacancies)
        if not reader.faults:
            found.rows.append(listed)
        found.faults += reader.by_column()
    return found


class _Row(SheetRow):
    def listed(self) -> Listed:
        """The row; `faults` says what cannot be taken as it stands."""
        building, unit, number = (self.short(key, LONGEST_PART) for key in ("building", "unit", "number"))
        name = self.short("name", LONGEST_NAME)
        for key, text in (("building", building), ("number", number)):
            if not text and not self.cell(key).fault:
                self.fault(key, "is empty.", "Write it in each row, also when it is the same as above.", "empty")
        phone, plates = phone_of(self.text("phone")), plates_of(self.text("plates"))
        if phone is None:
            text, mend = self.text("phone"), "Write 5 to 15 digits, one number."
            self.fault("phone", f'"{text}" is no phone number.', mend, "phone", text=text)
        if plates is None:
            text, mend = self.text("plates"), "Write plates with a comma between."
            self.fault("plates", f'"{text}" is no list of plates.', mend, "plates", text=text[:40])
        standing = self.choice("standing", _STANDINGS, "业主, 住户 or 租户 (owner, resident, tenant)")
        vacant = self.choice("vacant", _VACANT, "是 or 否 (yes, no)")
        if not name and (phone or plates):
            self.fault("name", "is empty, but the row has a phone or a plate.", "Write whose they are.", "name")
        return Listed(
            Address(building, unit, number), name, standing or Standing.OWNER, phone or "", plates or (), vacant
        )

    def compare(self, listed: Listed, seen: dict[tuple[Address, str], int], vacancies: dict[Address, bool]) -> None:
        """With the rows above it: each person once, and a home is vacant or it is not."""
        before = seen.setdefault((listed.address, listed.name), self._row)
        if before != self._row:
            what = f"{listed.address} {listed.name}".strip()
            said = f"{what} stands in row {before + 1} already."
            self.fault("name", said, "Delete one of the two rows.", "twice", who=what, row=before + 1)
        if listed.vacant is not None and vacancies.setdefault(listed.address, listed.vacant) != listed.vacant:
            said = f"{listed.address} is vacant in one row and not in another."
            self.fault("vacant", said, "Make them equal.", "vacancy", home=str(listed.address))


def home_template() -> Sequence[Written]:
    """A sheet to fill in, with two rows as an example."""
    head = [names[0] for names in _COLUMNS.values()]
    rows = [
        head,
        ["3", "2", "1501", "李小梅", "业主", "13800000000", "粤B00000", "否"],
        ["3", "2", "1502", "", "", "", "", "是"],
    ]
    return [Written("房屋", rows, (10, 8, 10, 14, 10, 18, 24, 8), {4: ("业主", "住户", "租户"), 7: ("是", "否")})]
