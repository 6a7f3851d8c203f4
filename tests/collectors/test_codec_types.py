"""The codec and the rarer raw types, against encoders of the test's own: 64 bit, BCD, bit ranges, radix, codings, texts."""

import math
import struct
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.codec import BlockCodec
from collectors.wire import Request
from facility.domain.profile import ByteOrder, Coding, Point, RawType, Register, Table
from facility.domain.reading import BadReason, Value
from tests.collectors.wire_harness import point

WIDE = [order for order in ByteOrder if order.words == 4]
NARROW = [order for order in ByteOrder if order.words == 2]
NONE, SENTINEL, BAD_PAYLOAD = BadReason.NONE, BadReason.SENTINEL, BadReason.BAD_PAYLOAD


def sent(bits: int, order: ByteOrder) -> bytes:
    """The bytes A (most significant), B, … in the order of the device's manual."""
    straight = dict(zip("ABCDEFGH", bits.to_bytes(2 * order.words, "big"), strict=False))
    return bytes(straight[letter] for letter in order.value)


def decode(points: list[Point], payload: bytes) -> list[tuple[Value | None, BadReason]]:
    """What the codec says of points that begin at 0; checks that its two ways agree."""
    request = Request(1, Table.HOLDING, 0, len(payload) // 2)
    codec = BlockCodec(points, request)
    values, reasons = codec.each(payload)
    fast = codec.good(payload)
    assert fast is None or (list(fast) == values and not any(reasons))
    return list(zip(values, reasons, strict=True))


def one(register: Register, payload: bytes, **limits: float) -> tuple[Value | None, BadReason]:
    """What becomes of a single point."""
    return decode([point("p", register, **limits)], payload)[0]  # type: ignore[arg-type]


def test_64_bit_orders_of_one_known_number() -> None:
    payloads = {order: sent(0x0102030405060708, order).hex() for order in WIDE}
    assert payloads == {
        ByteOrder.ABCDEFGH: "0102030405060708",
        ByteOrder.GHEFCDAB: "0708050603040102",
        ByteOrder.BADCFEHG: "0201040306050807",
        ByteOrder.HGFEDCBA: "0807060504030201",
        ByteOrder.CDABGHEF: "0304010207080506",
        ByteOrder.EFGHABCD: "0506070801020304",
    }
    for order, payload in payloads.items():
        register = Register(Table.HOLDING, 0, RawType.UINT64, order)
        assert one(register, bytes.fromhex(payload)) == (float(0x0102030405060708), NONE)


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(WIDE))
def test_float64_comes_out_bit_by_bit(number: float, order: ByteOrder) -> None:
    bits = int.from_bytes(struct.pack(">d", number), "big")
    value, reason = one(Register(Table.HOLDING, 0, RawType.FLOAT64, order), sent(bits, order))
    assert reason is NONE
    assert isinstance(value, float)
    assert struct.pack(">d", value) == struct.pack(">d", number)


@settings(deadline=None)
@given(st.integers(-(2**63), 2**64 - 1), st.sampled_from(WIDE), st.sampled_from([1.0, 0.001]))
def test_64_bit_numbers_keep_the_53_bits_of_a_float(number: int, order: ByteOrder, scale: float) -> None:
    kind = RawType.INT64 if number < 0 else RawType.UINT64
    value, reason = one(Register(Table.HOLDING, 0, kind, order, scale=scale), sent(number % 2**64, order))
    assert reason is NONE
    assert value == pytest.approx(number * scale, rel=2**-52)
    if scale == 1.0:
        assert value == float(number)


@pytest.mark.parametrize(
    ("kind", "code", "near"),
    [
        (RawType.UINT64, 2**64 - 1, 2**64 - 2),
        (RawType.INT64, 2**63, 2**63 + 1),
        (RawType.FLOAT64, 0x7FF8000000000000, 0x3FF0000000000000),
        (RawType.FLOAT64, 0xFFF8000000000000, 0x3FF0000000000000),
        (RawType.FLOAT64, 0x3FF0000000000001, 0x3FF0000000000000),
    ],
)
@pytest.mark.parametrize("order", WIDE)
def test_64_bit_sentinels_are_exact(kind: RawType, code: int, near: int, order: ByteOrder) -> None:
    register = Register(Table.HOLDING, 0, kind, order, sentinels=(code,))
    assert one(register, sent(code, order)) == (None, SENTINEL)
    value, reason = one(register, sent(near, order))
    assert (value is not None, reason) == (True, NONE)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.sampled_from(NARROW))
@pytest.mark.parametrize("kind", [RawType.UINT32, RawType.INT32, RawType.FLOAT32, RawType.BCD32])
def test_a_range_of_sentinels_takes_in_every_code_of_it_and_no_other(
    kind: RawType, a: int, b: int, code: int, order: ByteOrder
) -> None:
    codes = range(min(a, b), max(a, b) + 1)
    register = Register(Table.HOLDING, 0, kind, order, sentinels=(codes,))
    _, reason = one(register, sent(code, order))
    assert (reason is SENTINEL) is (code in codes)
    for edge in (codes.start, codes.stop - 1):
        assert one(register, sent(edge, order)) == (None, SENTINEL)


