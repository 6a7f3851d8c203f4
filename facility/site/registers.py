"""Reads where and how a point is read over Modbus, and what can be wrong only between points: overlaps, pages, ratios."""

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction

from facility.domain.profile import ByteOrder, Coding, ModbusLimits, Point, RawType, Register
from facility.site import profile_grammar
from facility.site.expressions import is_number, nature
from facility.site.kinds import did_you_mean
from facility.site.records import Entry, Record
from facility.site.tree import Faults, Mapping, Node, Sequence

_OF_BITS = (RawType.BIT, RawType.BITS, RawType.ENUM)
_NUMBERS = frozenset(RawType) - {RawType.BIT, RawType.ENUM, RawType.STRING}
_KEYS: dict[str, Collection[RawType]] = {
    "bit": _OF_BITS,
    "width": (RawType.BITS, RawType.ENUM),
    "length": (RawType.STRING,),
    "radix": (RawType.UINT32,),
    "coding": _NUMBERS,
    "scale": _NUMBERS,
    "offset": _NUMBERS,
    "scale_by": _NUMBERS,
    "decimals": _NUMBERS,
    "sentinels": frozenset(RawType) - {RawType.STRING},
}
_LAST_BIT = 15


@dataclass(frozen=True, slots=True)
class Convention:
    """What a device's manual says once for all registers: the first address (0 or 1) and the order of 32-bit values."""

    base: int = 0
    order: ByteOrder = ByteOrder.ABCD


def part_of(point: Entry, record: Record, faults: Faults) -> Entry:
    """What stands under `read` of a point; blanks when it is missing, which was said already."""
    if point.given("read"):
        return record.read(point["read"], faults)
    return record.read(Mapping(point.node.file, point.node.line, point.node.path, {}), Faults())


def read_register(point: Entry, convention: Convention, faults: Faults) -> Register:
    """The register of a point, at its wire address."""
    entry = part_of(point, profile_grammar.REGISTER, faults)
    table = entry["table"]
    kind: RawType = entry["type"] or (RawType.BIT if table.of_bits else RawType.UINT16)
    if not entry.given("type") and not table.of_bits and point.given("read"):
        faults.add(entry.node, "type is missing.", f"Add `type:` ({', '.join(RawType)}).")
    _refuse_keys(entry, kind, faults)
    if entry["scale"] == 0 and not faults.within(entry.at("scale")):
        faults.add(entry.at("scale"), "a scale of 0 makes every value the same.", "Give the scale of the manual.")
    register = Register(
        table,
        _wire_address(entry, kind, convention.base, faults),
        kind,
        _order(entry, kind, convention.order, faults),
        entry["bit"],
        entry["scale"],
        entry["offset"],
        tuple(code for _, code in entry["sentinels"]),
        _width(entry, kind, faults),
        _length(entry, kind, faults),
        entry["radix"],
        tuple(name for _, name in entry["scale_by"]),
        entry["decimals"],
        entry["coding"],
    )
    _refuse_wide_sentinels(entry, register, faults)
    return register


def _refuse_keys(entry: Entry, kind: RawType, faults: Faults) -> None:
    """Keys that this type does not have."""
    table = entry["table"]
    if table.of_bits and kind is not RawType.BIT:
        faults.add(entry.at("type"), f"a {table} is one bit, not {kind}.", "Use type bit, or another table.")
        return
    if table.of_bits:
        for key in ("bit", "sentinels"):
            if entry.given(key):
                faults.add(entry.at(key), f"a {table} is one bit by itself: it has no {key}.", f"Remove {key}.")
    for key, kinds in _KEYS.items():
        if entry.given(key) and kind not in kinds:
            others = f", or use type {' or '.join(kinds)}" if len(kinds) < len(_OF_BITS) else ""
            faults.add(entry.at(key), f"{kind} has no {key}.", f"Remove {key}{others}.")
    if entry["coding"] is Coding.OFFSET_BYTES and kind is not RawType.UINT16 and kind in _NUMBERS:
        what = f"offset_bytes is a coding of the two bytes of one register, not of {kind}."
        faults.add(entry.at("coding"), what, "Use type uint16, or another coding.")


