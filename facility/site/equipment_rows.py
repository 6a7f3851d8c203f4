"""A sheet of equipment without a wire: its rows as entries of the file beside the site file, every refusal with row and column."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from facility.domain.asset import Site
from facility.domain.profile import System
from facility.site.grammar_terms import SLUG
from facility.site.sheet import Sheet, Written
from facility.site.sheet_row import CellFault, SheetRow, header

COLUMNS = {
    "id": ("编号", "id"),
    "title_zh": ("名称", "title zh", "title_zh"),
    "title_en": ("英文名称", "title en", "title_en", "title"),
    "class": ("类别", "class"),
    "system": ("系统", "system"),
    "area": ("区域", "area"),
    "operating": ("运行岗位", "使用岗位", "operated by", "operating"),
    "maintaining": ("维修岗位", "维护岗位", "maintained by", "maintaining"),
    "place": ("位置", "place"),
    "installed": ("安装日期", "installed on", "installed"),
    "documents": ("文件", "documents"),
    "certificates": ("证书有效期", "certificates"),
    "retired": ("停用", "retired"),
}
NEEDED = ("id", "title_zh", "class", "system", "area", "operating", "maintaining")
LONGEST = 80
_SYSTEMS = {
    **{each.value: each for each in System},
    "供配电": System.POWER,
    "给排水": System.WATER,
    "消防": System.FIRE,
    "燃气": System.GAS,
    "停车": System.PARKING,
}
_RETIRED = {"": False, "否": False, "no": False, "是": True, "yes": True}
_APART = re.compile(r"[;；、\n]+")
_CERTIFICATE = re.compile(rf"({SLUG})\s*[:：=\s]\s*(\S+)")

Equipment = dict[str, dict[str, object]]
"""Entries by name, as plain data of the file."""


@dataclass(slots=True)
class EquipmentSheet:
    """The rows that can be taken, and all faults of the others."""

    rows: Equipment
    faults: list[CellFault]


def equipment_rows(sheet: Sheet, site: Site) -> EquipmentSheet:
    """All rows below the header; Refusal when there is no header. Areas and positions may be named by id or by title."""
    at, columns = header(sheet, COLUMNS, NEEDED)
    found = EquipmentSheet({}, [])
    for row in range(at + 1, len(sheet.rows)):
        if not any(cell.text or cell.fault for cell in sheet.rows[row]):
            continue
        reader = _Row(sheet, at, row, columns, COLUMNS)
        name, entry = reader.entry(site)
        if name in found.rows:
            reader.fault("id", f"{name} stands in a row above already.", "Delete one of the two rows.")
        if not reader.faults:
            found.rows[name] = entry
        found.faults += reader.faults
    return found


class _Row(SheetRow):
    def entry(self, site: Site) -> tuple[str, dict[str, object]]:
        """Name and entry; `faults` says what cannot be taken as it stands."""
        for key in NEEDED:
            if not self.text(key) and not self.cell(key).fault:
                self.fault(key, "is empty.", "Write it in each row.")
        zh = self.short("title_zh", LONGEST)
        system = self.choice("system", {**_SYSTEMS, "": None}, f"one of {', '.join(_SYSTEMS)}")
        positions = {name: each.title for name, each in site.positions.items()}
        entry: dict[str, object] = {
            "title": {"en": self.short("title_en", LONGEST) or zh, "zh": zh},
            "class": self.short("class", LONGEST),
            "system": system.value if system else "",
            "area": self.named("area", {name: each.title for name, each in site.areas.items()}),
            "operating": self.named("operating", positions),
            "maintaining": self.named("maintaining", positions),
            "place": self.short("place", LONGEST),
            "installed": str(self.day("installed") or ""),
            "documents": [each.strip() for each in _APART.split(self.text("documents")) if each.strip()],
            "certificates": self._certificates(),
            "retired": bool(self.choice("retired", _RETIRED, "是 or 否 (yes, no)")),
        }
        return self._name(site), {key: value for key, value in entry.items() if value not in ("", [], {}, False)}

    def _name(self, site: Site) -> str:
        name = self.text("id")
        if name and not re.fullmatch(SLUG, name):
            self.fault("id", f'"{name}" is no name.', "Write small letters, digits and hyphens, such as ext-3-1f.")
        owner = site.assets.get(name)
        if (owner is not None and owner.wired) or name in site.links:
            self.fault("id", f"{name} is read over a wire: it stands in the site file.", "Choose another name.")
        return name

    def _certificates(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for part in filter(None, (each.strip() for each in _APART.split(self.text("certificates")))):
            match = _CERTIFICATE.fullmatch(part)
            if match is None:
                mend = "Write kind and day, several with ; between: annual-test 2027-03-01; hose-test 2029-01-31."
                self.fault("certificates", f'"{part}" is no certificate with its day.', mend)
            elif match[1] in found:
                self.fault("certificates", f"{match[1]} is given twice.", "Keep one of them.")
            else:
                found[match[1]] = str(self.day_of("certificates", match[3]))
        return found


def equipment_template(site: Site) -> Sequence[Written]:
    """A sheet to fill in, with a row as an example; areas and positions are offered as lists."""
    areas = tuple(each.title.zh for each in site.areas.values())
    positions = tuple(each.title.zh for each in site.positions.values())
    example = [
        "ext-3-1f", "1层灭火器", "Extinguisher, 1F", "灭火器", "消防", areas[0], positions[0], positions[0], "1层电梯厅",
        str(date(2025, 3, 1)), "合格证.pdf", "annual-test 2027-03-01", "否",
    ]  # fmt: skip
    choices = {
        4: tuple(key for key in _SYSTEMS if not key.isascii()),
        5: areas,
        6: positions,
        7: positions,
        12: ("是", "否"),
    }
    widths = (14, 20, 20, 12, 10, 18, 18, 18, 20, 14, 24, 30, 8)
    return [Written("设备", [[names[0] for names in COLUMNS.values()], example], widths, choices)]
