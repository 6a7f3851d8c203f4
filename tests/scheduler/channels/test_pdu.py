"""SMS in PDU mode: the vector, and a decoder of its own that reads back what was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.channels.pdu import LINKED, pieces, submits, units


def decoded(hex: str) -> tuple[str, str, tuple[int, int, int] | None]:
    """Number, text, (reference, total, place): read as 3GPP TS 23.040 says."""
    body = bytes.fromhex(hex)
    assert body[0] == 0
    first, digits, kind = body[1], body[3], body[4]
    octets = (digits + 1) // 2
    swapped = body[5 : 5 + octets].hex().upper()
    number = "".join(swapped[place + 1] + swapped[place] for place in range(0, len(swapped), 2))
    number = ("+" if kind == 0x91 else "") + number.rstrip("F")
    rest = body[5 + octets :]
    assert rest[:3] == bytes((0, 8, 0xA7))
    content = rest[4:]
    assert rest[3] == len(content) <= 140
    if not first & 0x40:
        return number, content.decode("utf-16-be"), None
    assert content[:3] == bytes((5, 0, 3))
    return number, content[6:].decode("utf-16-be"), (content[3], content[4], content[5])


def test_vector() -> None:
    (pdu,) = submits("+8613800138000", "停水", 0)
    assert (pdu.octets, pdu.hex) == (19, "0011000D91683108108300F00008A704505C6C34")


@given(st.text(max_size=500), st.from_regex(r"\+?[0-9]{3,15}", fullmatch=True), st.integers(0, 255))
def test_what_is_written_is_read_back(text: str, number: str, reference: int) -> None:
    pdus = submits(number, text, reference)
    read = [decoded(pdu.hex) for pdu in pdus]
    assert [pdu.octets for pdu in pdus] == [len(pdu.hex) // 2 - 1 for pdu in pdus]
    assert {number for number, _, _ in read} == {number}
    assert "".join(part for _, part, _ in read) == text
    if units(text) <= 70:
        assert [link for _, _, link in read] == [None]
    else:
        assert [link for _, _, link in read] == [(reference, len(pdus), place + 1) for place in range(len(pdus))]


@pytest.mark.parametrize(("length", "parts"), [(0, 1), (70, 1), (71, 2), (134, 2), (135, 3)])
def test_parts(length: int, parts: int) -> None:
    assert len(submits("10086", "水" * length, 1)) == parts


def test_a_character_is_never_torn() -> None:
    assert [units(piece) for piece in pieces("a" + "🔥" * 67, LINKED)] == [67, 66, 2][
        : len(pieces("a" + "🔥" * 67, LINKED))
    ]


@pytest.mark.parametrize("number", ["", "12", "138 0013", "+", "abc", "+8613800138000;", "1" * 16])
def test_numbers_that_are_none(number: str) -> None:
    with pytest.raises(ValueError, match="number"):
        submits(number, "x", 0)


def test_too_long() -> None:
    with pytest.raises(ValueError, match="long"):
        submits("10086", "x" * 67 * 256, 0)
