"""A sheet: rows of cells as a person sees them in a spreadsheet, whatever file they came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from facility.domain.errors import Refusal


class SheetRefused(Refusal):
    """A file that cannot be read as a sheet; `id` and `params`: of the text that says so to whoever reads no English."""

    def __init__(self, id: str, what: str, **params: object) -> None:
        super().__init__(what)
        self.id, self.params = id, params


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell, as text without blanks around it; `fault`: why it cannot be taken, `fault_id` the text of it."""

    text: str
    fault: str = ""
    fault_id: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of cells, from row 1 and column A on. `decimal_comma`: 0,1 means 0.1."""

    name: str
    rows: Sequence[Sequence[Cell]]
    decimal_comma: bool = False

    def place(self, row: int, column: int) -> str:
        """How a spreadsheet names the cell; both count from 0: Sheet1!D7."""
        return f"{self.name}!{letters(column)}{row + 1}"


@dataclass(frozen=True, slots=True)
class Written:
    """A sheet to write: rows of texts and numbers, the first one bold. `choices`: by column, what a list offers."""

    name: str
    rows: Sequence[Sequence[str | float | None]]
    widths: Sequence[int] = ()
    choices: Mapping[int, Sequence[str]] = field(default_factory=dict)


def letters(column: int) -> str:
    """How a spreadsheet names a column that counts from 0: A … Z, AA …"""
    name = ""
    column += 1
    while column:
        column, place = divmod(column - 1, 26)
        name = chr(ord("A") + place) + name
    return name
