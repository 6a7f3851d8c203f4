"""The encoder against two decoders that it does not know: pymodbus' own conversion and struct."""

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.client import ModbusTcpClient

from facility.domain.asset import Site
from facility.domain.profile import ByteOrder, ModbusLimits, RawType, Register, Table
from simulators.codes import words_of
from simulators.encode import Image, spans_of
from tests.collectors.wire_harness import asset, point

NARROW = [order for order in ByteOrder if order.words == 2]
WIDE = (RawType.UINT32, RawType.INT32, RawType.FLOAT32)
FORMATS = {RawType.UINT32: "I", RawType.INT32: "i", RawType.FLOAT32: "f"}
PYMODBUS: dict[RawType, Any] = {
    RawType.UINT32: ModbusTcpClient.DATATYPE.UINT32,
    RawType.INT32: ModbusTcpClient.DATATYPE.INT32,
    RawType.FLOAT32: ModbusTcpClient.DATATYPE.FLOAT32,
    RawType.UINT64: ModbusTcpClient.DATATYPE.UINT64,
    RawType.INT64: ModbusTcpClient.DATATYPE.INT64,
    RawType.FLOAT64: ModbusTcpClient.DATATYPE.FLOAT64,
}
floats = st.floats(width=32, allow_nan=False, allow_infinity=False)
numbers = st.one_of(
    st.tuples(st.just(RawType.UINT32), st.integers(0, 2**32 - 1)),
    st.tuples(st.just(RawType.INT32), st.integers(-(2**31), 2**31 - 1)),
    st.tuples(st.just(RawType.FLOAT32), floats),
)


long_numbers = st.one_of(
    st.tuples(st.just(RawType.UINT64), st.integers(0, 2**53)),
    st.tuples(st.just(RawType.INT64), st.integers(-(2**53), 2**53)),
    st.tuples(st.just(RawType.FLOAT64), st.floats(allow_nan=False, allow_infinity=False)),
)


@given(st.one_of(numbers, long_numbers), st.sampled_from(["big", "little"]))
def test_word_orders_are_those_of_pymodbus(number: tuple[RawType, float], words: Any) -> None:
    kind, value = number
    order = ByteOrder.ABCD if words == "big" else ByteOrder.CDAB  # for 64 bits, what they imply
    sent = words_of(Register(Table.HOLDING, 0, kind, order), value)
    assert ModbusTcpClient.convert_from_registers(list(sent), PYMODBUS[kind], words) == value


@given(numbers, st.sampled_from(NARROW))
def test_each_byte_order_against_struct(number: tuple[RawType, float], order: ByteOrder) -> None:
    kind, value = number
    wire = struct.pack(">HH", *words_of(Register(Table.INPUT, 0, kind, order), value))
    letters = dict(zip(order.value, wire, strict=True))
    straight = bytes(letters[letter] for letter in "ABCD")
    assert struct.unpack(f">{FORMATS[kind]}", straight)[0] == value


def test_byte_orders_of_one_known_number() -> None:
    sent = {order: words_of(Register(Table.HOLDING, 0, RawType.UINT32, order), 0x0A0B0C0D) for order in NARROW}
    assert sent == {
        ByteOrder.ABCD: (0x0A0B, 0x0C0D),
        ByteOrder.CDAB: (0x0C0D, 0x0A0B),
        ByteOrder.BADC: (0x0B0A, 0x0D0C),
        ByteOrder.DCBA: (0x0D0C, 0x0B0A),
    }


@given(st.floats(-40, 150), st.sampled_from([0.1, 0.01, 1.0]), st.sampled_from([0.0, -10.0, 273.0]))
def test_scaled_numbers_come_back_within_half_a_step(value: float, scale: float, offset: float) -> None:
    (word,) = words_of(Register(Table.INPUT, 0, RawType.INT16, scale=scale, offset=offset), value)
    (raw,) = struct.unpack(">h", struct.pack(">H", word))
    held = max(-0x8000 * scale + offset, min(0x7FFF * scale + offset, value))
    assert abs(raw * scale + offset - held) <= scale / 2 + 1e-9


@given(st.integers(-40000, 40000), st.sets(st.sampled_from([0x7FFF, 0x8000, 0, 1, 0xFFFF]), max_size=5))
def test_a_value_is_never_sent_as_not_available(value: int, sentinels: set[int]) -> None:
    (word,) = words_of(Register(Table.INPUT, 0, RawType.INT16, sentinels=tuple(sentinels)), float(value))
    assert word not in sentinels


@pytest.mark.parametrize(
    ("register", "words"),
    [
        (Register(Table.INPUT, 0, RawType.INT16, sentinels=(0x8000, 0x7FFF)), (0x8000,)),
        (Register(Table.INPUT, 0, RawType.FLOAT32), (0x7FC0, 0)),
        (Register(Table.INPUT, 0, RawType.UINT32, sentinels=(0xFFFFFFFE,), order=ByteOrder.CDAB), (0xFFFE, 0xFFFF)),
        (Register(Table.INPUT, 0, RawType.UINT16), (0xFFFF,)),
    ],
)
def test_what_is_not_available_has_its_code(register: Register, words: tuple[int, ...]) -> None:
    assert words_of(register, None) == words


def test_bits_share_a_word(demo: Site) -> None:
    image = Image(demo.assets["fire-panel-1"].profile)
    image.fill({"mains_ok": True, "battery_ok": False, "linkage_on": True})
    assert image.read(Table.HOLDING, 0, 1) == [0b1000_0000_0000_0001]


def test_a_gap_longer_than_the_profile_allows_ends_a_run() -> None:
    registers = [Register(Table.HOLDING, address, RawType.UINT16) for address in (0, 1, 4, 10)]
    assert [(span.first, span.end) for span in spans_of(registers, gap=2)] == [(0, 5), (10, 11)]
    assert [(span.first, span.end) for span in spans_of(registers, gap=0)] == [(0, 2), (4, 5), (10, 11)]


@pytest.mark.parametrize(
    ("limits", "answered"),
    [
        (ModbusLimits(), {(0, 2), (0, 4), (2, 1), (1, 2), (3, 2)}),
        (ModbusLimits(page=2), {(0, 2), (2, 1)}),
        (ModbusLimits(single=True), {(0, 2), (2, 1)}),
    ],
)
def test_a_device_of_pages_or_single_values_answers_nothing_else(
    limits: ModbusLimits, answered: set[tuple[int, int]]
) -> None:
    kinds = {0: RawType.FLOAT32, 2: RawType.UINT16, 3: RawType.UINT32}
    points = [point(f"p{at}", Register(Table.INPUT, at, kind)) for at, kind in kinds.items()]
    image = Image(asset("a", points, limits=limits).profile)
    asked = [(0, 2), (0, 4), (2, 1), (1, 2), (3, 2)]
    found = {(address, count) for address, count in asked if image.covers(Table.INPUT, address, count)}
    assert found == answered | ({(3, 2)} if limits.single else set())
