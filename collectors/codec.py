"""Codec: the payload of one block into values. Planned once at start: one unpack, one scaling pass, one range pass.

`good` is the fast way: it gives all values, or None when anything at all looks odd; `each` then says point by point
what is good and why the rest is not. A value is never invented: there is a good value or a reason.
"""

import sys
from array import array
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from math import isfinite, lcm
from operator import itemgetter, truediv
from struct import Struct

from collectors.wire import BadAnswer, Request
from facility.domain.profile import ByteOrder, Point, RawType, Register
from facility.domain.reading import BadReason, Value
from facility.domain.reads import register_of

Fields = Sequence[int | float]
Unpack = Callable[[bytes], Fields]

_FORMATS = {
    RawType.UINT16: "H",
    RawType.INT16: "h",
    RawType.UINT32: "I",
    RawType.INT32: "i",
    RawType.FLOAT32: "f",
    RawType.BIT: "H",
    RawType.ENUM: "H",
}
_BYTES = {
    ByteOrder.ABCD: (0, 1, 2, 3),
    ByteOrder.CDAB: (2, 3, 0, 1),
    ByteOrder.BADC: (1, 0, 3, 2),
    ByteOrder.DCBA: (3, 2, 1, 0),
}
_MOST = sys.float_info.max  # the widest measuring range; infinities and NaN are outside of it
_FINEST = 10**9  # scales with more decimals than this are multiplied, not divided


class BlockCodec:
    """Decodes the payload of one request that spans these points; values come in their order."""

    def __init__(self, points: Sequence[Point], request: Request) -> None:
        registers = [register_of(point) for point in points]
        of_bits = registers[0].table.of_bits
        self._size, start = request.size, request.address
        self._registers = registers
        self._unpack = _unpack_bits(registers, start) if of_bits else _unpack_words(registers, start)
        self._codes = self._unpack if of_bits else _gather(registers, start, "HI")
        rationals = [_rational(register) for register in registers]
        self._numerators, self._addends, self._divisors = zip(*rationals, strict=True)
        self._plain = all(r.type is RawType.FLOAT32 for r in registers) and set(rationals) == {(1.0, 0.0, 1.0)}
        self._only_divided = all((p, o) == (1.0, 0.0) for p, o, _ in rationals)
        self._ranges = list(map(_range, points, registers))
        self._lows, self._highs = zip(*self._ranges, strict=True)
        self._bits = [(i, r.bit) for i, r in enumerate(registers) if r.type is RawType.BIT and not of_bits]
        self._label_of = {i: _labels(points[i]) for i, r in enumerate(registers) if r.type is RawType.ENUM}
        self._traps = [(i, trap) for i, r in enumerate(registers) if (trap := self._trap(i, r))]

    def good(self, payload: bytes) -> Sequence[Value] | None:
        """All values, or None when at least one point needs a closer look; BadAnswer on a wrong length."""
        fields = self._fields(payload)
        values = self._scaled(fields)
        for low, value, high in zip(self._lows, values, self._highs):  # noqa: B905 - equal by construction, hot
            if not low <= value <= high:
                return None
        for i, trap in self._traps:
            if fields[i] in trap:
                return None
        return self._dressed(fields, values) if self._bits or self._label_of else values

    def each(self, payload: bytes) -> tuple[list[Value | None], list[BadReason]]:
        """Value (None when bad) and reason (NONE when good) of each point; BadAnswer on a wrong length."""
        fields = self._fields(payload)
        judged = list(map(self._judge, range(len(fields)), fields, self._codes(payload), self._scaled(fields)))
        return [value for value, _ in judged], [reason for _, reason in judged]

    def _fields(self, payload: bytes) -> Fields:
        if len(payload) != self._size:
            raise BadAnswer(f"{len(payload)} bytes instead of {self._size}")
        return self._unpack(payload)

    def _scaled(self, fields: Fields) -> Sequence[float]:
        if self._plain:
            return fields
        if self._only_divided:
            return list(map(truediv, fields, self._divisors))
        numbers = zip(fields, self._numerators, self._addends, self._divisors)  # noqa: B905 - equal, hot
        return [(field * p + o) / q for field, p, o, q in numbers]

    def _dressed(self, fields: Fields, values: Sequence[float]) -> list[Value] | None:
        dressed: list[Value] = [*values]
        for i, bit in self._bits:
            dressed[i] = float(int(fields[i]) >> bit & 1)
        for i, labels in self._label_of.items():
            label = labels.get(int(fields[i]))
            if label is None:
                return None
            dressed[i] = label
        return dressed

    def _judge(self, i: int, field: float, code: float, scaled: float) -> tuple[Value | None, BadReason]:
        register = self._registers[i]
        if code in register.sentinels:
            return None, BadReason.SENTINEL
        if register.type is RawType.ENUM:
            label = self._label_of[i].get(int(field))
            return label, BadReason.UNKNOWN_LABEL if label is None else BadReason.NONE
        if register.type is RawType.BIT:
            return float(int(field) if register.table.of_bits else int(field) >> register.bit & 1), BadReason.NONE
        if not isfinite(scaled):
            return None, BadReason.NOT_A_NUMBER
        low, high = self._ranges[i]
        return (scaled, BadReason.NONE) if low <= scaled <= high else (None, BadReason.OUT_OF_RANGE)

    def _trap(self, i: int, register: Register) -> frozenset[int | float]:
        """The sentinels, as fields, that the range pass would let through."""
        low, high = self._ranges[i]
        p, o, q = self._numerators[i], self._addends[i], self._divisors[i]
        fields = (_field(register, code) for code in register.sentinels)
        return frozenset(field for field in fields if low <= (field * p + o) / q <= high)


