"""Line protocol of one block, prepared once: a template for all points, and a piece for each; devices of a kind share them.

`<asset class>,site=<id>,asset=<id> <point>=<float>,<point>_text="…",<point>_quality="bad:timeout" <ns>`. Ids are slugs, so
tags and field names need no escaping; label keys of enums neither.
"""

import math
from collections.abc import Sequence

from collectors.shared import shared
from collectors.sheet import Sheet
from facility.domain.asset import Asset
from facility.domain.profile import Coding, JsonField, Point, RawType
from facility.domain.reading import Value

_LONG = (RawType.UINT64, RawType.INT64, RawType.FLOAT64)
MOST_DIGITS = 9  # a float32 holds no more


class Lines:
    """Writes the lines of some points of one asset."""

    __slots__ = ("_body", "_names", "_pieces", "_points", "_prefix", "forms")

    def __init__(self, site: str, asset: Asset, points: Sequence[Point]) -> None:
        self._prefix = f"{asset.profile.asset_class},site={site},asset={asset.id} "
        self._names = shared("names", tuple(point.name for point in points))
        self._pieces = shared("pieces", tuple(f"{point.name}{_format(point)}" for point in points))
        self.forms = shared("forms", tuple(piece.partition("%")[2] for piece in self._pieces))  # of numbers: "r", ".9g"
        self._body = shared("body", ",".join(self._pieces))
        self._points = points

    def sheet(self) -> Sheet | None:
        """Writes the same lines without text; None unless all values are numbers that a codec has checked."""
        if not all(_is_checked(point) for point in self._points):
            return None
        return Sheet(self._prefix[:-1], self._names, self.forms, single=all(map(_is_single, self._points)))

    def all(self, values: Sequence[Value], at_ns: int) -> str:
        """All points, in their order; texts must be label keys."""
        return f"{self._prefix}{self._body % tuple(values)} {at_ns}\n"

    def some(self, slots: Sequence[int], values: Sequence[Value], at_ns: int) -> str:
        """The points at `slots`."""
        pieces = self._pieces
        return f"{self._prefix}{','.join([pieces[slot] % values[slot] for slot in slots])} {at_ns}\n"

    def value(self, slot: int, value: Value) -> str:
        """One field: a value, any text."""
        return self._pieces[slot] % (_escaped(value) if isinstance(value, str) else value)

    def quality(self, slot: int, mark: str) -> str:
        """One field: good, stale, or bad with its reason."""
        return f'{self._names[slot]}_quality="{mark}"'

    def line(self, fields: Sequence[str], at_ns: int) -> str:
        """A line of such fields."""
        return f"{self._prefix}{','.join(fields)} {at_ns}\n"


def _format(point: Point) -> str:
    """As many digits as the raw value can fill: a third of the time that the shortest exact form of a double takes.

    A point with a deadband and a measuring range needs no digit below a twentieth of the deadband: half the time again.
    """
    if is_text(point):
        return '_text="%s"'
    if isinstance(point.read, JsonField) or point.read.type in _LONG:
        return "=%r"
    if point.read.ratios:
        return "=%.15g"
    if point.deadband and point.low is not None and point.high is not None:
        decimals = max(0, math.ceil(1 - math.log10(point.deadband)))
        if len(str(int(max(-point.low, point.high)))) + decimals <= MOST_DIGITS:
            return f"=%.{decimals}f"
    return "=%.12g" if point.read.type in (RawType.UINT32, RawType.INT32) else "=%.9g"


def is_text(point: Point) -> bool:
    """The point's values are label keys or texts, not numbers."""
    if isinstance(point.read, JsonField):
        return point.read.type in ("enum", "text")
    return point.read.type in (RawType.ENUM, RawType.STRING)


def _escaped(text: str) -> str:
    """A string field; line breaks and other control characters become blanks, because a line is a line."""
    clean = "".join(character if character.isprintable() else " " for character in text)
    return clean.replace("\\", "\\\\").replace('"', '\\"')


def _is_checked(point: Point) -> bool:
    """Its values are finite numbers, checked by the codec, or behind their ratios."""
    return not is_text(point) and not isinstance(point.read, JsonField)


def _is_single(point: Point) -> bool:
    """A float32 gives all its values back exactly."""
    read = point.read
    if isinstance(read, JsonField) or read.coding is not Coding.PLAIN or read.ratios:
        return False
    if (read.scale, read.offset) != (1.0, 0.0):
        return False
    return read.type is RawType.FLOAT32 or read.type.words == 1
