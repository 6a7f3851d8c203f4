"""The one door to openpyxl: workbooks read as sheets of text, and written from plain rows."""

import io
import re
import zipfile
import zlib
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell as XlsxCell
from openpyxl.cell.cell import MergedCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from facility.domain.errors import Refusal
from facility.site.sheet import Cell, Sheet, SheetRefused, Written, letters
from facility.site.writing import number

MOST_ROWS, MOST_COLUMNS = 20_000, 200
MOST_UNPACKED = 200_000_000
"""Bytes: a small file may hold a very large one, and the reader keeps all of it."""
MOST_MERGED = 100_000
_MERGED = re.compile(rb'mergeCell\s[^>]*?ref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')
_DAMAGED = (
    InvalidFileException, zipfile.BadZipFile, zlib.error, SyntaxError, LookupError, ValueError, TypeError, AttributeError,
    EOFError, RuntimeError,
)  # fmt: skip
"""What openpyxl raises over a damaged file, by where it is damaged. A SyntaxError is one of its XML."""


def sheets_in(data: bytes, name: str) -> list[Sheet]:
    """Its visible sheets; a formula whose value the spreadsheet program did not store is a fault. SheetRefused."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            _require_small(parts, name)
        values, formulas = (load_workbook(io.BytesIO(data), data_only=data_only) for data_only in (True, False))
    except _DAMAGED:
        what = f"{name} is no workbook. Save it again as .xlsx, without a password."
        raise SheetRefused("workbook_damaged", what) from None
    found = []
    for sheet in values.worksheets:
        if sheet.sheet_state != "visible":
            continue
        if sheet.max_row > MOST_ROWS or sheet.max_column > MOST_COLUMNS:
            what = f"{name}: {sheet.title} has {sheet.max_row} rows and {sheet.max_column} columns."
            mend = f"Delete what is empty; at most {MOST_ROWS} and {MOST_COLUMNS} are read."
            raise SheetRefused("rows", f"{what} {mend}", sheet=sheet.title, most=MOST_ROWS)
        found.append(Sheet(sheet.title, _rows(sheet, formulas[sheet.title])))
    if not found:
        raise SheetRefused("no_sheet", f"{name} has no visible sheet. Show the sheet with the list, and save it.")
    return found


def _require_small(parts: zipfile.ZipFile, name: str) -> None:
    """SheetRefused for what would fill the memory: openpyxl makes an object of each cell, merged ones too."""
    size = sum(part.file_size for part in parts.infolist())
    if size > MOST_UNPACKED:
        raise SheetRefused("unpacked", f"{name} unpacks to {size} bytes. Copy the list alone into a new workbook.")
    for part in parts.namelist():
        if part.startswith("xl/worksheets/") and part.endswith(".xml"):
            areas = [area.decode() for area in _MERGED.findall(parts.read(part))]
            cells = sum((right - left + 1) * (bottom - top + 1) for left, top, right, bottom in map(_bounds, areas))
            if cells > MOST_MERGED:
                raise SheetRefused("many_merged", f"{name} merges {cells} cells. Unmerge the cells of the list.")


def _bounds(area: str) -> tuple[int, int, int, int]:
    left, top, right, bottom = range_boundaries(area)
    if left is None or top is None or right is None or bottom is None:
        raise ValueError(area)
    return left, top, right, bottom


def _rows(values: Worksheet, formulas: Worksheet) -> list[list[Cell]]:
    merged = {
        (row, column)
        for area in values.merged_cells.ranges
        for row, column in area.cells
        if (row, column) != (area.min_row, area.min_col)
    }
    return [
        [
            Cell("", "is part of merged cells. Unmerge them and fill in each.", "merged")
            if (cell.row, cell.column) in merged
            else _cell(cell.value, cell.data_type, formula.value)
            for cell, formula in zip(row, beside, strict=True)
        ]
        for row, beside in zip(values.iter_rows(), formulas.iter_rows(), strict=True)
    ]


def _cell(value: object, kind: str, formula: object) -> Cell:
    if value is None and isinstance(formula, str) and formula.startswith("="):
        what = "is a formula without a result. Save the file in a spreadsheet program, or write the value."
        return Cell("", what, "formula")
    if kind == "e":
        return Cell(str(value), "is an error of the spreadsheet. Mend its formula.", "cell_error")
    if isinstance(value, datetime | date | time | timedelta):
        return Cell(str(value), "became a date. Format the cell as text and write the value again.", "became_date")
    if isinstance(value, bool):
        return Cell("true" if value else "false")
    if isinstance(value, float):
        return Cell(number(value))
    return Cell("" if value is None else str(value).strip())


def write_workbook(path: Path, sheets: Sequence[Written]) -> None:
    """A new XLSX file; Refusal when there is one already."""
    if path.suffix.lower() != ".xlsx":
        raise Refusal(f"{path} must end in .xlsx.")
    data = workbook(sheets)
    try:
        with path.open("xb") as file:
            file.write(data)
    except FileExistsError:
        raise Refusal(f"{path} exists already. Name another file.") from None


def workbook(sheets: Sequence[Written]) -> bytes:
    """An XLSX file's content."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for written in sheets:
        _fill(book.create_sheet(written.name), written)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _fill(sheet: Worksheet, written: Written) -> None:
    for row in written.rows:
        sheet.append([*row])
    for cells in sheet.iter_rows():
        for cell in cells:
            _dress(cell, head=cell.row == 1)
    for column, width in enumerate(written.widths):
        sheet.column_dimensions[letters(column)].width = width
    for column, words in written.choices.items():
        letter = letters(column)
        offered = DataValidation(type="list", formula1=f'"{",".join(words)}"', allow_blank=True, showErrorMessage=False)
        offered.add(f"{letter}2:{letter}2000")
        sheet.add_data_validation(offered)
    sheet.freeze_panes = "A2"


def _dress(cell: XlsxCell | MergedCell, *, head: bool) -> None:
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if isinstance(cell.value, str):
        cell.number_format = "@"  # text stays text: 1-2 is no date
        cell.data_type = "s"  # and a text that begins with = is no formula
    if head:
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="DDE7F0")