def _unpack_words(registers: Sequence[Register], start: int) -> Unpack:
    """One struct over the payload where the layout allows it; else the bytes are put in order first."""
    orders = {register.order for register in registers if register.type.words == 2}
    apart = all(a.address + a.type.words <= b.address for a, b in pairwise(registers))
    if apart and orders <= {ByteOrder.ABCD}:
        return Struct(">" + _spaced(registers, start)).unpack_from
    if apart and orders == {ByteOrder.CDAB}:
        return _swapping(Struct("<" + _spaced(registers, start)))
    return _gather(registers, start)


def _swapping(struct: Struct) -> Unpack:
    """CDAB with the bytes of each word swapped is DCBA: little-endian, words and all."""

    def unpack(payload: bytes) -> Fields:
        words = array("H", payload)
        words.byteswap()
        return struct.unpack_from(words)

    return unpack


def _spaced(registers: Sequence[Register], start: int) -> str:
    parts, at = [], start
    for register in registers:
        parts.append(f"{2 * (register.address - at)}x{_FORMATS[register.type]}")
        at = register.address + register.type.words
    return "".join(parts)


def _gather(registers: Sequence[Register], start: int, codes: str = "") -> Unpack:
    """Any order and overlap: the bytes of each point in turn. With `codes` "HI": unsigned raw codes in place of values."""
    places, formats = [], []
    for register in registers:
        first = 2 * (register.address - start)
        words = register.type.words
        places += [first + byte for byte in (_BYTES[register.order] if words == 2 else (0, 1))]
        formats.append(codes[words - 1] if codes else _FORMATS[register.type])
    struct, pick = Struct(">" + "".join(formats)), itemgetter(*places)
    return lambda payload: struct.unpack(bytes(pick(payload)))


def _unpack_bits(registers: Sequence[Register], start: int) -> Unpack:
    if wrong := [r.type for r in registers if r.type not in (RawType.BIT, RawType.ENUM)]:
        raise TypeError(f"a table of bits cannot hold {wrong[0]}")
    shifts = [register.address - start for register in registers]

    def unpack(payload: bytes) -> Fields:
        bits = int.from_bytes(payload, "little")
        return [bits >> shift & 1 for shift in shifts]

    return unpack


def _rational(register: Register) -> tuple[float, float, float]:
    """Scale and offset as (raw × p + o) / q with whole numbers: 123 × 0.1 is then 12.3, not 12.300000000000001."""
    if register.type in (RawType.BIT, RawType.ENUM):
        return 1.0, 0.0, 1.0
    scale, offset = Fraction(repr(register.scale)), Fraction(repr(register.offset))
    q = lcm(scale.denominator, offset.denominator)
    if q > _FINEST:
        return float(register.scale), float(register.offset), 1.0
    return float(scale * q), float(offset * q), float(q)


def _range(point: Point, register: Register) -> tuple[float, float]:
    if register.type in (RawType.BIT, RawType.ENUM):
        return -_MOST, _MOST
    return (-_MOST if point.low is None else point.low), (_MOST if point.high is None else point.high)


def _labels(point: Point) -> dict[int, str]:
    return {int(code): label for code, label in point.codes.items()}


def _field(register: Register, code: int) -> int | float:
    """A raw code (unsigned) as the field that the struct gives."""
    if register.table.of_bits:
        return code
    unsigned = "I" if register.type.words == 2 else "H"
    field: int | float = Struct(">" + _FORMATS[register.type]).unpack(Struct(">" + unsigned).pack(code))[0]
    return field
