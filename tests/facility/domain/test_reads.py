"""Block planning: each point once a period, inside the device's limits, and no request more than needed."""

from datetime import timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facility.domain.profile import ModbusLimits, Point, RawType, Register, Table
from facility.domain.reads import plan
from tests.collectors.wire_harness import asset, point

WORDS = st.sampled_from([RawType.UINT16, RawType.INT32, RawType.FLOAT32, RawType.ENUM, RawType.FLOAT64])
LIMITS = st.builds(
    ModbusLimits,
    max_registers=st.integers(4, 20),
    max_bits=st.integers(1, 40),
    max_gap=st.integers(0, 4),
    page=st.sampled_from([0, 0, 16, 32]),
    single=st.sampled_from([False, False, True]),
    timeout=st.just(timedelta(seconds=1)),
)


@st.composite
def layouts(draw: st.DrawFn, most: int = 25) -> list[Point]:
    """Points without overlap on several tables, with holes and two periods, in no order."""
    points = []
    for table in draw(st.lists(st.sampled_from(Table), min_size=1, max_size=2, unique=True)):
        at = draw(st.integers(0, 100))
        for i in range(draw(st.integers(1, most))):
            at += draw(st.integers(0, 6) if draw(st.booleans()) else st.just(0))
            kind = RawType.BIT if table.of_bits else draw(WORDS)
            at += -at % 4 if kind.words > 1 else 0  # inside a page of any size
            every = draw(st.sampled_from([1.0, 5.0]))
            points.append(point(f"{table.value}{i}", Register(table, at, kind), every=every))
            at += 1 if table.of_bits else kind.words
    return draw(st.permutations(points))


@settings(deadline=None)
@given(layouts(), LIMITS)
def test_each_point_once_inside_the_limits(points: list[Point], limits: ModbusLimits) -> None:
    blocks = plan(asset("a", points, unit=7, limits=limits))
    assert sorted(p.name for block in blocks for p in block.points) == sorted(p.name for p in points)
    for block in blocks:
        request = block.request
        assert request.unit == 7
        covered = set()
        for p in block.points:
            assert isinstance(p.read, Register)
            assert (p.read.table, p.every) == (request.table, block.every)
            covered |= set(range(p.read.address, p.read.address + p.read.type.words))
        assert min(covered) == request.address
        assert max(covered) == request.address + request.count - 1
        assert request.count <= (limits.max_bits if request.table.of_bits else limits.max_registers)
        holes = set(range(request.address, request.address + request.count)) - covered
        assert _widest(holes) <= limits.max_gap * (16 if request.table.of_bits else 1)


def _widest(holes: set[int]) -> int:
    """The longest row of addresses without a gap."""
    return max((next(n for n in range(1, 1000) if hole + n not in holes) for hole in holes), default=0)


@settings(deadline=None)
@given(layouts(most=7), LIMITS)
def test_no_plan_has_fewer_requests(points: list[Point], limits: ModbusLimits) -> None:
    groups: dict[object, list[Register]] = {}
    for p in points:
        assert isinstance(p.read, Register)
        groups.setdefault((p.read.table, p.every), []).append(p.read)
    fewest = sum(_fewest(tuple(sorted(group, key=lambda r: r.address)), limits) for group in groups.values())
    assert len(plan(asset("a", points, limits=limits))) == fewest


def _fewest(registers: tuple[Register, ...], limits: ModbusLimits) -> int:
    """By trying every way of cutting the row."""
    most = limits.max_bits if registers[0].table.of_bits else limits.max_registers
    gap = limits.max_gap * (16 if registers[0].table.of_bits else 1)

    def legal(row: tuple[Register, ...]) -> bool:
        ends = [r.address + r.type.words for r in row]
        if limits.page and row[0].address // limits.page != (ends[-1] - 1) // limits.page:
            return False
        if limits.single and len(row) > 1:
            return False
        return ends[-1] - row[0].address <= most and all(
            b.address - e <= gap for e, b in zip(ends, row[1:], strict=False)
        )

    @cache
    def best(first: int) -> int:
        if first == len(registers):
            return 0
        return 1 + min(best(k) for k in range(first + 1, len(registers) + 1) if legal(registers[first:k]))

    return best(0)


@pytest.mark.parametrize("single", [False, True])
def test_bits_of_one_word_are_read_together(single: bool) -> None:
    bits = [point(f"b{i}", Register(Table.HOLDING, 4, RawType.BIT, bit=i)) for i in range(16)]
    (block,) = plan(asset("a", bits, limits=ModbusLimits(single=single)))
    assert (block.request.address, block.request.count) == (4, 1)


def test_a_value_that_crosses_a_page_is_refused_by_name() -> None:
    energy = point("energy", Register(Table.HOLDING, 254, RawType.FLOAT64))
    with pytest.raises(ValueError, match="energy"):
        plan(asset("a", [energy], limits=ModbusLimits(page=256)))


def test_a_value_longer_than_a_request_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="energy"):
        plan(
            asset(
                "a", [point("energy", Register(Table.HOLDING, 0, RawType.UINT32))], limits=ModbusLimits(max_registers=1)
            )
        )


def test_of_one_period_ratios_are_read_first() -> None:
    points = [
        point("power", Register(Table.HOLDING, 0, RawType.INT16, scale_by=("ct",)), every=5.0),
        point("energy", Register(Table.HOLDING, 10, RawType.UINT32, scale_by=("ct",)), every=60.0),
        point("ct", Register(Table.HOLDING, 141, RawType.UINT16), every=60.0),
    ]
    blocks = plan(asset("a", points))
    assert [[p.name for p in block.points] for block in blocks] == [["power"], ["ct"], ["energy"]]
