"""The one door to spreadsheets: rows of text cells out of an XLSX or CSV file, and XLSX files with plain sheets."""

import codecs
import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell as XlsxCell
from openpyxl.cell.cell import MergedCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from facility.domain.errors import Refusal
from facility.site.writing import number

MOST_BYTES, MOST_ROWS, MOST_COLUMNS = 20_000_000, 20_000, 200
_SEPARATORS = ",;\t"


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell, as text without blanks around it; `fault`: why it cannot be taken."""

    text: str
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of cells, from row 1 and column A on. `decimal_comma`: 0,1 means 0.1."""

    name: str
    rows: Sequence[Sequence[Cell]]
    decimal_comma: bool = False

    def place(self, row: int, column: int) -> str:
        """How a spreadsheet names the cell; both count from 0: Sheet1!D7."""
        return f"{self.name}!{get_column_letter(column + 1)}{row + 1}"


@dataclass(frozen=True, slots=True)
class Written:
    """A sheet to write: rows of texts and numbers, the first one bold. `choices`: by column, what a list offers."""

    name: str
    rows: Sequence[Sequence[str | float | None]]
    widths: Sequence[int] = ()
    choices: Mapping[int, Sequence[str]] = field(default_factory=dict)


def read_sheets(path: Path) -> list[Sheet]:
    """The sheets of a file; Refusal says what is wrong with it and how to mend it."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Refusal(f"{path} is larger than {MOST_BYTES // 1_000_000} MB. Keep the points alone in it.")
        if path.suffix.lower() in (".xlsx", ".xlsm"):
            return _xlsx(path)
        if path.suffix.lower() in (".csv", ".txt", ".tsv"):
            return [_csv(path.stem, path.read_bytes())]
    except OSError as error:
        raise Refusal(f"{path} cannot be read: {error.strerror}.") from None
    raise Refusal(f"{path} is neither .xlsx nor .csv. Save it as one of them.")


def write_sheets(path: Path, sheets: Sequence[Written]) -> None:
    """A new XLSX file; Refusal when there is one already."""
    if path.suffix.lower() != ".xlsx":
        raise Refusal(f"{path} must end in .xlsx.")
    book = Workbook()
    book.remove(book.worksheets[0])
    for written in sheets:
        _fill(book.create_sheet(written.name), written)
    try:
        with path.open("xb") as file:
            book.save(file)
    except FileExistsError:
        raise Refusal(f"{path} exists already. Name another file.") from None


def _xlsx(path: Path) -> list[Sheet]:
    """Values as the spreadsheet program stored them, and the formulas beside them: one without a value is a fault."""
    try:
        data = path.read_bytes()
        values, formulas = (load_workbook(io.BytesIO(data), data_only=data_only) for data_only in (True, False))
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, EOFError):
        raise Refusal(f"{path} is no workbook. Save it again as .xlsx, without a password.") from None
    found = []
    for sheet in values.worksheets:
        if sheet.sheet_state != "visible":
            continue
        if sheet.max_row > MOST_ROWS or sheet.max_column > MOST_COLUMNS:
            what = f"{path}: {sheet.title} has {sheet.max_row} rows and {sheet.max_column} columns."
            raise Refusal(f"{what} Delete what is empty; at most {MOST_ROWS} and {MOST_COLUMNS} are read.")
        found.append(Sheet(sheet.title, _rows(sheet, formulas[sheet.title])))
    return found


def _rows(values: Worksheet, formulas: Worksheet) -> list[list[Cell]]:
    merged = {
        (row, column)
        for area in values.merged_cells.ranges
        for row, column in area.cells
        if (row, column) != (area.min_row, area.min_col)
    }
    return [
        [
            Cell("", "is part of merged cells. Unmerge them and fill in each.")
            if (cell.row, cell.column) in merged
            else _cell(cell.value, cell.data_type, formula.value)
            for cell, formula in zip(row, beside, strict=True)
        ]
        for row, beside in zip(values.iter_rows(), formulas.iter_rows(), strict=True)
    ]


def _cell(value: object, kind: str, formula: object) -> Cell:
    if value is None and isinstance(formula, str) and formula.startswith("="):
        return Cell("", "is a formula without a result. Save the file in a spreadsheet program, or write the value.")
    if kind == "e":
        return Cell(str(value), "is an error of the spreadsheet. Mend its formula.")
    if isinstance(value, datetime | date | time | timedelta):
        return Cell(str(value), "became a date. Format the cell as text and write the value again.")
    if isinstance(value, bool):
        return Cell("true" if value else "false")
    if isinstance(value, float):
        return Cell(number(value))
    return Cell("" if value is None else str(value).strip())


def _csv(name: str, data: bytes) -> Sheet:
    text = _decoded(data)
    head = text.lstrip("\r\n ").partition("\n")[0]
    separator = max(_SEPARATORS, key=head.count)
    rows = []
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
        rows.append([Cell(item.strip()) for item in row])
        if len(rows) > MOST_ROWS:
            raise Refusal(f"{name} has more than {MOST_ROWS} rows. Keep the points alone in it.")
    return Sheet(name, rows, decimal_comma=separator == ";")


def _decoded(data: bytes) -> str:
    """UTF-8 with or without a mark, UTF-16 with one, else GB18030, as Chinese spreadsheet programs save CSV."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refusal("The CSV file is neither UTF-8 nor GB18030 text. Save it as UTF-8.")


def _fill(sheet: Worksheet, written: Written) -> None:
    for row in written.rows:
        sheet.append([*row])
    for cells in sheet.iter_rows():
        for cell in cells:
            _dress(cell, head=cell.row == 1)
    for column, width in enumerate(written.widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    for column, words in written.choices.items():
        letter = get_column_letter(column + 1)
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
