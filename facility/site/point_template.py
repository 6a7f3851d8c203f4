"""The sheet to fill in: headers, an example or the points of a profile, and notes in both languages."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from facility.domain.errors import Refusal
from facility.domain.profile import ByteOrder, Point, Profile, RawType, Register, Table
from facility.domain.text import Language
from facility.domain.unit import Unit
from facility.site.point_columns import BY_KEY, COLUMNS, NEEDED, labels_text
from facility.site.sheet import Written
from facility.site.writing import number

Row = list[str | float | None]
_ORDERS = [order.value for order in ByteOrder if order.words == 2]
_CHOICES = {
    "read.table": [*Table],
    "read.type": [*RawType],
    "read.order": _ORDERS,
    "base": ["0", "1"],
    "unit": [*Unit][1:],
}


def write_template(path: Path, points: Iterable[Point], notes: Sequence[tuple[str, str]]) -> None:
    """Write the sheet; without points an example row. `notes`: a title and a text each, in this order. Refusal."""
    from facility.site.workbook import write_workbook  # here: openpyxl takes a while to import

    rows = [row_of(point) for point in points] or [[column.example or None for column in COLUMNS]]
    keys = [column.key for column in COLUMNS]
    choices = {keys.index(key): [str(word) for word in words] for key, words in _CHOICES.items()}
    sheets = [
        Written("Points", [header(), *rows], [column.width for column in COLUMNS], choices),
        Written("Notes 说明", [["", ""], *([title, text] for title, text in notes)], [26, 100]),
    ]
    write_workbook(path, sheets)


def header() -> Row:
    """The names of the columns, in both languages; needed ones with a star."""
    return [f"{' / '.join(column.names[:2])}{' (*)' if column.key in NEEDED else ''}" for column in COLUMNS]


def row_of(point: Point) -> Row:
    """A point as a row; Refusal when it is not read from registers."""
    read = point.read
    if not isinstance(read, Register):
        raise Refusal(f"point {point.name} comes in messages: sheets are for registers.")
    several = read.type.words > 1
    values: dict[str, str | float | None] = {
        "point": point.name,
        "title.en": point.title.en,
        "title.zh": point.title.zh,
        "unit": point.unit.value or None,
        "read.table": read.table.value,
        "read.address": read.address,
        "base": 0,
        "read.type": read.type.value,
        "read.order": read.order.value if several else None,
        "read.bit": read.bit if read.part_of_word else None,
        "read.width": read.width
        if read.type is RawType.BITS or (read.part_of_word and read.type is RawType.ENUM)
        else None,
        "read.length": read.length or None,
        "read.scale": read.scale if read.scale != 1 else None,
        "read.offset": read.offset or None,
        "low": point.low,
        "high": point.high,
        "every": f"{number(point.every.total_seconds())}s",
        "deadband": point.deadband or None,
        "labels": _labels(point) or None,
        "read.sentinels": "; ".join(map(_codes, read.sentinels)) or None,
    }
    return [values[column.key] for column in COLUMNS]


def left_out(profile: Profile) -> list[str]:
    """Points with more than the columns hold; an import into the same profile keeps it."""
    found = []
    for point in profile.points.values():
        read = point.read
        extra = isinstance(read, Register) and (read.ratios or read.radix or read.coding)
        if extra or point.counter or point.main:
            found.append(point.name)
    return found


def _codes(codes: int | range) -> str:
    return f"0x{codes:X}" if isinstance(codes, int) else f"0x{codes.start:X}..0x{codes.stop - 1:X}"


def _labels(point: Point) -> str:
    return labels_text(
        (int(code), key, point.labels[key].en, point.labels[key].zh) for code, key in point.codes.items()
    )


def note_ids() -> list[str]:
    """Keys of the notes, in their order."""
    return ["about", *(column.key.replace(".", "_") for column in COLUMNS)]


def column_title(key: str, language: Language) -> str:
    """How the notes call a column."""
    column = next((column for column in BY_KEY.values() if column.key.replace(".", "_") == key), None)
    if column is None:
        return ""
    return column.names[1] if language is Language.ZH_CN else column.names[0]
