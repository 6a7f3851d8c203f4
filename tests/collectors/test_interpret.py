"""What words may mean: each reading is right in every order, and the hint finds a measured float without claiming too much."""

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.interpret import ORDERS, rows_of
from facility.domain.profile import ByteOrder, Table


def row(*words: int, again: tuple[int, ...] = ()) -> dict[str, Any]:
    first = dict(enumerate(words))
    return dict(rows_of(Table.HOLDING, [first, dict(enumerate(again)) if again else first])[0])


def wired(value: float, order: ByteOrder) -> tuple[int, ...]:
    """A float as the two words that come over the wire."""
    big = struct.pack(">f", value)
    return struct.unpack(">HH", bytes(big["ABCD".index(letter)] for letter in order.value))


def likely(found: dict[str, Any]) -> dict[str, Any] | None:
    return next((pair for pair in found["pairs"] if pair["likely"]), None)


def test_a_single_word() -> None:
    found = row(0x8123)
    assert (found["hex"], found["uint16"], found["int16"], found["bcd"]) == ("8123", 0x8123, 0x8123 - 0x10000, 8123)
    assert found["pairs"] == []
    assert row(0x504D)["ascii"] == "PM"
    assert row(0x3500)["ascii"] == "5"
    assert (row(0x0001)["ascii"], row(0x12AB)["bcd"], row(0x0007)["bcd"]) == (None, None, None)


@given(st.floats(width=32, allow_nan=False, allow_infinity=False), st.sampled_from(ORDERS))
def test_every_float_is_among_the_readings(value: float, order: ByteOrder) -> None:
    pairs = row(*wired(value, order))["pairs"]
    shown = [pair["value"] for pair in pairs if (pair["type"], pair["order"]) == ("float32", order.value)]
    assert shown == [value]


@given(st.integers(0, 2**32 - 1))
def test_whole_numbers_in_both_signs(code: int) -> None:
    pairs = {(p["type"], p["order"]): p["value"] for p in row(code >> 16, code & 0xFFFF)["pairs"]}
    assert pairs["uint32", "ABCD"] == code
    assert pairs["int32", "ABCD"] == (code - 2**32 if code >> 31 else code)
    assert pairs["uint32", "CDAB"] == (code & 0xFFFF) << 16 | code >> 16


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("value", [230.1, 49.98, 0.853, 1234.5, -12.77, 399.9])
def test_a_measured_float_is_the_likely_one(value: float, order: ByteOrder) -> None:
    found = likely(row(*wired(value, order)))
    assert found is not None
    assert (found["type"], found["order"]) == ("float32", order.value)


@pytest.mark.parametrize(
    "words", [(0, 0), (0xFFFF, 0xFFFF), (0x7FC0, 0), (1, 2), (0x8000, 0x8000), (0, 0x7C62), (0x04C4, 0)]
)
def test_nothing_is_likely_where_there_is_no_measured_float(words: tuple[int, int]) -> None:
    assert likely(row(*words)) is None


def test_what_jumps_between_the_passes_is_not_likely() -> None:
    assert likely(row(*wired(230.0, ByteOrder.ABCD), again=wired(231.0, ByteOrder.ABCD))) is not None
    assert likely(row(*wired(230.0, ByteOrder.ABCD), again=wired(9000.0, ByteOrder.ABCD))) is None


def test_usual_values_are_hinted_with_a_question_mark() -> None:
    assert row(2301)["hints"] == ["230 V × 0.1?"]
    assert row(5001)["hints"] == ["50 Hz × 0.01?"]
    assert row(*wired(49.98, ByteOrder.CDAB))["hints"] == ["50 Hz?"]
    assert row(12)["hints"] == []


def test_the_second_word_of_a_likely_float_is_none_itself() -> None:
    words = dict(enumerate([*wired(230.1, ByteOrder.ABCD), *wired(229.7, ByteOrder.ABCD)]))
    rows = rows_of(Table.HOLDING, [words, words])
    assert [bool(likely(dict(found))) for found in rows] == [True, False, True, False]
    assert [found["within"] for found in rows] == [False, True, False, True]
