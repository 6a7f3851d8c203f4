"""What the simulators send is what the collectors read: every raw type in every byte order, over one device's whole image.

Encoder and codec share the address map only. A third encoder, of this test, stands for neither of them where a wrong
byte order could be made twice: the words of known codes are spelled out.
"""

import struct
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.codec import BlockCodec
from collectors.ratios import Ratios
from facility.domain.profile import (
    ByteOrder,
    Coding,
    ModbusLimits,
    Point,
    Profile,
    RawType,
    Register,
    System,
    Table,
)
from facility.domain.reading import BadReason, Value
from facility.domain.reads import plan
from facility.domain.text import Title
from facility.domain.unit import Unit
from simulators.codes import words_of
from simulators.encode import Image
from tests.collectors.wire_harness import asset

X = Title("x", "x")
CODES = {0: "open", 1: "closed", 5: "tripped"}
ORDERS = {words: [order for order in ByteOrder if order.words == words] for words in (2, 4)}
WHOLE = {  # the numbers that each type can say
    RawType.UINT16: (0, 2**16 - 1),
    RawType.INT16: (-(2**15), 2**15 - 1),
    RawType.UINT32: (0, 2**32 - 1),
    RawType.INT32: (-(2**31), 2**31 - 1),
    RawType.UINT64: (0, 2**53),
    RawType.INT64: (-(2**53), 2**53),
    RawType.BCD16: (0, 9999),
    RawType.BCD32: (0, 99_999_999),
}
LETTERS = st.text(st.sampled_from("AZaz09-./\"' 表电水泵é"), max_size=12)


def point(name: str, read: Register) -> Point:
    return Point(name, X, Unit.NONE, read, timedelta(seconds=5), codes=CODES if read.type is RawType.ENUM else {})


def profile(points: dict[str, Point]) -> Profile:
    return Profile("p", X, "meter", System.POWER, "modbus", points, {}, ModbusLimits(max_registers=60, page=128))


def received(image: Image, of: Profile) -> dict[str, tuple[Value | None, BadReason]]:
    """What the collectors make of the device's registers."""
    found: dict[str, tuple[Value | None, BadReason]] = {}
    for block in plan(asset("a", list(of.points.values()), limits=of.modbus)):
        cells = image.read(block.request.table, block.request.address, block.request.count)
        values, reasons = BlockCodec(block.points, block.request).each(b"".join(c.to_bytes(2, "big") for c in cells))
        known = {name: value for name, (value, _) in found.items()}
        values, reasons = Ratios(block.points).applied(values, reasons, known.get)
        found |= {p.name: (v, r) for p, v, r in zip(block.points, values, reasons, strict=True)}
    return found


