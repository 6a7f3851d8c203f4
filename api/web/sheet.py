"""Sheets for export: CSV that no spreadsheet program takes for formulas."""

import csv
import io
from collections.abc import Iterable, Sequence

FORMULA = ("=", "+", "-", "@", "\t")


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """CSV; a cell that a spreadsheet program would take for a formula begins with an apostrophe."""
    file = io.StringIO()
    writer = csv.writer(file)
    for row in rows:
        writer.writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in row])
    return file.getvalue()