def _wire_address(entry: Entry, kind: RawType, base: int, faults: Faults) -> int:
    address: int = entry["address"]
    words = 1 if entry["table"].of_bits else max(kind.words, entry["length"])
    if not base <= address <= 65535 + base:
        if entry.given("address"):
            least, most = base, 65535 + base
            what = f"{address} is not a whole number from {least} to {most}."
            if base and not address:
                what = "there is no 0: with `base: 1` the addresses of this profile count from 1."
            faults.add(entry.at("address"), what, f"Choose one from {least} to {most}.")
        return 0
    if address - base + words > 65536:
        faults.add(entry.at("address"), f"{kind} at {address} ends behind {65535 + base}.", "Correct the address.")
    return address - base


def _order(entry: Entry, kind: RawType, usual: ByteOrder, faults: Faults) -> ByteOrder:
    order: ByteOrder = entry["order"] or usual
    if not entry.given("order") or faults.within(entry.at("order")):
        return usual
    if kind.words == 1:
        why = "it is text, high byte first" if kind is RawType.STRING else "it is one word"
        faults.add(entry.at("order"), f"{kind} has no byte order: {why}.", "Remove order.")
    elif order.words != kind.words:
        what = f"{order} orders the bytes of {16 * order.words} bits, but {kind} has {16 * kind.words}."
        known = ", ".join(other for other in ByteOrder if other.words == kind.words)
        faults.add(entry.at("order"), what, f"Write {order.widened}." if kind.words == 4 else f"Write one of {known}.")
    return order


def _width(entry: Entry, kind: RawType, faults: Faults) -> int:
    if kind is RawType.BIT:
        return 1
    width: int = entry["width"]
    if kind not in _OF_BITS or faults.within(entry.at("width")):
        return width
    if not entry.given("width") and (kind is RawType.BITS or entry.given("bit")):
        faults.add(entry.node, "width is missing.", "Add `width:`, the number of bits, counted up from `bit`.")
    elif entry["bit"] + width - 1 > _LAST_BIT:
        what = f"bits {entry['bit']} to {entry['bit'] + width - 1} run past bit {_LAST_BIT}, the highest of a word."
        faults.add(entry.at("width"), what, "Choose a lower bit or a smaller width.")
    return width


def _length(entry: Entry, kind: RawType, faults: Faults) -> int:
    if kind is RawType.STRING and not entry.given("length"):
        faults.add(entry.node, "length is missing.", "Add `length:`, the number of registers, two characters each.")
        return 1
    length: int = entry["length"]
    return length


def _refuse_wide_sentinels(entry: Entry, register: Register, faults: Faults) -> None:
    bits = register.width if register.type in (RawType.BITS, RawType.ENUM) else 16 * register.type.words
    for node, code in entry["sentinels"]:
        highest = code.stop - 1 if isinstance(code, range) else code
        if highest >> bits and not faults.within(node):
            place = f"{bits} bits" if bits % 16 else "one register" if register.type is RawType.BIT else register.type
            what = f"sentinel {highest:#x} does not fit into {place}."
            faults.add(node, what, f"Write at most {(1 << bits) - 1:#x}.")


def refuse_overlaps(
    points: dict[str, Point], nodes: dict[str, Node], limits: ModbusLimits, base: int, faults: Faults
) -> None:
    """Two points that read the same bits, and values that no request of the device can bring. Addresses as in the file."""
    words: dict[tuple[str, int], Point] = {}
    bits: dict[tuple[str, int, int], Point] = {}
    for point in points.values():
        if not isinstance(point.read, Register) or faults.within(nodes[point.name]):
            continue
        node = nodes[point.name]
        _refuse_cut(point.read, limits, base, node, faults)
        what = _taken(point, point.read, words, bits, base)
        if what:
            faults.add(node, what, "Move one.")