@st.composite
def registers(draw: st.DrawFn) -> tuple[Register, Value, float]:
    """A register of any type at 0, a value for it, and by how much it may come out otherwise."""
    kind = draw(st.sampled_from([kind for kind in RawType if kind is not RawType.BIT]))
    order = draw(st.sampled_from(ORDERS[kind.words])) if kind.words > 1 else ByteOrder.ABCD
    scale = draw(st.sampled_from([1.0, 0.1, 0.001, 10.0]))
    at = Register(Table.HOLDING, 0, kind, order)
    match kind:
        case RawType.STRING:
            return Register(Table.HOLDING, 0, kind, length=draw(st.integers(12, 20))), draw(LETTERS), 0
        case RawType.ENUM:
            width = draw(st.sampled_from([3, 8, 16]))
            bit = draw(st.integers(0, 16 - width))
            return (
                Register(Table.HOLDING, 0, kind, bit=bit, width=width),
                draw(st.sampled_from(list(CODES.values()))),
                0,
            )
        case RawType.BITS:
            width = draw(st.integers(1, 16))
            read = Register(Table.HOLDING, 0, kind, bit=draw(st.integers(0, 16 - width)), width=width)
            return read, float(draw(st.integers(0, 2**width - 1))), 0
        case RawType.FLOAT32:
            return at, draw(st.floats(width=32, allow_nan=False, allow_infinity=False)), 0
        case RawType.FLOAT64:
            return at, draw(st.floats(allow_nan=False, allow_infinity=False)), 0
        case RawType.UINT32 if draw(st.booleans()):
            return Register(Table.HOLDING, 0, kind, order, radix=10000), float(draw(st.integers(0, 655359999))), 0
        case RawType.UINT16 if draw(st.booleans()):
            return (
                Register(Table.HOLDING, 0, kind, coding=Coding.OFFSET_BYTES),
                draw(st.integers(-400, 2159)) / 10,
                1e-9,
            )
    number = draw(st.integers(*WHOLE[kind])) * scale
    return Register(Table.HOLDING, 0, kind, order, scale=scale), number, abs(number) * 1e-12


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(registers(), st.integers(0, 5)), min_size=1, max_size=25))
def test_what_the_simulators_send_is_what_the_collectors_read(
    fields: list[tuple[tuple[Register, Value, float], int]],
) -> None:
    points: dict[str, Point] = {}
    wanted: dict[str, tuple[Value, float]] = {}
    at = 0
    for i, ((register, value, slack), gap) in enumerate(fields):
        at += gap
        if at // 128 != (at + register.words - 1) // 128:
            at = (at // 128 + 1) * 128
        points[f"p{i}"] = point(f"p{i}", _moved(register, at))
        wanted[f"p{i}"] = value, slack
        at += register.words
    device = profile(points)
    image = Image(device)
    image.fill({name: value for name, (value, _) in wanted.items()})
    found = received(image, device)
    assert found.keys() == wanted.keys()
    for name, (value, slack) in wanted.items():
        got, reason = found[name]
        if isinstance(value, str):
            expected = value.strip(" ") if points[name].read.type is RawType.STRING else value
            assert (got or "", reason) == (expected, BadReason.NONE if expected else BadReason.SENTINEL)
        else:
            assert reason is BadReason.NONE
            assert got == pytest.approx(value, rel=1e-12, abs=slack)


def _moved(register: Register, address: int) -> Register:
    fields = {name: getattr(register, name) for name in Register.__dataclass_fields__}
    return Register(**{**fields, "address": address})


@pytest.mark.parametrize("kind", [RawType.UINT64, RawType.INT64, RawType.FLOAT64])
@pytest.mark.parametrize(
    ("order", "words"),
    [
        (ByteOrder.ABCDEFGH, (0x4010, 0x2030, 0x4050, 0x6070)),
        (ByteOrder.GHEFCDAB, (0x6070, 0x4050, 0x2030, 0x4010)),
        (ByteOrder.BADCFEHG, (0x1040, 0x3020, 0x5040, 0x7060)),
        (ByteOrder.HGFEDCBA, (0x7060, 0x5040, 0x3020, 0x1040)),
        (ByteOrder.CDABGHEF, (0x2030, 0x4010, 0x6070, 0x4050)),
        (ByteOrder.EFGHABCD, (0x4050, 0x6070, 0x4010, 0x2030)),
    ],
)
def test_64_bit_words_spelled_out(kind: RawType, order: ByteOrder, words: tuple[int, ...]) -> None:
    number = 0x4010203040506000  # exact as a float; float64 has all its bits
    value = struct.unpack(">d", bytes.fromhex("4010203040506070"))[0] if kind is RawType.FLOAT64 else float(number)
    sent = words_of(Register(Table.HOLDING, 0, kind, order), value)
    last = {} if kind is RawType.FLOAT64 else {0x6070: 0x6000, 0x7060: 0x0060}
    assert sent == tuple(last.get(word, word) for word in words)


def test_values_behind_transformers_come_back_as_they_are() -> None:
    points = [
        point("pt", Register(Table.HOLDING, 0, RawType.UINT16)),
        point("ct", Register(Table.HOLDING, 1, RawType.UINT16)),
        point("places", Register(Table.HOLDING, 2, RawType.UINT16)),
        point("power", Register(Table.HOLDING, 3, RawType.INT32, scale=0.001, scale_by=("pt", "ct"))),
        point("level", Register(Table.HOLDING, 5, RawType.INT16, decimals="places")),
    ]
    device = profile({p.name: p for p in points})
    image = Image(device)
    image.fill({"pt": 100.0, "ct": 40.0, "places": 3.0, "power": 8000.0, "level": 2.345})
    assert image.read(Table.HOLDING, 3, 3) == [0, 2000, 2345]
    found = received(image, device)
    assert [found[name] for name in ("power", "level")] == [(8000.0, BadReason.NONE), (2.345, BadReason.NONE)]
    image.fill({"ct": 40.0, "power": 8000.0, "level": 2.345})
    assert found.keys() == received(image, device).keys()
    assert image.read(Table.HOLDING, 3, 3) == [0xFFFF, 0xFFFF, 0xFFFF]


def test_nothing_known_is_sent_as_not_available() -> None:
    points = [
        point("a", Register(Table.HOLDING, 0, RawType.BIT, bit=3, sentinels=(0x8000,))),
        point("b", Register(Table.HOLDING, 0, RawType.BIT, bit=4, sentinels=(0x8000,))),
        point(
            "c", Register(Table.HOLDING, 1, RawType.UINT64, ByteOrder.GHEFCDAB, sentinels=(range(2**64 - 4, 2**64),))
        ),
        point("d", Register(Table.HOLDING, 5, RawType.FLOAT64)),
        point("e", Register(Table.HOLDING, 9, RawType.STRING, length=2)),
        point("f", Register(Table.HOLDING, 11, RawType.BITS, bit=4, width=4, sentinels=(15,))),
        point("g", Register(Table.HOLDING, 12, RawType.BCD16)),
    ]
    device = profile({p.name: p for p in points})
    found = received(Image(device), device)
    reasons = {name: reason for name, (value, reason) in found.items() if value is None}
    assert reasons == {
        **dict.fromkeys("abcef", BadReason.SENTINEL),
        "d": BadReason.NOT_A_NUMBER,
        "g": BadReason.BAD_PAYLOAD,
    }


def test_a_text_that_is_too_long_is_cut_between_characters() -> None:
    device = profile({"t": point("t", Register(Table.HOLDING, 0, RawType.STRING, length=2))})
    image = Image(device)
    image.fill({"t": "A水泵"})
    assert image.read(Table.HOLDING, 0, 2) == [0x41CB, 0xAE00]
    assert received(image, device)["t"] == ("A水", BadReason.NONE)
