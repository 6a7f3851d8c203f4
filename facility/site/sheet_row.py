"""A row of a list that people filled in: its cells by the names of their columns, each refusal with its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TypeVar

from facility.domain.text import Title
from facility.site.kinds import did_you_mean
from facility.site.sheet import Cell, Sheet, SheetRefused

Columns = Mapping[str, Sequence[str]]
"""Key → the headers that mean it, the first one shown."""

_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")
_HEADER_ROWS = 10  # a title may stand above the header
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class CellFault:
    """What is wrong in one cell: where the spreadsheet shows it (`Sheet1!C7`), its row from 1, its header, what, how to mend it.

    `id` and `params`: of the text that says both to whoever reads no English; empty where there is none.
    """

    place: str
    row: int
    column: str
    what: str
    mend: str
    id: str = ""
    params: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.place} {self.column}: {self.what} {self.mend}"


def header(sheet: Sheet, columns: Columns, needed: Sequence[str]) -> tuple[int, dict[str, int]]:
    """The row of the header and where each column stands; SheetRefused when no row names all that are needed."""
    for at, row in enumerate(sheet.rows[:_HEADER_ROWS]):
        words = [cell.text.strip().casefold() for cell in row]
        found = {key: words.index(name) for key, names in columns.items() for name in names[::-1] if name in words}
        if all(key in found for key in needed):
            return at, found
    names = ", ".join(f"{names[0]} ({names[1]})" for names in columns.values())
    least = " and ".join(columns[key][0] for key in needed)
    what = f"{sheet.name} has no header row. Write one that names at least {least}; known: {names}."
    raise SheetRefused("no_header", what, sheet=sheet.name)


class SheetRow:
    """One row below the header."""

    def __init__(self, sheet: Sheet, head: int, row: int, columns: Mapping[str, int], known: Columns) -> None:
        self._sheet, self._head, self._row, self._columns, self._known = sheet, head, row, columns, known
        self.faults: list[CellFault] = []
        self._at: list[int] = []

    def by_column(self) -> list[CellFault]:
        """Its faults as the row is read."""
        return [fault for _, fault in sorted(zip(self._at, self.faults, strict=True), key=lambda each: each[0])]

    def cell(self, key: str) -> Cell:
        """The cell; empty when the sheet has no such column."""
        column = self._columns.get(key)
        cells = self._sheet.rows[self._row]
        return cells[column] if column is not None and column < len(cells) else Cell("")

    def text(self, key: str) -> str:
        """What stands there."""
        cell = self.cell(key)
        if cell.fault and not any(fault.column == self._title(key) for fault in self.faults):
            self.fault(key, cell.fault, "", cell.fault_id or "cell")
        return "" if cell.fault else cell.text.strip()

    def short(self, key: str, most: int) -> str:
        """A text of so many characters at most."""
        text = self.text(key)
        if len(text) > most:
            self.fault(key, f"is longer than {most} characters.", "Shorten it.", "long", most=most)
        return text

    def choice(self, key: str, words: Mapping[str, _T], known: str) -> _T | None:
        """One of the words."""
        text = self.text(key)
        if text.casefold() not in words:
            self.fault(key, f'"{text}" is not known.', f"Write {known}.", f"choice_{key}", text=text[:40])
        return words.get(text.casefold())

    def day(self, key: str) -> date | None:
        """A day in any usual form; None when the cell is empty or is none."""
        text = self.text(key)
        return self.day_of(key, text) if text else None

    def day_of(self, key: str, text: str) -> date | None:
        """A day that is a part of the cell."""
        for form in _DAYS:
            try:
                return datetime.strptime(text, form).replace(tzinfo=UTC).date()
            except ValueError:
                continue
        self.fault(key, f'"{text}" is no day.', "Write year-month-day, such as 2026-01-31.")
        return None

    def named(self, key: str, known: Mapping[str, Title]) -> str:
        """The id of what is named by id or by title; empty when the cell is."""
        text = self.text(key)
        if not text or text in known:
            return text
        found = [name for name, title in known.items() if text.casefold() in (title.zh.casefold(), title.en.casefold())]
        if len(found) == 1:
            return found[0]
        if found:
            self.fault(key, f'"{text}" is several.', f"Write the id: {', '.join(found)}.")
        else:
            self.fault(
                key, f'"{text}" is not known.', did_you_mean(text, [*known, *(each.zh for each in known.values())])
            )
        return ""

    def fault(self, key: str, what: str, mend: str, id: str = "", **params: object) -> None:
        """Refuse the cell."""
        column = self._columns.get(key, 0)
        place = self._sheet.place(self._row, column)
        self._at.append(column)
        self.faults.append(CellFault(place, self._row + 1, self._title(key), what, mend, id, params))

    def _title(self, key: str) -> str:
        column = self._columns.get(key)
        return self._known[key][0] if column is None else self._sheet.rows[self._head][column].text