def _refuse_cut(read: Register, limits: ModbusLimits, base: int, node: Node, faults: Faults) -> None:
    """A value is never cut: all of it must come in one request."""
    if read.table.of_bits:
        return
    if read.words > limits.max_registers:
        what = f"{read.type} takes {read.words} registers, but the device gives {limits.max_registers} in a request."
        faults.add(node, what, "Correct max_registers." if read.type.words > 1 else "Correct max_registers, or length.")
    elif limits.page and read.address // limits.page != (read.address + read.words - 1) // limits.page:
        edge = (read.address // limits.page + 1) * limits.page
        what = f"{read.type} at {read.address + base} crosses the page that begins at wire address {edge}."
        faults.add(node, what, "Correct the address, or `page` of the device: a value is never cut.")


def _taken(
    point: Point,
    read: Register,
    words: dict[tuple[str, int], Point],
    bits: dict[tuple[str, int, int], Point],
    base: int,
) -> str:
    """What is wrong with the place of a point, which is taken now; empty when it was free."""
    if read.part_of_word:
        for bit in range(read.bit, read.bit + (1 if read.type is RawType.BIT else read.width)):
            other = bits.setdefault((read.table, read.address, bit), point)
            if other is not point:
                return f"reads bit {bit} of {read.address + base}, as {other.name} does."
    for address in range(read.address, read.address + (1 if read.table.of_bits else read.words)):
        other = words.setdefault((read.table, address), point)
        theirs = other.read
        assert isinstance(theirs, Register)
        if other is not point and not (read.part_of_word and theirs.part_of_word):
            return (
                f"reads {read.table} {address + base} as {read.type}, "
                f"but {other.name} reads {theirs.address + base} as {theirs.type}."
            )
    return ""


def refuse_ratios(points: dict[str, Point], entries: dict[str, Entry], faults: Faults) -> None:
    """Ratios and decimal places that no point of the device tells, or that depend on themselves."""
    for name, point in points.items():
        if not isinstance(point.read, Register) or not point.read.ratios:
            continue
        for node, ratio in _named(entries[name]):
            if not ratio or faults.within(node):
                continue
            if ratio not in points:
                faults.add(node, f"point {ratio} does not exist.", did_you_mean(ratio, points))
            elif not is_number(points[ratio]):
                faults.add(node, f"{ratio} is {nature(points[ratio])}, not a number.", "Name a number of this device.")
            elif _leads_to(ratio, name, points):
                what = f"{ratio} depends on {name} itself." if ratio != name else f"{name} cannot depend on itself."
                faults.add(node, what, "Name a point that is read as it stands.")


def _named(entry: Entry) -> list[tuple[Node, str]]:
    read = entry["read"]
    assert isinstance(read, Mapping)
    found = part_of(entry, profile_grammar.REGISTER, Faults())
    scale_by = read.items.get("scale_by")
    listed = found["scale_by"] if isinstance(scale_by, Sequence) else []
    return [*listed, (read.items.get("decimals", read), found["decimals"])]


def _leads_to(start: str, aim: str, points: dict[str, Point]) -> bool:
    """`start` is `aim`, or its value depends on it through any number of ratios."""
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        name = ahead.pop()
        if name == aim:
            return True
        read = points[name].read if name in points else None
        if name not in seen and isinstance(read, Register):
            seen.add(name)
            ahead += read.ratios
    return False


def turn_of(register: Register) -> float | None:
    """The first value beyond what the raw type can hold, where a counter in it wraps at the latest; None: not known."""
    codes = {
        RawType.UINT16: 2**16,
        RawType.UINT32: register.radix * 2**16 if register.radix else 2**32,
        RawType.UINT64: 2**64,
        RawType.BCD16: 10**4,
        RawType.BCD32: 10**8,
        RawType.BITS: 2**register.width,
    }.get(register.type)
    if codes is None or register.coding or register.ratios or register.scale <= 0:
        return None
    return float(Fraction(repr(register.scale)) * codes + Fraction(repr(register.offset)))
