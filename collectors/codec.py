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

from collectors import raw
from collectors.wire import BadAnswer, Request
from facility.domain.profile import ByteOrder, Coding, Point, RawType, Register
from facility.domain.reading import BadReason, Value
from facility.domain.reads import register_of

Field = int | float
Fields = Sequence[Field]
Unpack = Callable[[bytes], Fields]

_FORMATS = {
    RawType.UINT16: "H",
    RawType.INT16: "h",
    RawType.UINT32: "I",
    RawType.INT32: "i",
    RawType.UINT64: "Q",
    RawType.INT64: "q",
    RawType.FLOAT32: "f",
    RawType.FLOAT64: "d",
    RawType.BCD16: "H",
    RawType.BCD32: "I",
    RawType.BIT: "H",
    RawType.BITS: "H",
    RawType.ENUM: "H",
}
_CODES = {1: "H", 2: "I", 4: "Q"}  # unsigned raw codes, by words
_FLOATS = (RawType.FLOAT32, RawType.FLOAT64)
_UNSCALED = (RawType.BIT, RawType.ENUM, RawType.STRING)
_STRAIGHT = {ByteOrder.ABCD, ByteOrder.ABCDEFGH}
_WORDS_REVERSED = {ByteOrder.CDAB, ByteOrder.GHEFCDAB}
_MOST = sys.float_info.max  # the widest measuring range; infinities and NaN are outside of it
_FINEST = 10**9  # scales with more decimals than this are multiplied, not divided


class BlockCodec:
    """Decodes the payload of one request that spans these points; values come in their order.

    A point with ratios comes without them and without its range check: `collectors.ratios` does both.
    """

    def __init__(self, points: Sequence[Point], request: Request) -> None:
        registers = [register_of(point) for point in points]
        of_bits = registers[0].table.of_bits
        self._size, start = request.size, request.address
        self._registers = registers
        unpack = _unpack_bits(registers, start) if of_bits else _unpack_words(registers, start)
        self._texts = {i: _slice(r, start) for i, r in enumerate(registers) if r.type is RawType.STRING}
        self._unpack = _converting(unpack, registers)
        self._codes = unpack if of_bits else _extracting(_gather(registers, start, codes=True), registers)
        rationals = [_rational(register) for register in registers]
        self._numerators, self._addends, self._divisors = zip(*rationals, strict=True)
        self._plain = all(r.type in _FLOATS for r in registers) and set(rationals) == {(1.0, 0.0, 1.0)}
        self._only_divided = all((p, o) == (1.0, 0.0) for p, o, _ in rationals)
        self._quadrants = [i for i, r in enumerate(registers) if r.coding is Coding.QUADRANT_POWER_FACTOR]
        self._ranges = list(map(_range, points, registers))
        self._lows, self._highs = zip(*self._ranges, strict=True)
        self._bits = [(i, r.bit) for i, r in enumerate(registers) if r.type is RawType.BIT and not of_bits]
        self._label_of = {i: _labels(points[i]) for i, r in enumerate(registers) if r.type is RawType.ENUM}
        self._traps = [(i, trap) for i, r in enumerate(registers) if (trap := self._trap(i, r))]
        self._bands = [(i, *band) for i, r in enumerate(registers) for band in _bands(r)]

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
        for i, least, most in self._bands:
            if least <= fields[i] <= most:
                return None
        return self._dressed(fields, values) if self._bits or self._label_of else values

    def each(self, payload: bytes) -> tuple[list[Value | None], list[BadReason]]:
        """Value (None when bad) and reason (NONE when good) of each point; BadAnswer on a wrong length."""
        fields = self._fields(payload)
        judged = list(map(self._judge, range(len(fields)), fields, self._codes(payload), self._scaled(fields)))
        for i, place in self._texts.items():
            judged[i] = raw.text(payload[place])
        return [value for value, _ in judged], [reason for _, reason in judged]

    def _fields(self, payload: bytes) -> Fields:
        if len(payload) != self._size:
            raise BadAnswer(f"{len(payload)} bytes instead of {self._size}")
        return self._unpack(payload)

    def _scaled(self, fields: Fields) -> Sequence[float]:
        if self._plain:
            values: Sequence[float] = fields
        elif self._only_divided:
            values = list(map(truediv, fields, self._divisors))
        else:
            numbers = zip(fields, self._numerators, self._addends, self._divisors)  # noqa: B905 - equal, hot
            values = [(field * p + o) / q for field, p, o, q in numbers]
        return raw.quadrants_unfolded(values, self._quadrants) if self._quadrants else values

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
        if register.unavailable(int(code)):
            return None, BadReason.SENTINEL
        if register.type is RawType.ENUM:
            label = self._label_of[i].get(int(field))
            return label, BadReason.UNKNOWN_LABEL if label is None else BadReason.NONE
        if register.type is RawType.BIT:
            return float(int(field) if register.table.of_bits else int(field) >> register.bit & 1), BadReason.NONE
        if not isfinite(scaled):
            return None, BadReason.NOT_A_NUMBER if register.type in _FLOATS else BadReason.BAD_PAYLOAD
        low, high = self._ranges[i]
        return (scaled, BadReason.NONE) if low <= scaled <= high else (None, BadReason.OUT_OF_RANGE)

    def _trap(self, i: int, register: Register) -> frozenset[Field]:
        """The single sentinels, as fields, that the range pass would let through."""
        low, high = self._ranges[i]
        p, o, q = self._numerators[i], self._addends[i], self._divisors[i]
        fields = [_field(register, code) for code in register.sentinels if isinstance(code, int)]
        folded = register.coding is Coding.QUADRANT_POWER_FACTOR
        return frozenset(field for field in fields if folded or low <= (field * p + o) / q <= high)


