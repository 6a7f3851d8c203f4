"""Lines of numbers on their way to a history that takes rows: packed by one struct, never formatted, never parsed.

A batch of them is self-contained, so that a spool can be read after a restart with another site file, and as text by a history
that takes lines: <mark> <check sum> <length of head> <head: JSON> <sheet of each row> <rows> <other lines, as text>.
"""

import json
import zlib
from collections.abc import Iterator, Sequence
from functools import cache
from math import nan
from struct import Struct
from typing import NamedTuple

from collectors.shared import shared
from facility.ports import Numbers

MARK = b"\x00rows\x01"  # no line begins so
_NUMBER = Struct("<I")
AT = Struct("<q")
_struct = cache(Struct)


class Damaged(ValueError):
    """These bytes are not what was packed."""


class Row(NamedTuple):
    """One line of a sheet."""

    sheet: "Sheet"
    packed: bytes  # time in Unix ns, then a number a point; NaN: it is not of this line


class Sheet:
    """What the lines of one block have in common. `single`: all numbers are those of a float32, which gives half the bytes."""

    __slots__ = ("_gaps", "_unpack", "forms", "kind", "pack", "series", "whole_kind")

    def __init__(self, series: str, names: Sequence[str], forms: Sequence[str], *, single: bool) -> None:
        self.series = series
        self.kind: str = shared("kind", f"{'f' if single else 'd'} {','.join(names)}")
        self.whole_kind = shared("whole kind", (self.kind, ",".join(forms)))
        self.forms = self.whole_kind[1]
        self.pack = _struct(f"<q{len(names)}{self.kind[0]}").pack  # time in Unix ns, then a number a point
        self._unpack = _struct(f"<{len(names)}{self.kind[0]}").unpack_from
        self._gaps = shared("gaps", (nan,) * len(names))

    def numbers(self, packed: bytes) -> tuple[float, ...]:
        """The numbers of what was packed."""
        return self._unpack(packed, AT.size)

    def bare(self, packed: bytes) -> bytes:
        """The same without the time."""
        return packed[AT.size :]

    def some(self, slots: Sequence[int], values: Sequence[float], at_ns: int) -> Row:
        """The line of the points at `slots`."""
        chosen = [*self._gaps]
        for slot in slots:
            chosen[slot] = values[slot]
        return Row(self, self.pack(at_ns, *chosen))


def packed(lines: Sequence[str | Row]) -> bytes:
    """A batch; plain text when there is no row among them."""
    rows = [line for line in lines if type(line) is Row]
    text = "".join([line for line in lines if isinstance(line, str)]).encode(errors="replace")
    if not rows:
        return text
    sheets = {sheet: number for number, sheet in enumerate(dict.fromkeys([sheet for sheet, _ in rows]))}
    kinds = {kind: number for number, kind in enumerate(dict.fromkeys([sheet.whole_kind for sheet in sheets]))}
    series = [[sheet.series for sheet in sheets], [kinds[sheet.whole_kind] for sheet in sheets]]
    head = json.dumps({"rows": len(rows), "kinds": [*kinds], "sheets": series}, separators=(",", ":")).encode()
    order = Struct(f"<{len(rows)}I").pack(*[sheets[sheet] for sheet, _ in rows])
    body = b"".join([_NUMBER.pack(len(head)), head, order, *[row for _, row in rows], text])
    return MARK + _NUMBER.pack(zlib.crc32(body)) + body


def rows_of(batch: bytes) -> tuple[list[Numbers], bytes]:
    """Its rows, and its other lines as text; Damaged."""
    sheets, found, text = _read(batch)
    return [
        Numbers(series, at, kind, packed) for (series, kind, _), (at, packed) in zip(sheets, found, strict=True)
    ], text


def text_of(batch: bytes) -> bytes:
    """All its lines as text; Damaged."""
    sheets, found, text = _read(batch)
    lines = [
        _line(Numbers(series, at, kind, packed), forms)
        for (series, kind, forms), (at, packed) in zip(sheets, found, strict=True)
    ]
    return "".join(lines).encode() + text


def _read(batch: bytes) -> tuple[list[tuple[str, str, str]], list[tuple[int, bytes]], bytes]:
    """Of each row: series, kind and forms; time and values. Then the other lines."""
    if not batch.startswith(MARK):
        return [], [], batch
    start = len(MARK) + _NUMBER.size
    body = batch[start:]
    if batch[len(MARK) : start] != _NUMBER.pack(zlib.crc32(body)):
        raise Damaged("its check sum is wrong")
    order_at = _NUMBER.size + _NUMBER.unpack_from(body)[0]
    head = json.loads(body[_NUMBER.size : order_at])
    kinds, (series, kind_of) = head["kinds"], head["sheets"]
    sheets = [(name, *kinds[number]) for name, number in zip(series, kind_of, strict=True)]
    size_of = [_struct(f"<q{kind.count(',') + 1}{kind[0]}").size for kind, _ in kinds]
    order = Struct(f"<{head['rows']}I")
    at, numbers = order_at + order.size, order.unpack_from(body, order_at)
    sizes = [size_of[kind_of[number]] for number in numbers]
    end = at + sum(sizes)
    return [sheets[number] for number in numbers], [*_rows(body[at:end], sizes)], body[end:]


def _rows(body: bytes, sizes: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    """Time and values of each row; mostly all devices are alike, and one struct takes them apart."""
    if len({*sizes}) == 1:
        return _struct(f"<q{sizes[0] - AT.size}s").iter_unpack(body)
    return _unlike_rows(body, sizes)


def _unlike_rows(body: bytes, sizes: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    at = 0
    for size in sizes:
        yield AT.unpack_from(body, at)[0], body[at + AT.size : at + size]
        at += size


def _line(row: Numbers, forms: str) -> str:
    given = zip(row.fields(), forms.split(","), strict=True)
    fields = [f"{name}={'%' + form}" % number for (name, number), form in given if number == number]
    return f"{row.series} {','.join(fields)} {row.at}\n"
