"""Sparkplug payloads against an encoder of its own: every type, what is missing, and any bytes at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.payload import Garbage
from collectors.sparkplug_payload import decode, value_of_type
from tests.harness.sparkplug import INTEGERS, TYPES, Metric, payload

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
