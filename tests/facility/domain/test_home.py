"""Homes: how they are asked for, phones and plates as people write them, what is shown of a phone, when data go."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facility.domain.home import (
    MOST_PLATES,
    Address,
    Asked,
    asked,
    masked,
    phone_of,
    plates_of,
)

PHONES = st.from_regex(r"\+?[0-9]{5,15}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "expected", "kind"),
    [
        ("", Asked(), "all"),
        ("3-2-1501", Asked(parts=("3", "2", "1501")), "address"),
        (" 3 – 1501 ", Asked(parts=("3", "1501")), "address"),
        ("138-1234-5678-9", Asked(words=("138-1234-5678-9",)), "words"),
        ("-", Asked(words=("-",)), "words"),
        ("李 1501", Asked(words=("李", "1501")), "words"),
        ("5678", Asked(words=("5678",)), "digits"),
    ],
)
def test_what_is_asked_for(text: str, expected: Asked, kind: str) -> None:
    assert (asked(text), asked(text).kind) == (expected, kind)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("138 1234-5678", "13812345678"),
        ("+86 (755) 8123 4567", "+8675581234567"),
        ("", ""),
        ("1234", None),
        ("13812345678 home", None),
        ("١٣٨١٢٣٤٥٦٧٨", None),
        ("1" * 16, None),
    ],
)
def test_a_phone_is_digits(text: str, expected: str | None) -> None:
    assert phone_of(text) == expected


@given(PHONES)
def test_a_phone_that_was_read_is_read_again_as_itself(phone: str) -> None:
    assert phone_of(phone) == phone


@given(PHONES)
def test_a_masked_phone_keeps_at_least_half_to_itself(phone: str) -> None:
    first, _, last = masked(phone).partition("****")
    assert phone.startswith(first)
    assert phone.endswith(last)
    assert len(first) + len(last) <= max(len(phone) // 2, 2)
    assert len(last) >= 1


def test_a_mobile_phone_is_masked_as_usual() -> None:
    assert masked("13812345678") == "13****678"
    assert masked("") == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("粤b12345、粤BD00001，粤B12345", ("粤B12345", "粤BD00001")),
        ("", ()),
        ("粤B·12345", ("粤B·12345",)),
        ("<b>", None),
        ("X" * 13, None),
        (" ".join(f"A{n}" for n in range(MOST_PLATES + 1)), None),
    ],
)
def test_plates(text: str, expected: tuple[str, ...] | None) -> None:
    assert plates_of(text) == expected


def test_an_address_without_units_has_no_empty_part() -> None:
    assert (str(Address("3", "2", "1501")), str(Address("12", "", "5"))) == ("3-2-1501", "12-5")