@settings(deadline=None)
@given(st.integers(0, 0xFFFFFFFF), st.sampled_from(NARROW))
def test_binary_coded_decimals_are_digits_or_nothing(code: int, order: ByteOrder) -> None:
    digits = f"{code:08x}"
    expected = (float(digits), NONE) if digits.isdecimal() else (None, BAD_PAYLOAD)
    assert one(Register(Table.HOLDING, 0, RawType.BCD32, order), sent(code, order)) == expected
    short = f"{code & 0xFFFF:04x}"
    expected = (float(short) / 100, NONE) if short.isdecimal() else (None, BAD_PAYLOAD)
    assert one(Register(Table.HOLDING, 0, RawType.BCD16, scale=0.01), bytes.fromhex(short)) == expected


@settings(deadline=None)
@given(st.integers(0, 0xFFFF), st.lists(st.integers(1, 6), min_size=1, max_size=8))
def test_bit_ranges_of_one_word(word: int, widths: list[int]) -> None:
    points, expected, text, at = [], [], f"{word:016b}", 0
    for i, width in enumerate(widths):
        if at + width > 16:
            break
        register = Register(Table.HOLDING, 0, RawType.BITS, bit=at, width=width, scale=0.5)
        points.append(point(f"p{i}", register))
        expected.append((int(text[16 - at - width : 16 - at], 2) / 2, NONE))
        at += width
    assert decode(points, word.to_bytes(2, "big")) == expected


@pytest.mark.parametrize(("word", "state"), [(0b01_1111, "over"), (0b00_0000, "normal"), (0b10_0000, None)])
def test_an_enum_of_some_bits_has_sentinels_of_these_bits(word: int, state: str | None) -> None:
    read = Register(Table.HOLDING, 0, RawType.ENUM, bit=4, width=2, sentinels=(2,))
    fan = Register(Table.HOLDING, 0, RawType.BIT, bit=0)
    decoded = decode([point("fan", fan), point("s", read, codes={0: "normal", 1: "over"})], word.to_bytes(2, "big"))
    assert decoded == [(float(word & 1), NONE), (state, NONE if state else SENTINEL)]
    unknown = decode([point("s", read, codes={0: "normal"})], (0x10).to_bytes(2, "big"))
    assert unknown == [(None, BadReason.UNKNOWN_LABEL)]


def test_a_bit_has_no_value_in_a_word_that_means_not_available() -> None:
    bits = [point(f"b{i}", Register(Table.HOLDING, 0, RawType.BIT, bit=i, sentinels=(0x8000,))) for i in (0, 15)]
    assert decode(bits, b"\x80\x00") == [(None, SENTINEL)] * 2
    assert decode(bits, b"\x80\x01") == [(1.0, NONE)] * 2


@settings(deadline=None)
@given(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), st.sampled_from(NARROW))
def test_radix_joins_two_words_and_refuses_a_low_word_that_carries(high: int, low: int, order: ByteOrder) -> None:
    register = Register(Table.HOLDING, 0, RawType.UINT32, order, radix=10000)
    expected = (high * 10000.0 + low, NONE) if low < 10000 else (None, BAD_PAYLOAD)
    assert one(register, sent(high << 16 | low, order)) == expected


@pytest.mark.parametrize(
    ("raw", "value", "reason"),
    [
        (0.87, 0.87, NONE),
        (1.2, 0.8, NONE),
        (-0.5, -0.5, NONE),
        (-1.25, -0.75, NONE),
        (1.0, 1.0, NONE),
        (2.0, 0.0, NONE),
        (2.5, None, BadReason.OUT_OF_RANGE),
        (-3.0, None, BadReason.OUT_OF_RANGE),
        (math.nan, None, BadReason.NOT_A_NUMBER),
    ],
)
def test_quadrants_of_a_power_factor(raw: float, value: float | None, reason: BadReason) -> None:
    register = Register(Table.HOLDING, 0, RawType.FLOAT32, coding=Coding.QUADRANT_POWER_FACTOR)
    found, why = one(register, struct.pack(">f", raw))
    assert (found, why) == (value if value is None else pytest.approx(value, abs=1e-6), reason)
    if not math.isnan(raw):
        scaled = Register(
            Table.HOLDING, 0, RawType.INT16, scale=0.001, coding=Coding.QUADRANT_POWER_FACTOR, sentinels=(1200,)
        )
        found, why = one(scaled, struct.pack(">h", round(raw * 1000)))
        if raw == 1.2:
            assert (found, why) == (None, SENTINEL)
        else:
            assert (found, why) == (value if value is None else pytest.approx(value, abs=1e-12), reason)


@pytest.mark.parametrize(
    ("word", "value"), [(0x0000, -40.0), (0x2700, -1.0), (0x2705, -0.5), (0x4103, 25.3), (0xFF09, 215.9)]
)
def test_offset_bytes_are_degrees_and_tenths(word: int, value: float) -> None:
    register = Register(Table.HOLDING, 0, RawType.UINT16, coding=Coding.OFFSET_BYTES)
    assert one(register, word.to_bytes(2, "big")) == (value, NONE)
    assert one(register, (word | 0x000A).to_bytes(2, "big")) == (None, BAD_PAYLOAD)


