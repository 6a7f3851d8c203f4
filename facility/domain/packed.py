"""Numbers of one reading, packed one behind the other: by kind as they are, and with the digits that they have.

A kind is `f` (float32 each) or `d` (float64 each), a blank, then the names: "f flow,level". Little-endian; NaN: no number.
"""

from functools import cache
from struct import Struct


def fields_of(kind: str, packed: bytes) -> list[tuple[str, float]]:
    """Each name with its number."""
    names, struct = _plan(kind)
    return list(zip(names, struct.unpack(packed), strict=True))


def rounded(kind: str, forms: str, packed: bytes) -> list[tuple[str, float]]:
    """As `fields_of`, each number in its form, as of ".2f,.9g,r": what a float32 adds to 0.1 is not shown."""
    names, struct = _plan(kind)
    numbers = zip(struct.unpack(packed), _templates(forms), strict=True)
    return list(zip(names, [float(template % number) for number, template in numbers], strict=True))


@cache
def _plan(kind: str) -> tuple[list[str], Struct]:
    names = kind[2:].split(",")
    return names, Struct(f"<{len(names)}{kind[0]}")


@cache
def _templates(forms: str) -> list[str]:
    return [f"%{form}" for form in forms.split(",")]
