"""Rules and registers in words, as the profile reference and the command line show them."""

from datetime import timedelta

from facility.domain.profile import Coding, JsonField, ModbusLimits, Point, Profile, RawType, Register
from facility.domain.rule import (
    AllOf,
    AnyOf,
    Compare,
    Comparison,
    ConditionOf,
    Expression,
    Negation,
    Rate,
    Share,
    Silence,
)
from facility.site.expressions import is_number

_SIGNS = {Comparison.BELOW: "<", Comparison.ABOVE: ">", Comparison.EQUALS: "=", Comparison.DIFFERS: "≠"}

_CODINGS = {
    Coding.QUADRANT_POWER_FACTOR: "four-quadrant power factor: above 1 it is 2 − raw, below −1 it is −2 − raw",
    Coding.OFFSET_BYTES: "high byte − 40 + low byte / 10",
}


def in_words(expression: Expression, profile: Profile) -> str:
    """`outlet_pressure < 0.2 MPa (ends at 0.22) and run_state = running`."""
    match expression:
        case AllOf(parts):
            return " and ".join(_part(part, profile) for part in parts)
        case AnyOf(parts):
            return " or ".join(_part(part, profile) for part in parts)
        case Negation(part):
            return f"not {_part(part, profile)}"
        case Compare():
            return _comparison(expression, profile)
        case Rate(point, change, within):
            direction = "rises" if change > 0 else "falls"
            return f"{point} {direction} by {_measured(abs(change), profile.points[point])} in {length(within)}"
        case Share(parts, of, above):
            return f"{' + '.join(parts)} > {number(above)} % of {of}"
        case Silence(longer_than):
            return f"no good reading for {length(longer_than)}"
        case ConditionOf(asset, rule):
            return f"{rule} of {asset}"


def address_of(point: Point, profile: Profile, *, prefix: str = "{prefix}", shift: int = 0) -> str:
    """`holding 2999 bit 3`, or `{prefix}/state $.level`; `shift` 1 gives the number of a manual that counts from 1."""
    read = point.read
    if isinstance(read, JsonField):
        return f"{profile.topics[read.topic].replace('{prefix}', prefix)} {read.metric or read.path}"
    return f"{read.table} {read.address + shift}{_bits(read)}"


def range_of(point: Point) -> str:
    """`0 … 500`; empty when there is none."""
    if point.low is None or point.high is None:
        return ""
    return f"{number(point.low)} … {number(point.high)}"


def reading_of(point: Point) -> list[str]:
    """How the raw value becomes the point's: coding, scale, ratios, byte order unless high word first, sentinels."""
    read = point.read
    said = []
    if isinstance(read, Register) and read.radix:
        said.append(f"high word × {read.radix} + low word")
    if isinstance(read, Register) and read.coding:
        said.append(_CODINGS[read.coding])
    if read.scale != 1:
        said.append(f"× {number(read.scale)}")
    if read.offset:
        said.append(f"{'+' if read.offset > 0 else '−'} {number(abs(read.offset))}")
    if isinstance(read, Register):
        said += [f"× {name}" for name in read.scale_by]
        said += [f"÷ 10^{read.decimals}"] if read.decimals else []
        said += [f"order {read.order}"] if _reordered(read) else []
        said += [f"not available: {', '.join(_codes(each, read) for each in read.sentinels)}"] if read.sentinels else []
    if point.counter is not None:
        wraps = "" if point.counter.wraps_at is None else f", wraps at {number(point.counter.wraps_at)}"
        said.append(f"counter{wraps}")
    return said


def limits_of(limits: ModbusLimits) -> list[str]:
    """What the device allows, a sentence each."""
    gap = f"reads across up to {limits.max_gap} unused words" if limits.max_gap else "no unused word may be asked for"
    said = [f"at most {limits.max_registers} registers or {limits.max_bits} bits a request", gap]
    said += [f"no request crosses a multiple of {limits.page}"] if limits.page else []
    said += ["one value a request"] if limits.single else []
    said.append("values of several registers come high word first where a point says nothing else")
    said.append(f"an answer is waited for {length(limits.timeout)}")
    if limits.pause:
        said.append(f"rests {length(limits.pause)} after each answer")
    return said


def length(time: timedelta) -> str:
    """`5 s`, `10 min`, `1 h`."""
    seconds = time.total_seconds()
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s" if seconds >= 1 else f"{seconds * 1000:g} ms"


def number(value: float) -> str:
    """Digits as a person writes them: all of a large whole number."""
    return f"{value:.0f}" if value == int(value) and abs(value) < 1e15 else f"{value:g}"


def _part(expression: Expression, profile: Profile) -> str:
    text = in_words(expression, profile)
    return f"({text})" if isinstance(expression, AllOf | AnyOf) else text


def _comparison(leaf: Compare, profile: Profile) -> str:
    point = profile.points[leaf.point]
    limit = str(leaf.limit) if isinstance(leaf.limit, str) else _measured(leaf.limit, point)
    text = f"{leaf.point} {_SIGNS[leaf.comparison]} {limit}"
    if not leaf.hysteresis or isinstance(leaf.limit, str):
        return text
    back = leaf.hysteresis if leaf.comparison is Comparison.BELOW else -leaf.hysteresis
    return f"{text} (ends at {number(round(leaf.limit + back, 9))})"


def _measured(value: float, point: Point) -> str:
    return f"{number(value)} {point.unit}".rstrip() if is_number(point) else number(value)


def _bits(read: Register) -> str:
    if not read.part_of_word:
        return ""
    width = 1 if read.type is RawType.BIT else read.width
    return f" bit {read.bit}" if width == 1 else f" bits {read.bit}-{read.bit + width - 1}"


def _reordered(read: Register) -> bool:
    return read.words > 1 and read.type is not RawType.STRING and not "ABCDEFGH".startswith(read.order)


def _codes(codes: int | range, read: Register) -> str:
    digits = 4 * max(read.words, 1)
    if isinstance(codes, range):
        return f"0x{codes.start:0{digits}X} to 0x{codes.stop - 1:0{digits}X}"
    return f"0x{codes:0{digits}X}"
