"""Raw fields that are more than a number of the struct: bit ranges, decimal digits, words of a radix, codings, texts.

A field that cannot be one is NaN: no range takes it in, and the point is bad.
"""

from collections.abc import Callable, Sequence
from math import copysign, nan

from facility.domain.profile import Coding, RawType, Register
from facility.domain.reading import BadReason, Value

Convert = Callable[[int], float]

_COLDEST = 40  # of offset_bytes: a high byte of 0 means −40
_PADDING = b"\0 "


def converter(register: Register) -> Convert | None:
    """What makes the field of this register a number; None: it is one."""
    if is_range(register):
        bit, mask = register.bit, (1 << register.width) - 1
        return lambda word: word >> bit & mask
    if register.type in (RawType.BCD16, RawType.BCD32):
        return _digits
    if register.radix:
        radix = register.radix
        return lambda code: (code >> 16) * radix + (code & 0xFFFF) if code & 0xFFFF < radix else nan
    if register.coding is Coding.OFFSET_BYTES:
        return _offset_bytes
    if register.type is RawType.STRING:
        return lambda first: nan
    return None


def is_range(register: Register) -> bool:
    """It is a code of some bits of a word."""
    return register.type in (RawType.BITS, RawType.ENUM) and register.width < 16


def _digits(code: int) -> float:
    """Binary-coded decimal: each nibble is a digit."""
    digits = f"{code:x}"
    return int(digits) if digits.isdecimal() else nan


def _offset_bytes(word: int) -> float:
    """High byte − 40 + low byte / 10: more than nine tenths are no such code."""
    whole, tenths = divmod(word, 256)
    return ((whole - _COLDEST) * 10 + tenths) / 10 if tenths < 10 else nan


def quadrants_unfolded(values: Sequence[float], places: Sequence[int]) -> Sequence[float]:
    """Power factors that carry their quadrant brought back to [−1, 1]; beyond ±2 is no such code and stays as it is."""
    unfolded = [*values]
    for i in places:
        if 1 < abs(values[i]) <= 2:
            unfolded[i] = copysign(2.0, values[i]) - values[i]
    return unfolded


def text(data: bytes) -> tuple[Value | None, BadReason]:
    """ASCII or GB18030 without its padding; a device that sends padding alone has no text."""
    trimmed = data.strip(_PADDING)
    try:
        decoded = trimmed.decode("gb18030")
    except UnicodeDecodeError:
        return None, BadReason.BAD_PAYLOAD
    if not decoded:
        return None, BadReason.SENTINEL
    return (decoded, BadReason.NONE) if decoded.isprintable() else (None, BadReason.BAD_PAYLOAD)
