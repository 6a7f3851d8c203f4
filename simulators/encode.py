"""The registers of a device, filled with its values from a profile's address map. `simulators.codes` encodes each value."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from facility.domain.profile import Point, Profile, RawType, Register, Table
from simulators.codes import Words, first_sentinel, placed, text_words, unavailable, words_of
from simulators.plant.device import Physical

Values = Mapping[str, Physical]


@dataclass(frozen=True, slots=True)
class Span:
    """A run of addresses that the device answers for: `first` ≤ address < `end`."""

    first: int
    end: int


def spans_of(points: Iterable[Register], gap: int) -> list[Span]:
    """The readable runs of one table: points no further apart than `gap` unused addresses share a run."""
    spans: list[Span] = []
    for register in sorted(points, key=lambda register: register.address):
        end = register.address + register.words
        if spans and register.address <= spans[-1].end + gap:
            spans[-1] = Span(spans[-1].first, max(spans[-1].end, end))
        else:
            spans.append(Span(register.address, end))
    return spans


class Image:
    """The registers of one device, filled from the values of its points."""

    def __init__(self, profile: Profile) -> None:
        self.limits = profile.modbus
        self._fillers: list[tuple[str, Register, Callable[[Values], Words]]] = []
        self._spans: dict[Table, list[Span]] = {}
        self._values: set[tuple[Table, int, int]] = set()  # where each begins, and its length
        self._cells: dict[Table, dict[int, int]] = {table: {} for table in Table}
        registers: dict[Table, list[Register]] = {table: [] for table in Table}
        for point in profile.points.values():
            if isinstance(point.read, Register):
                registers[point.read.table].append(point.read)
                self._fillers.append((point.name, point.read, _filler(point, point.read)))
                self._values.add((point.read.table, point.read.address, point.read.words))
        for table, found in registers.items():
            gap = self.limits.max_gap * (16 if table.of_bits else 1)
            self._spans[table] = spans_of(found, gap)
        self.fill({})

    def fill(self, values: Values) -> None:
        """Set every register; a point without a value gets the code for "not available", an unused address 0."""
        cells: dict[Table, dict[int, int]] = {table: {} for table in Table}
        for _, register, words in self._fillers:
            table = cells[register.table]
            address = register.address
            for offset, word in enumerate(words(values)):
                table[address + offset] = table.get(address + offset, 0) | word
        for name, register, _ in self._fillers:
            if register.type is RawType.BIT and register.sentinels and values.get(name) is None:
                cells[register.table][register.address] = first_sentinel(register)  # of the whole word
        self._cells = cells

    def covers(self, table: Table, address: int, length: int) -> bool:
        """The device answers for all of these addresses, and for them in one request."""
        page = self.limits.page
        if page and address // page != (address + length - 1) // page:
            return False
        if self.limits.single:
            return (table, address, length) in self._values
        return any(span.first <= address and address + length <= span.end for span in self._spans[table])

    def read(self, table: Table, address: int, length: int) -> list[int]:
        """Words, or bits as 0 and 1."""
        cells = self._cells[table]
        return [cells.get(place, 0) for place in range(address, address + length)]

    def where(self, point: str) -> Register | None:
        """The register of a point."""
        return next((register for name, register, _ in self._fillers if name == point), None)


def _filler(point: Point, register: Register) -> Callable[[Values], Words]:
    """What makes the words of a point from the values of its device."""
    name = point.name
    if register.type is RawType.ENUM:
        codes = {key: int(code) for code, key in point.codes.items()}
        return lambda values: placed(register, codes.get(str(values.get(name)), unavailable(register)))
    if register.type is RawType.STRING:
        return lambda values: text_words(register, _text(values.get(name)))
    if register.table.of_bits:
        return lambda values: (int(bool(values.get(name))),)
    if register.ratios:
        return lambda values: words_of(register, _secondary(values.get(name), register, values))
    return lambda values: words_of(register, _number(values.get(name)))


def _number(value: Physical) -> float | None:
    return None if isinstance(value, str) else value


def _text(value: Physical) -> str | None:
    return value if isinstance(value, str) else None


def _secondary(value: Physical, register: Register, values: Values) -> float | None:
    """A value as it stands behind the device's transformers; None while a ratio has no value."""
    number = _number(value)
    for name in register.scale_by:
        ratio = _number(values.get(name))
        if number is None or not ratio:
            return None
        number /= ratio
    if register.decimals:
        places = _number(values.get(register.decimals))
        return None if number is None or places is None else number * 10.0**places
    return number
