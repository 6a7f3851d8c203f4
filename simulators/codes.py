"""One value as the words that a device sends. Written apart from any decoder, so that a wrong byte order is seen."""

import math
import struct
from itertools import count

from facility.domain.profile import ByteOrder, Coding, RawType, Register

NOT_A_NUMBER = {RawType.FLOAT32: 0x7FC00000, RawType.FLOAT64: 0x7FF8000000000000}
INFINITY = {RawType.FLOAT32: 0x7F800000, RawType.FLOAT64: 0x7FF0000000000000}
FLOATS = {RawType.FLOAT32: ">f", RawType.FLOAT64: ">d"}
LONGEST = {
    RawType.UINT16: (0, 0xFFFF),
    RawType.ENUM: (0, 0xFFFF),
    RawType.INT16: (-0x8000, 0x7FFF),
    RawType.UINT32: (0, 0xFFFFFFFF),
    RawType.INT32: (-0x80000000, 0x7FFFFFFF),
    RawType.UINT64: (0, 0xFFFFFFFFFFFFFFFF),
    RawType.INT64: (-0x8000000000000000, 0x7FFFFFFFFFFFFFFF),
    RawType.BCD16: (0, 9999),
    RawType.BCD32: (0, 99999999),
}
SENT: dict[ByteOrder, tuple[int, ...]] = {
    # which of the bytes A B C D (A highest) is sent first, second, third, fourth
    ByteOrder.ABCD: (0, 1, 2, 3),
    ByteOrder.CDAB: (2, 3, 0, 1),
    ByteOrder.BADC: (1, 0, 3, 2),
    ByteOrder.DCBA: (3, 2, 1, 0),
    # and of the bytes A to H
    ByteOrder.ABCDEFGH: (0, 1, 2, 3, 4, 5, 6, 7),
    ByteOrder.GHEFCDAB: (6, 7, 4, 5, 2, 3, 0, 1),
    ByteOrder.BADCFEHG: (1, 0, 3, 2, 5, 4, 7, 6),
    ByteOrder.HGFEDCBA: (7, 6, 5, 4, 3, 2, 1, 0),
    ByteOrder.CDABGHEF: (2, 3, 0, 1, 6, 7, 4, 5),
    ByteOrder.EFGHABCD: (4, 5, 6, 7, 0, 1, 2, 3),
}

Words = tuple[int, ...]


def words_of(register: Register, value: float | bool | None) -> Words:
    """The 16-bit words of a numeric point; None is sent as the device's code for "not available"."""
    code = unavailable(register) if value is None else code_of(register, float(value))
    return placed(register, code)


def placed(register: Register, code: int) -> Words:
    """A raw code in the words of its register, in the order of its bytes; the other bits of a shared word are 0."""
    if register.type is RawType.BIT:
        return ((code & 1) << register.bit,)
    if register.type in (RawType.BITS, RawType.ENUM):
        return ((code & bits_mask(register)) << register.bit,)
    if register.words == 1:
        return (code & 0xFFFF,)
    straight = code.to_bytes(2 * register.words, "big")
    sent = [straight[place] for place in SENT[register.order]]
    return tuple(high << 8 | low for high, low in zip(sent[::2], sent[1::2], strict=True))


def text_words(register: Register, text: str | None) -> Words:
    """A text: ASCII, or GB18030 where that does not do, cut to whole characters and padded with NUL."""
    size, kept = 2 * register.words, text or ""
    while len(kept.encode("gb18030", "ignore")) > size:
        kept = kept[:-1]
    padded = kept.encode("gb18030", "ignore").ljust(size, b"\0")
    return struct.unpack(f">{register.words}H", padded)


def code_of(register: Register, value: float) -> int:
    """The raw code of a value: unscaled, rounded, held inside the type's limits, never one that means "not available"."""
    if register.type is RawType.BIT:
        return int(value != 0)
    raw = (value - register.offset) / register.scale
    if register.type in FLOATS:
        return NOT_A_NUMBER[register.type] if math.isnan(raw) else _float_code(register.type, raw)
    if math.isnan(raw):
        return unavailable(register)
    if register.coding is Coding.OFFSET_BYTES:
        raw = raw * 10 + 400  # tenths of a degree above −40
    lowest, highest = _limits(register)
    number = round(min(max(raw, lowest), highest))
    if not register.unavailable(_code(register, number)):
        return _code(register, number)
    near = (number + way * away for away in count(1) for way in (-1, 1))
    inside = (other for other in near if lowest <= other <= highest)
    return next(code for other in inside if not register.unavailable(code := _code(register, other)))


def unavailable(register: Register) -> int:
    """The code of a point without a value: the first sentinel, else NaN, else all ones (a bit: 0)."""
    if register.type is RawType.BIT:
        return 0
    if register.sentinels:
        return first_sentinel(register)
    return NOT_A_NUMBER.get(register.type, (1 << 16 * register.words) - 1)


def first_sentinel(register: Register) -> int:
    """The code that the device sends of those that mean "not available"; of a bit: the whole word."""
    first = register.sentinels[0]
    return first if isinstance(first, int) else first.start


def bits_mask(register: Register) -> int:
    """The ones of a bit range, in the lowest bits."""
    return (1 << register.width) - 1


def _limits(register: Register) -> tuple[int, int]:
    """The smallest and the largest number that the register can say."""
    if register.type in (RawType.BITS, RawType.ENUM):
        return 0, bits_mask(register)
    if register.radix:
        return 0, 0xFFFF * register.radix + register.radix - 1
    if register.coding is Coding.OFFSET_BYTES:
        return 0, 2559
    return LONGEST[register.type]


def _code(register: Register, number: int) -> int:
    """A whole number as the device writes it."""
    if register.type in (RawType.BCD16, RawType.BCD32):
        return sum(int(digit) << 4 * place for place, digit in enumerate(reversed(str(number))))
    if register.radix:
        return number // register.radix * 0x10000 + number % register.radix
    if register.coding is Coding.OFFSET_BYTES:
        return number // 10 * 256 + number % 10
    return number & ((1 << 16 * register.words) - 1)


def _float_code(kind: RawType, value: float) -> int:
    try:
        return int.from_bytes(struct.pack(FLOATS[kind], value), "big")
    except OverflowError:
        return INFINITY[kind] if value > 0 else INFINITY[kind] << 1 | INFINITY[kind]
