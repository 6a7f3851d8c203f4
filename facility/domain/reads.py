"""Block planning: the fewest legal requests that read each point of an asset once a period.

Points are grouped by period and table, sorted by address, and packed greedily: with limits on length, on gaps and on
pages, taking as much as is allowed from the left is optimal. A value is never cut.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby

from facility.domain.asset import Asset
from facility.domain.profile import ModbusLimits, Point, RawType, Register, Table

BITS_PER_WORD = 16


@dataclass(frozen=True, slots=True)
class Request:
    """One read: `count` registers (or bits of a bit table) from the wire address `address`. Times in seconds.

    `silence`: rest of a serial bus before it, when the unit wants a longer one than its line has.
    """

    unit: int
    table: Table
    address: int
    count: int
    timeout: float = 1.0
    silence: float = 0.0
    function: int = field(init=False)  # Modbus function code
    size: int = field(init=False)  # length of the payload of a right answer, in bytes

    def __post_init__(self) -> None:
        of_bits = self.table.of_bits
        object.__setattr__(self, "function", self.table.function)
        object.__setattr__(self, "size", (self.count + 7) // 8 if of_bits else 2 * self.count)


@dataclass(frozen=True, slots=True)
class Block:
    """One request and the points that it brings, in the order of their addresses."""

    asset: Asset
    points: tuple[Point, ...]
    every: timedelta
    request: Request
    ahead: bool = False  # what others are multiplied by is in it: read before them after a start


def plan(asset: Asset) -> list[Block]:
    """The blocks of an asset: each of its Modbus points in exactly one; ValueError when a point alone breaks the limits.

    Of one period, what others are multiplied by comes first.
    """
    points = [point for point in asset.profile.points.values() if isinstance(point.read, Register)]
    points.sort(key=lambda point: (point.every, *_place(point)))
    ratios = {name for point in points for name in register_of(point).ratios}
    blocks = []
    for every, same_period in groupby(points, key=lambda point: point.every):
        for run in runs(list(same_period), asset.profile.modbus):
            ahead = not ratios.isdisjoint(point.name for point in run)
            blocks.append(Block(asset, run, every, request(asset, run), ahead))
    return sorted(blocks, key=lambda block: (block.every, not block.ahead))


def runs(points: Sequence[Point], limits: ModbusLimits) -> Iterator[tuple[Point, ...]]:
    """Points (sorted by table and address) as runs that one request may read."""
    run: list[Point] = []
    first = end = 0
    for point in points:
        read = register_of(point)
        most = limits.max_bits if read.table.of_bits else limits.max_registers
        gap = limits.max_gap * (BITS_PER_WORD if read.table.of_bits else 1)
        stop = read.address + length(read)
        if length(read) > most or _pages(read.address, stop, limits.page) > 1:
            raise ValueError(f"point {point.name} does not fit into one request of the device")
        same_table = bool(run) and register_of(run[-1]).table is read.table
        too_far = read.address - end > gap or max(end, stop) - first > most or (limits.single and read.address >= end)
        if not same_table or too_far or _pages(first, stop, limits.page) > 1:
            if run:
                yield tuple(run)
            run, first, end = [], read.address, stop
        run.append(point)
        end = max(end, stop)
    if run:
        yield tuple(run)


def _pages(first: int, stop: int, page: int) -> int:
    """How many pages of the device these addresses lie in."""
    return (stop - 1) // page - first // page + 1 if page else 1


def request(asset: Asset, points: Sequence[Point]) -> Request:
    """The request that spans these points of one table."""
    first, last = span(points)
    table = register_of(points[0]).table
    limits = asset.profile.modbus
    silence = limits.silent_interval.total_seconds()
    return Request(asset.unit, table, first, last - first, limits.timeout.total_seconds(), silence)


def span(points: Iterable[Point]) -> tuple[int, int]:
    """First address, and the address behind the last word or bit."""
    registers = [register_of(point) for point in points]
    return min(r.address for r in registers), max(r.address + length(r) for r in registers)


def length(register: Register) -> int:
    """Words of a register; bits of a coil or discrete input."""
    return 1 if register.table.of_bits else register.words


def register_of(point: Point) -> Register:
    """Where the point is read; TypeError when it is not a Modbus point."""
    if not isinstance(point.read, Register):
        raise TypeError(f"point {point.name} is not read over Modbus")
    return point.read


def _place(point: Point) -> tuple[Table, int, int, RawType]:
    read = register_of(point)
    return read.table, read.address, read.bit, read.type
