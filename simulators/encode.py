"""Values onto the wire, from a profile's address map. Written apart from any decoder, so that a wrong byte order is seen."""

import math
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import count

from facility.domain.profile import ByteOrder, Point, Profile, RawType, Register, Table
from simulators.plant.device import Physical

NOT_A_NUMBER = 0x7FC00000
LONGEST = {RawType.UINT16: (0, 0xFFFF), RawType.ENUM: (0, 0xFFFF), RawType.INT16: (-0x8000, 0x7FFF)} | {
    RawType.UINT32: (0, 0xFFFFFFFF),
    RawType.INT32: (-0x80000000, 0x7FFFFFFF),
}
PLACES: dict[ByteOrder, tuple[int, int, int, int]] = {
    # which of the bytes A B C D (A highest) is sent first, second, third, fourth
    ByteOrder.ABCD: (0, 1, 2, 3),
    ByteOrder.CDAB: (2, 3, 0, 1),
    ByteOrder.BADC: (1, 0, 3, 2),
    ByteOrder.DCBA: (3, 2, 1, 0),
}

Words = tuple[int, ...]


def words_of(register: Register, value: float | bool | None) -> Words:
    """The 16-bit words of a numeric point; None is sent as the device's code for "not available"."""
    code = unavailable(register) if value is None else code_of(register, float(value))
    if register.type is RawType.BIT:
        return ((code & 1) << register.bit,)
    if register.type.words == 1:
        return (code & 0xFFFF,)
    bytes_abcd = (code & 0xFFFFFFFF).to_bytes(4, "big")
    sent = [bytes_abcd[place] for place in PLACES[register.order]]
    return (sent[0] << 8 | sent[1], sent[2] << 8 | sent[3])


def code_of(register: Register, value: float) -> int:
    """The raw code of a value: unscaled, rounded, held inside the type's limits, never one that means "not available"."""
    if register.type is RawType.BIT:
        return int(value != 0)
    raw = (value - register.offset) / register.scale
    if register.type is RawType.FLOAT32:
        return NOT_A_NUMBER if math.isnan(raw) else _float_code(raw)
    if math.isnan(raw):
        return unavailable(register)
    lowest, highest = LONGEST[register.type]
    limit = 0xFFFF if register.type.words == 1 else 0xFFFFFFFF
    number = round(min(max(raw, lowest), highest))
    if number & limit in register.sentinels:
        number = _nearest_free(number, register.sentinels, limit, lowest, highest)
    return number & limit


def unavailable(register: Register) -> int:
    """The code of a point without a value: the first sentinel, else NaN, else all ones (a bit: 0)."""
    if register.sentinels:
        return register.sentinels[0]
    if register.type is RawType.FLOAT32:
        return NOT_A_NUMBER
    if register.type is RawType.BIT:
        return 0
    return 0xFFFF if register.type.words == 1 else 0xFFFFFFFF


def _nearest_free(number: int, taken: tuple[int, ...], limit: int, lowest: int, highest: int) -> int:
    near = (number + way * away for away in count(1) for way in (-1, 1))
    return next(other for other in near if lowest <= other <= highest and other & limit not in taken)


def _float_code(value: float) -> int:
    try:
        return int.from_bytes(struct.pack(">f", value), "big")
    except OverflowError:
        return 0x7F800000 if value > 0 else 0xFF800000


@dataclass(frozen=True, slots=True)
class Span:
    """A run of addresses that the device answers for: `first` ≤ address < `end`."""

    first: int
    end: int


def spans_of(points: Iterable[Register], gap: int) -> list[Span]:
    """The readable runs of one table: points no further apart than `gap` unused addresses share a run."""
    spans: list[Span] = []
    for register in sorted(points, key=lambda register: register.address):
        end = register.address + register.type.words
        if spans and register.address <= spans[-1].end + gap:
            spans[-1] = Span(spans[-1].first, max(spans[-1].end, end))
        else:
            spans.append(Span(register.address, end))
    return spans


class Image:
    """The registers of one device, filled from the values of its points."""

    def __init__(self, profile: Profile) -> None:
        self.limits = profile.modbus
        self._fillers: list[tuple[str, Register, Callable[[Physical], Words]]] = []
        self._spans: dict[Table, list[Span]] = {}
        self._cells: dict[Table, dict[int, int]] = {table: {} for table in Table}
        registers: dict[Table, list[Register]] = {table: [] for table in Table}
        for point in profile.points.values():
            if isinstance(point.read, Register):
                registers[point.read.table].append(point.read)
                self._fillers.append((point.name, point.read, _filler(point, point.read)))
        for table, found in registers.items():
            gap = self.limits.max_gap * (16 if table.of_bits else 1)
            self._spans[table] = spans_of(found, gap)
        self.fill({})

    def fill(self, values: Mapping[str, Physical]) -> None:
        """Set every register; a point without a value gets the code for "not available", an unused address 0."""
        cells: dict[Table, dict[int, int]] = {table: {} for table in Table}
        for name, register, words in self._fillers:
            table = cells[register.table]
            address = register.address
            for offset, word in enumerate(words(values.get(name))):
                table[address + offset] = table.get(address + offset, 0) | word
        self._cells = cells

    def covers(self, table: Table, address: int, length: int) -> bool:
        """The device answers for all of these addresses."""
        return any(span.first <= address and address + length <= span.end for span in self._spans[table])

    def read(self, table: Table, address: int, length: int) -> list[int]:
        """Words, or bits as 0 and 1."""
        cells = self._cells[table]
        return [cells.get(place, 0) for place in range(address, address + length)]

    def where(self, point: str) -> Register | None:
        """The register of a point."""
        return next((register for name, register, _ in self._fillers if name == point), None)


def _filler(point: Point, register: Register) -> Callable[[Physical], Words]:
    if register.type is RawType.ENUM:
        codes = {key: code for code, key in point.codes.items()}

        def label(value: Physical) -> Words:
            code = codes.get(value) if isinstance(value, str) else None
            return (unavailable(register) if code is None else int(code) & 0xFFFF,)

        return label
    if register.table.of_bits:
        return lambda value: (int(bool(value)),)

    def number(value: Physical) -> Words:
        return words_of(register, None if isinstance(value, str) else value)

    return number
