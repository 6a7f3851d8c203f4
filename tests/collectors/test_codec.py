"""The codec against an encoder of the test's own: every type and byte order, and never a value out of nothing."""

import math
import struct
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.codec import BlockCodec
from collectors.wire import BadAnswer, Request
from facility.domain.profile import ByteOrder, Point, RawType, Register, Table
from facility.domain.reading import BadReason
from tests.collectors.wire_harness import point

NARROW = [order for order in ByteOrder if order.words == 2]
LABELS = {0: "open", 1: "closed", 7: "tripped"}
LIMITS = {
    RawType.UINT16: (0, 2**16 - 1),
    RawType.INT16: (-(2**15), 2**15 - 1),
    RawType.UINT32: (0, 2**32 - 1),
    RawType.INT32: (-(2**31), 2**31 - 1),
}
SCALES = st.sampled_from([1.0, 0.1, 0.01, 0.001, 2.5, 10.0, 0.025, 1000.0])
OFFSETS = st.sampled_from([0.0, -40.0, 0.5, 273.15])


def encode32(bits: int, order: ByteOrder) -> bytes:
    """The four bytes A (most significant) to D, sent in the order of the device's manual."""
    letters = {"A": bits >> 24 & 255, "B": bits >> 16 & 255, "C": bits >> 8 & 255, "D": bits & 255}
    return bytes(letters[letter] for letter in order.value)


def encode(register: Register, raw: float) -> bytes:
    """The bytes of a raw value on the wire."""
    if register.type is RawType.FLOAT32:
        return encode32(int.from_bytes(struct.pack(">f", raw), "big"), register.order)
    if register.type.words == 2:
        return encode32(int(raw) % 2**32, register.order)
    return (int(raw) % 2**16).to_bytes(2, "big")