@pytest.mark.parametrize(
    ("data", "value", "reason"),
    [
        (b"PM5350\0\0\0\0", "PM5350", NONE),
        (b"  PM 5350 ", "PM 5350", NONE),
        ("示范表".encode("gb18030").ljust(10), "示范表", NONE),
        (b'A"B\\C     ', 'A"B\\C', NONE),
        (b"\0" * 10, None, SENTINEL),
        (b" " * 10, None, SENTINEL),
        (b"\xff" * 10, None, BAD_PAYLOAD),
        (b"AB\0\0CD\0\0\0\0", None, BAD_PAYLOAD),
        (b"AB\x07\0\0\0\0\0\0\0", None, BAD_PAYLOAD),
    ],
)
def test_texts_lose_their_padding_and_nothing_else(data: bytes, value: str | None, reason: BadReason) -> None:
    register = Register(Table.HOLDING, 0, RawType.STRING, length=5)
    neighbour = point("n", Register(Table.HOLDING, 5, RawType.FLOAT32, ByteOrder.CDAB))
    decoded = decode([point("model", register), neighbour], data + sent(0x3FC00000, ByteOrder.CDAB))
    assert decoded == [(value, reason), (1.5, NONE)]


def test_a_block_of_all_types_at_once() -> None:
    """Every type in one request, in mixed orders: each at its place."""
    points = [
        point("f", Register(Table.HOLDING, 0, RawType.FLOAT64, ByteOrder.GHEFCDAB)),
        point("i", Register(Table.HOLDING, 4, RawType.INT64, ByteOrder.CDABGHEF)),
        point("b", Register(Table.HOLDING, 8, RawType.BCD16)),
        point("t", Register(Table.HOLDING, 10, RawType.STRING, length=2)),
        point("h", Register(Table.HOLDING, 12, RawType.UINT32, ByteOrder.CDAB, radix=10000)),
        point("low", Register(Table.HOLDING, 14, RawType.BITS, bit=0, width=4)),
        point("high", Register(Table.HOLDING, 14, RawType.ENUM, bit=12, width=4), codes={9: "fault"}),
        point("u", Register(Table.HOLDING, 15, RawType.UINT16, scale=0.1)),
    ]
    payload = (
        sent(int.from_bytes(struct.pack(">d", 1234.5), "big"), ByteOrder.GHEFCDAB)
        + sent(-7 % 2**64, ByteOrder.CDABGHEF)
        + b"\x12\x34\xee\xeeA1\0\0"
        + sent(3 << 16 | 42, ByteOrder.CDAB)
        + b"\x90\x05\x00\x7b"
    )
    values: list[Value] = [1234.5, -7.0, 1234.0, "A1", 30042.0, 5.0, "fault", 12.3]
    assert decode(points, payload) == [(value, NONE) for value in values]


@st.composite
def registers(draw: st.DrawFn) -> Register:
    """A register of any type at 0, with sentinels, ranges and codings as a profile may have them."""
    kind = draw(st.sampled_from(RawType))
    bits = 16 * kind.words
    code = st.integers(0, 2**bits - 1)
    span = st.tuples(code, code).map(lambda ends: range(min(ends), max(ends) + 1))
    sentinels = () if kind is RawType.STRING else tuple(draw(st.lists(st.one_of(code, span), max_size=2)))
    coding = (
        Coding.QUADRANT_POWER_FACTOR
        if kind in (RawType.INT16, RawType.FLOAT32) and draw(st.booleans())
        else Coding.PLAIN
    )
    return Register(
        Table.HOLDING,
        0,
        kind,
        draw(st.sampled_from(NARROW)),
        bit=draw(st.integers(0, 8)),
        scale=draw(st.sampled_from([1.0, 0.001])),
        sentinels=sentinels,
        width=draw(st.sampled_from([1, 4, 7])) if kind in (RawType.BITS, RawType.ENUM) else 16,
        length=3,
        radix=10000 if kind is RawType.UINT32 and draw(st.booleans()) else 0,
        coding=Coding.OFFSET_BYTES if kind is RawType.UINT16 and draw(st.booleans()) else coding,
    )


@settings(deadline=None, max_examples=100)
@given(st.lists(registers(), min_size=1, max_size=8), st.data())
def test_any_bytes_of_any_types_give_a_plausible_value_or_a_reason(these: list[Register], data: st.DataObject) -> None:
    at, points = 0, []
    for i, register in enumerate(these):
        points.append(point(f"p{i}", replace(register, address=at), low=-1e6, high=1e6, codes={0: "off", 1: "on"}))
        at += register.words
    payload = data.draw(st.binary(min_size=2 * at, max_size=2 * at))
    for (value, reason), register in zip(decode(points, payload), these, strict=True):
        if value is None:
            assert reason is not NONE
        elif isinstance(value, str):
            assert register.type in (RawType.STRING, RawType.ENUM)
        else:
            assert -1e6 <= value <= 1e6
