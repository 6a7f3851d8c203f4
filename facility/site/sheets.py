"""Sheets out of files: workbooks (XLSX), and CSV as people save it, in any encoding and with any separator."""

import codecs
import csv
import io
from collections.abc import Callable
from pathlib import Path

from facility.domain.errors import Refusal
from facility.site.sheet import Cell, Sheet, SheetRefused

MOST_BYTES, MOST_ROWS = 20_000_000, 20_000
_SEPARATORS = ",;\t"
_ZIPPED, _OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"  # how workbooks begin, and those of old programs or with a password


def read_sheets(path: Path) -> list[Sheet]:
    """The sheets of a file; Refusal says what is wrong with it and how to mend it."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Refusal(f"{path} is larger than {MOST_BYTES // 1_000_000} MB. Keep the points alone in it.")
        if path.suffix.lower() in (".xlsx", ".xlsm"):
            return _workbook_reader()(path.read_bytes(), str(path))
        if path.suffix.lower() in (".csv", ".txt", ".tsv"):
            return [_csv(path.stem, path.read_bytes())]
    except OSError as error:
        raise Refusal(f"{path} cannot be read: {error.strerror}.") from None
    raise Refusal(f"{path} is neither .xlsx nor .csv. Save it as one of them.")


def sheets_of(data: bytes, name: str) -> list[Sheet]:
    """The sheets of a file that was sent: what it is shows in its bytes, whatever its name says. SheetRefused."""
    if data.startswith(_ZIPPED):
        return _workbook_reader()(data, name)
    if data.startswith(_OLD):
        raise SheetRefused("workbook_damaged", f"{name} is no workbook of today. Save it as .xlsx, without a password.")
    if not data.strip():
        raise SheetRefused("empty", f"{name} is empty.")
    return [_csv(Path(name).stem or "CSV", data)]


def _workbook_reader() -> Callable[[bytes, str], list[Sheet]]:
    from facility.site.workbook import sheets_in  # here: openpyxl takes a while to import

    return sheets_in


def _csv(name: str, data: bytes) -> Sheet:
    try:
        return _read_csv(name, _decoded(data))
    except csv.Error as error:
        what = f"{name} is no CSV text ({error}). Save it again as CSV, or as .xlsx."
        raise SheetRefused("csv_damaged", what) from None


def _read_csv(name: str, text: str) -> Sheet:
    head = text.lstrip("\r\n ").partition("\n")[0]
    separator = max(_SEPARATORS, key=head.count)
    rows = []
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
        rows.append([Cell(item.strip()) for item in row])
        if len(rows) > MOST_ROWS:
            what = f"{name} has more than {MOST_ROWS} rows. Delete what is not needed in it."
            raise SheetRefused("rows", what, sheet=name, most=MOST_ROWS)
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
    raise SheetRefused("encoding", "The CSV file is neither UTF-8 nor GB18030 text. Save it as UTF-8.")