def decode(points: list[Point], payload: bytes, start: int = 0) -> list[tuple[float | str | None, BadReason]]:
    """What the codec says of each point; checks that its two ways agree."""
    codec = BlockCodec(points, Request(1, points[0].read.table, start, len(payload) // 2))  # type: ignore[union-attr]
    values, reasons = codec.each(payload)
    fast = codec.good(payload)
    if fast is None:
        assert any(reasons) or any(p.read.sentinels for p in points)  # type: ignore[union-attr]
    else:
        assert list(fast) == values
        assert not any(reasons)
    return list(zip(values, reasons, strict=True))


@st.composite
def numbers(draw: st.DrawFn) -> tuple[Register, float]:
    """A register of any numeric type at address 0, and a raw value for it."""
    kind = draw(st.sampled_from([*LIMITS, RawType.FLOAT32]))
    order = draw(st.sampled_from(NARROW))
    register = Register(Table.HOLDING, 0, kind, order, scale=draw(SCALES), offset=draw(OFFSETS))
    if kind is RawType.FLOAT32:
        return register, draw(st.floats(width=32, allow_nan=False, allow_infinity=False))
    return register, draw(st.integers(*LIMITS[kind]))


def value_of(register: Register, raw: float) -> float:
    """The exact value of a raw number."""
    return float(Fraction(raw) * Fraction(str(register.scale)) + Fraction(str(register.offset)))


@settings(deadline=None)
@given(st.lists(st.tuples(numbers(), st.integers(0, 3)), min_size=1, max_size=30), st.integers(0, 60_000))
def test_every_number_comes_out_as_it_went_in(fields: list[tuple[tuple[Register, float], int]], start: int) -> None:
    points, payload, expected = [], b"", []
    for i, ((register, raw), gap) in enumerate(fields):
        payload += b"\xa5\x5a" * (gap if i else 0)
        at = Register(
            register.table,
            start + len(payload) // 2,
            register.type,
            register.order,
            scale=register.scale,
            offset=register.offset,
        )
        points.append(point(f"p{i}", at))
        payload += encode(register, raw)
        expected.append(value_of(register, raw))
    for (value, reason), want in zip(decode(points, payload, start), expected, strict=True):
        assert reason is BadReason.NONE
        assert isinstance(value, float)
        assert value == pytest.approx(want, rel=1e-12, abs=1e-9)


@settings(deadline=None)
@given(st.integers(0, 65535), st.sampled_from([0.1, 0.01, 0.001]))
def test_decimal_scales_give_the_nearest_number(raw: int, scale: float) -> None:
    register = Register(Table.INPUT, 0, RawType.UINT16, scale=scale)
    assert decode([point("p", register)], encode(register, raw)) == [(value_of(register, raw), BadReason.NONE)]


@settings(deadline=None)
@given(st.integers(0, 65535))
def test_bits_and_enums_of_shared_words(word: int) -> None:
    bits = [point(f"b{i}", Register(Table.HOLDING, 5, RawType.BIT, bit=i)) for i in range(16)]
    state = point("state", Register(Table.HOLDING, 5, RawType.ENUM), codes=LABELS)
    decoded = decode([*bits, state], word.to_bytes(2, "big"), start=5)
    assert [value for value, _ in decoded[:16]] == [float(digit) for digit in reversed(f"{word:016b}")]
    label = LABELS.get(word)
    assert decoded[16] == (label, BadReason.NONE if label else BadReason.UNKNOWN_LABEL)


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=64), st.integers(0, 1000))
def test_coils_and_discrete_inputs(states: list[bool], start: int) -> None:
    points = [point(f"b{i}", Register(Table.DISCRETE, start + i, RawType.BIT)) for i in range(len(states))]
    payload = bytearray((len(states) + 7) // 8)
    for i, state in enumerate(states):
        payload[i // 8] |= state << i % 8
    codec = BlockCodec(points, Request(1, Table.DISCRETE, start, len(states)))
    assert codec.good(bytes(payload)) == [float(state) for state in states]
    assert codec.each(bytes(payload)) == ([float(s) for s in states], [BadReason.NONE] * len(states))


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("order", NARROW)
def test_not_a_number_is_bad_and_its_neighbours_are_not(odd: float, order: ByteOrder) -> None:
    registers = [Register(Table.HOLDING, 2 * i, RawType.FLOAT32, order) for i in range(3)]
    payload = b"".join(encode(r, raw) for r, raw in zip(registers, [1.5, odd, 2.5], strict=True))
    assert decode([point(f"p{i}", r) for i, r in enumerate(registers)], payload) == [
        (1.5, BadReason.NONE),
        (None, BadReason.NOT_A_NUMBER),
        (2.5, BadReason.NONE),
    ]


@pytest.mark.parametrize(
    ("kind", "sentinel", "near"),
    [
        (RawType.UINT16, 0xFFFF, 0xFFFE),
        (RawType.INT16, 0x8000, -32767),
        (RawType.INT16, 0x7FFF, 0x7FFE),
        (RawType.UINT32, 0xFFFFFFFF, 0xFFFFFFFE),
        (RawType.INT32, 0x80000000, -(2**31) + 1),
        (RawType.UINT16, 0, 1),
        (RawType.ENUM, 7, 1),
    ],
)
@pytest.mark.parametrize("order", NARROW)
def test_a_sentinel_is_no_value_but_its_neighbour_is(kind: RawType, sentinel: int, near: int, order: ByteOrder) -> None:
    register = Register(Table.HOLDING, 0, kind, order, sentinels=(sentinel,))
    it = point("p", register, codes=LABELS)
    assert decode([it], encode(register, sentinel)) == [(None, BadReason.SENTINEL)]
    assert decode([it], encode(register, near)) == [
        (LABELS[1] if kind is RawType.ENUM else float(near), BadReason.NONE)
    ]


@pytest.mark.parametrize("code", [0x7FC00000, 0x7F800001, 0xFFFFFFFF, 0x7F7FFFFF, 0x42C80000, 0x80000000])
@pytest.mark.parametrize("order", NARROW)
def test_sentinels_of_floats_are_compared_bit_by_bit(code: int, order: ByteOrder) -> None:
    it = point("p", Register(Table.HOLDING, 0, RawType.FLOAT32, order, sentinels=(code,)))
    assert decode([it], encode32(code, order)) == [(None, BadReason.SENTINEL)]
    assert decode([it], encode32(0, order)) == [(0.0, BadReason.NONE)]


def test_outside_the_measuring_range_is_bad_and_its_edges_are_not() -> None:
    it = point("p", Register(Table.HOLDING, 0, RawType.INT16, scale=0.1), low=-5.0, high=50.0)
    outcomes = {raw: decode([it], encode(it.read, raw))[0] for raw in (-51, -50, 0, 500, 501)}  # type: ignore[arg-type]
    assert outcomes == {
        -51: (None, BadReason.OUT_OF_RANGE),
        -50: (-5.0, BadReason.NONE),
        0: (0.0, BadReason.NONE),
        500: (50.0, BadReason.NONE),
        501: (None, BadReason.OUT_OF_RANGE),
    }


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_every_wrong_length_is_refused(payload: bytes) -> None:
    points = [point(f"p{i}", Register(Table.HOLDING, 2 * i, RawType.FLOAT32)) for i in range(4)]
    codec = BlockCodec(points, Request(1, Table.HOLDING, 0, 8))
    if len(payload) == 16:
        payload += b"\0"
    for way in (codec.good, codec.each):
        with pytest.raises(BadAnswer):
            way(payload)


@settings(deadline=None)
@given(st.binary(min_size=26, max_size=26))
def test_any_bytes_give_a_plausible_value_or_a_reason(payload: bytes) -> None:
    points = [
        point("f", Register(Table.HOLDING, 0, RawType.FLOAT32, ByteOrder.CDAB), low=0.0, high=500.0),
        point("u", Register(Table.HOLDING, 2, RawType.UINT32, ByteOrder.BADC, scale=0.01), low=0.0, high=1e6),
        point("i", Register(Table.HOLDING, 4, RawType.INT32, ByteOrder.DCBA), low=-100.0, high=100.0),
        point("s", Register(Table.HOLDING, 12, RawType.ENUM), codes=LABELS),
    ]
    for (value, reason), p in zip(decode(points, payload), points, strict=True):
        if value is None:
            assert reason is not BadReason.NONE
        elif isinstance(value, str):
            assert value in LABELS.values()
        else:
            assert p.low is not None
            assert p.high is not None
            assert p.low <= value <= p.high