def _converting(unpack: Unpack, registers: Sequence[Register]) -> Unpack:
    """With the fields that are more than a number of the struct turned into one: NaN when it is none."""
    converters = [(i, convert) for i, register in enumerate(registers) if (convert := raw.converter(register))]
    if not converters:
        return unpack

    def converted(payload: bytes) -> Fields:
        fields = [*unpack(payload)]
        for i, convert in converters:
            fields[i] = convert(int(fields[i]))
        return fields

    return converted


def _extracting(codes: Unpack, registers: Sequence[Register]) -> Unpack:
    """With the codes of bit ranges cut out of their words."""
    parts = [(i, r.bit, (1 << r.width) - 1) for i, r in enumerate(registers) if raw.is_range(r)]
    if not parts:
        return codes

    def extracted(payload: bytes) -> Fields:
        fields = [*codes(payload)]
        for i, bit, mask in parts:
            fields[i] = int(fields[i]) >> bit & mask
        return fields

    return extracted


def _unpack_words(registers: Sequence[Register], start: int) -> Unpack:
    """One struct over the payload where the layout allows it; else the bytes are put in order first."""
    orders = {register.order for register in registers if register.type.words > 1}
    apart = all(a.address + a.words <= b.address for a, b in pairwise(registers))
    if apart and orders <= _STRAIGHT:
        return Struct(">" + _spaced(registers, start)).unpack_from
    if apart and orders <= _WORDS_REVERSED:
        return _swapping(Struct("<" + _spaced(registers, start)))
    return _gather(registers, start)


def _swapping(struct: Struct) -> Unpack:
    """CDAB (GHEFCDAB) with the bytes of each word swapped is DCBA (HGFEDCBA): little-endian, words and all."""

    def unpack(payload: bytes) -> Fields:
        words = array("H", payload)
        words.byteswap()
        return struct.unpack_from(words)

    return unpack


def _spaced(registers: Sequence[Register], start: int) -> str:
    parts, at = [], start
    for register in registers:
        parts.append(f"{2 * (register.address - at)}x{_format(register)}")
        at = register.address + register.words
    return "".join(parts)


def _format(register: Register, *, codes: bool = False) -> str:
    """Of one field. A string is a field too, of which only the first byte is taken: its text comes from the payload."""
    if register.type is RawType.STRING:
        return f"B{2 * register.words - 1}x"
    return _CODES[register.words] if codes else _FORMATS[register.type]


def _slice(register: Register, start: int) -> slice:
    first = 2 * (register.address - start)
    return slice(first, first + 2 * register.words)


def _gather(registers: Sequence[Register], start: int, *, codes: bool = False) -> Unpack:
    """Any order and overlap: the bytes of each point in turn. With `codes`: unsigned raw codes in place of values."""
    places: list[int] = []
    for register in registers:
        first = 2 * (register.address - start)
        order = _places(register.order) if register.type.words > 1 else range(2 * register.words)
        places += [first + byte for byte in order]
    struct = Struct(">" + "".join(_format(register, codes=codes) for register in registers))
    pick = itemgetter(*places)
    return lambda payload: struct.unpack(bytes(pick(payload)))


def _places(order: ByteOrder) -> list[int]:
    """Where on the wire the bytes stand, the most significant first."""
    return [order.value.index(letter) for letter in sorted(order.value)]


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
    if register.type in _UNSCALED:
        return 1.0, 0.0, 1.0
    scale, offset = Fraction(repr(register.scale)), Fraction(repr(register.offset))
    q = lcm(scale.denominator, offset.denominator)
    if q > _FINEST:
        return float(register.scale), float(register.offset), 1.0
    return float(scale * q), float(offset * q), float(q)


def _range(point: Point, register: Register) -> tuple[float, float]:
    """What a good value lies in; with ratios, what the number must be before they are applied."""
    if register.type in _UNSCALED or register.ratios:
        return -_MOST, _MOST
    low, high = (-_MOST if point.low is None else point.low), (_MOST if point.high is None else point.high)
    if register.coding is Coding.QUADRANT_POWER_FACTOR:
        return max(low, -1.0), min(high, 1.0)
    return low, high


def _labels(point: Point) -> dict[int, str]:
    return {int(code): label for code, label in point.codes.items()}


def _field(register: Register, code: int) -> Field:
    """A raw code (unsigned) as the field that the struct gives and `raw` converts."""
    if register.table.of_bits or raw.is_range(register):
        return code
    packed = Struct(">" + _CODES[register.words]).pack(code)
    field: Field = Struct(">" + _FORMATS[register.type]).unpack(packed)[0]
    convert = raw.converter(register)
    return field if convert is None else convert(int(field))


def _bands(register: Register) -> list[tuple[Field, Field]]:
    """The ranges of sentinels as ranges of fields, none too small. Codes above the middle are negative numbers, or larger ones."""
    bands: list[tuple[Field, Field]] = []
    middle = 1 << (16 * register.words - 1)
    for codes in register.sentinels:
        if isinstance(codes, int):
            continue
        if raw.converter(register) and not raw.is_range(register):
            bands.append((-_MOST, _MOST))  # each code is looked at
            continue
        for first, last in ((codes.start, min(codes.stop, middle) - 1), (max(codes.start, middle), codes.stop - 1)):
            if first <= last:
                bands.append(_band(register, first, last, -_MOST if first >= middle else _MOST))
    return bands


def _band(register: Register, first: int, last: int, beyond: float) -> tuple[Field, Field]:
    """Codes of one sign; `beyond` stands for the infinities and NaN behind the largest float, which no range takes in."""
    ends = [field if isfinite(field) else beyond for field in (_field(register, first), _field(register, last))]
    return min(ends), max(ends)
