"""Sheets out of files: workbooks (XLSX), and CSV as people save it, in any encoding and with any separator."""

import codecs
import csv
import io
from pathlib import Path

from facility.domain.errors import Refusal
from facility.site.sheet import Cell, Sheet

MOST_BYTES, MOST_ROWS = 20_000_000, 20_000
_SEPARATORS = ",;\t"


def read_sheets(path: Path) -> list[Sheet]:
    """The sheets of a file; Refusal says what is wrong with it and how to mend it."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Refusal(f"{path} is larger than {MOST_BYTES // 1_000_000} MB. Keep the points alone in it.")
        if path.suffix.lower() in (".xlsx", ".xlsm"):
            from facility.site.workbook import read_workbook  # here: openpyxl takes a while to import

            return read_workbook(path)
        if path.suffix.lower() in (".csv", ".txt", ".tsv"):
            return [_csv(path.stem, path.read_bytes())]
    except OSError as error:
        raise Refusal(f"{path} cannot be read: {error.strerror}.") from None
    raise Refusal(f"{path} is neither .xlsx nor .csv. Save it as one of them.")


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
