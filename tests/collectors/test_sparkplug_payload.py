"""Sparkplug payloads against an encoder of its own: every type, what is missing, and any bytes at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.payload import Garbage
from collectors.sparkplug_payload import decode, value_of_type
from simulators.sparkplug_payload import INTEGERS, TYPES, Metric, payload

BITS = {"int8": 8, "int16": 16, "int32": 32, "int64": 64, "uint8": 8, "uint16": 16, "uint32": 32, "uint64": 64}


def through(metric: Metric) -> object:
    """The value after encoding and decoding."""
    (found,) = decode(payload([metric])).metrics
    return value_of_type(found.raw, found.datatype)


@given(st.data(), st.sampled_from(sorted(INTEGERS)))
def test_integers_keep_their_value(data: st.DataObject, kind: str) -> None:
    bits, signed = BITS[kind], kind.startswith("int")
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    value = data.draw(st.integers(low, high))
    assert through(Metric("m", kind, value)) == value


def test_a_negative_small_integer_need_not_be_extended() -> None:
    assert through(Metric("m", "int8", 0xFF)) == -1
    assert through(Metric("m", "int16", 0x8000)) == -32768


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("float", 1.5, 1.5),
        ("double", 0.1, 0.1),
        ("boolean", True, True),
        ("boolean", False, False),
        ("string", "合闸", "合闸"),
        ("text", "long", "long"),
        ("datetime", 1_700_000_000_123, "2023-11-14T22:13:20.123+00:00"),
    ],
)
def test_other_types_keep_their_value(kind: str, value: bool | float | str, shown: object) -> None:
    assert through(Metric("m", kind, value)) == shown


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("uint8", 256),
        ("int8", 200_000),
        ("float", "1.5"),
        ("boolean", 1),
        ("string", 7),
        ("int32", True),
        ("bytes", b"x"),
        ("int32", None),
        ("datetime", 2**63),
    ],
)
def test_a_value_that_is_not_of_its_type_is_none(kind: str, value: bool | float | str | bytes | None) -> None:
    assert through(Metric("m", kind, value)) is None


def test_everything_else_of_a_payload() -> None:
    found = decode(
        payload([Metric(None, alias=7, time=3, historical=True), Metric("n", null=True, typed=False)], seq=0, time=9)
    )
    assert (found.seq, found.timestamp) == (0, 9)
    first, second = found.metrics
    assert (first.name, first.alias, first.timestamp, first.historical, first.datatype) == ("", 7, 3, True, 0)
    assert (second.alias, second.timestamp, second.null, second.raw) == (None, None, True, None)
    assert decode(b"").seq is None


@given(st.binary(max_size=200))
def test_any_bytes_are_a_payload_or_garbage(data: bytes) -> None:
    try:
        found = decode(data)
    except Garbage:
        return
    for metric in found.metrics:
        for datatype in [0, *TYPES.values(), 99]:
            assert value_of_type(metric.raw, datatype) is None or metric.raw is not None


def test_a_payload_that_is_too_long_is_garbage() -> None:
    with pytest.raises(Garbage, match="too long"):
        decode(b"\x0a" * 300_000)


FOREIGN = bytes.fromhex(
    "0881d095ffbc3112140a04494e543810011880d095ffbc31200150fb0112160a05494e54313610021880d095ffbc31200250"
    "d4fd0312180a05494e54333210031880d095ffbc3120035090ddfbff0f121d0a05494e54363410041880d095ffbc31200458"
    "8080808080e0ffffff0112150a0555494e543810051880d095ffbc31200550c80112170a0655494e54313610061880d095ff"
    "bc31200650e0d40312190a0655494e54333210071880d095ffbc3120075080d0acf30e121e0a0655494e54363410081880d0"
    "95ffbc312008588080808080808080800112170a05464c4f415410091880d095ffbc312009650000c03f121c0a06444f5542"
    "4c45100a1880d095ffbc31200a699a9999999999b93f12160a07424f4f4c45414e100b1880d095ffbc31200b7001121b0a06"
    "535452494e47100c1880d095ffbc31200c7a06e59088e997b812140a0454455854100d1880d095ffbc31200e7a0178121c0a"
    "084441544554494d4510631880d095ffbc31200d5880d095ffbc3112110a044e554c4c1880d095ffbc31200338011807"
)
"""DBIRTH number 7 as a foreign library (pysparkplug 0.6.1) writes it."""


def test_what_a_foreign_library_writes_is_read() -> None:
    found = decode(FOREIGN)
    assert (found.seq, found.timestamp) == (7, 1_700_000_000_001)
    values = {metric.name: value_of_type(metric.raw, metric.datatype) for metric in found.metrics if not metric.null}
    assert values == {
        "INT8": -5,
        "INT16": -300,
        "INT32": -70_000,
        "INT64": -(2**40),
        "UINT8": 200,
        "UINT16": 60_000,
        "UINT32": 4_000_000_000,
        "UINT64": 2**63,
        "FLOAT": 1.5,
        "DOUBLE": 0.1,
        "BOOLEAN": True,
        "STRING": "合闸",
        "TEXT": "x",
        "DATETIME": "2023-11-14T22:13:20.000+00:00",
    }
    assert [metric.name for metric in found.metrics if metric.null] == ["NULL"]
