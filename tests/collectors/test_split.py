"""Splitting a refused block: everything that the device has is read, in the fewest requests, and scars heal."""

import struct
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.split import FIRST_REST, LONGEST_REST, MOST_CUTS, Split
from collectors.wire import DeviceRefused, Request, Timeout
from facility.domain.profile import ModbusLimits, RawType, Register, Table
from facility.domain.reading import BadReason
from facility.domain.reads import plan
from tests.collectors.wire_harness import asset, point, words


class Device:
    """Holds its address in each register, refuses reads that touch `missing`."""

    def __init__(self, missing: set[int]) -> None:
        self.missing = missing
        self.asked: list[Request] = []
        self.code = 2

    async def ask(self, request: Request) -> bytes:
        self.asked.append(request)
        covered = range(request.address, request.address + request.count)
        if self.missing.intersection(covered):
            raise DeviceRefused(self.code)
        return struct.pack(f">{request.count}H", *covered)

    def requests(self) -> int:
        """Requests since the last call."""
        count = len(self.asked)
        self.asked.clear()
        return count


@settings(deadline=None, max_examples=40)
@given(st.sets(st.integers(0, 99), max_size=12))
async def test_all_that_is_there_is_read(missing: set[int]) -> None:
    (block,) = plan(asset("a", words(100)))
    split, device = Split(block), Device(missing)
    for _ in range(len(missing) // MOST_CUTS + 1):
        values, reasons = await split.read(device.ask, 0.0)
    assert values == [None if i in missing else float(i) for i in range(100)]
    assert reasons == [BadReason.REFUSED if i in missing else BadReason.NONE for i in range(100)]
    assert split.refused == len(missing)
    assert split.healed is (not missing)
    device.requests()
    await split.read(device.ask, 0.0)
    runs = sum(i not in missing and (i == 0 or i - 1 in missing) for i in range(100))
    assert device.requests() == runs


async def test_one_bad_register_costs_ten_requests_once_and_one_more_from_then_on() -> None:
    (block,) = plan(asset("a", words(100)))
    split, device = Split(block), Device({37})
    values, _ = await split.read(device.ask, 0.0)
    assert sum(value is not None for value in values) == 99
    assert device.requests() <= 12
    await split.read(device.ask, 1.0)
    assert device.requests() == 2


async def test_a_hole_that_may_not_be_read_across_costs_no_point() -> None:
    points = [*words(5), *[point(f"q{i}", Register(Table.HOLDING, 8 + i, RawType.UINT16)) for i in range(5)]]
    (block,) = plan(asset("a", points, limits=ModbusLimits(max_gap=8)))
    split, device = Split(block), Device({6})
    values, reasons = await split.read(device.ask, 0.0)
    assert values == [0.0, 1.0, 2.0, 3.0, 4.0, 8.0, 9.0, 10.0, 11.0, 12.0]
    assert not any(reasons)
    assert split.refused == 0


async def test_bits_of_one_word_are_refused_together() -> None:
    bits = [point(f"b{i}", Register(Table.HOLDING, 1, RawType.BIT, bit=i)) for i in range(16)]
    (block,) = plan(asset("a", [*words(1), *bits]))
    split, device = Split(block), Device({1})
    values, reasons = await split.read(device.ask, 0.0)
    assert values == [0.0] + [None] * 16
    assert reasons[1:] == [BadReason.REFUSED] * 16
    assert device.requests() <= 6


async def test_a_scar_is_tried_rarely_and_heals() -> None:
    (block,) = plan(asset("a", words(20)))
    split, device = Split(block), Device({7})
    tries, at = [], 0.0
    while at < 3 * LONGEST_REST:
        device.requests()
        await split.read(device.ask, at)
        if any(request.address == 7 for request in device.asked):
            tries.append(at)
        at += 10.0
    gaps = [b - a for a, b in pairwise(tries)]
    assert gaps[1] == pytest.approx(FIRST_REST * 2, abs=20)
    assert gaps[-1] == pytest.approx(LONGEST_REST, abs=20)
    device.missing.clear()
    await split.read(device.ask, at + LONGEST_REST)
    assert split.healed
    device.requests()
    await split.read(device.ask, at + LONGEST_REST + 10)
    assert device.requests() == 1


async def test_a_passing_refusal_leaves_no_scar() -> None:
    (block,) = plan(asset("a", words(20)))
    split, device = Split(block), Device({3})
    first = True

    async def ask(request: Request) -> bytes:
        nonlocal first
        try:
            return await device.ask(request)
        finally:
            if first:
                first = False
                device.missing.clear()

    values, _ = await split.read(ask, 0.0)
    assert values == [float(i) for i in range(20)]
    assert split.healed


@pytest.mark.parametrize("code", [5, 6])
async def test_a_busy_device_is_not_split(code: int) -> None:
    (block,) = plan(asset("a", words(20)))
    split, device = Split(block), Device({3})
    device.code = code
    with pytest.raises(DeviceRefused):
        await split.read(device.ask, 0.0)
    assert split.healed
    assert device.requests() == 1


async def test_silence_in_the_middle_of_the_search_loses_nothing() -> None:
    (block,) = plan(asset("a", words(50)))
    device = Device({10, 40})
    for silent_at in range(1, 25):
        split, turn = Split(block), 0

        async def ask(request: Request, silent_at: int = silent_at) -> bytes:
            nonlocal turn
            turn += 1
            if turn == silent_at:
                raise Timeout
            return await device.ask(request)

        try:
            values, _ = await split.read(ask, 0.0)
        except Timeout:
            values, _ = await split.read(ask, 0.0)
        assert values == [None if i in (10, 40) else float(i) for i in range(50)]
