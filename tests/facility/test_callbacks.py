"""Sealed call-backs: the vendor's own vector, and whatever is changed is refused."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facility.callbacks import Seal, SealBroken, Sealed

# Published by the vendor with its message encryption (WeCom, 加解密方案).
TOKEN, KEY, COMPANY = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7"
VECTOR = Sealed(
    "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
    "1409659589",
    "263014780",
    "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==",
)
THEN = datetime.fromtimestamp(1409659589, UTC)
SEAL = Seal.of(TOKEN, KEY, COMPANY)


def test_the_vendors_vector() -> None:
    assert SEAL.open(VECTOR, THEN) == b"1616140317555161061"


@given(st.binary(max_size=300))
def test_what_is_closed_opens(message: bytes) -> None:
    assert SEAL.open(SEAL.close(message, THEN), THEN) == message


@given(st.data())
def test_a_changed_letter_is_refused(data: st.DataObject) -> None:
    sealed = SEAL.close(b"<xml/>", THEN)
    name = data.draw(st.sampled_from(["signature", "timestamp", "nonce", "ciphertext"]))
    before = getattr(sealed, name)
    place = data.draw(st.integers(0, len(before) - 1))
    drawn = data.draw(st.sampled_from("0Aé="))
    letter = "z" if drawn == before[place] else drawn  # what is sealed differs each time: the draws must not
    parts = {each: getattr(sealed, each) for each in Sealed.__slots__}
    with pytest.raises(SealBroken):
        SEAL.open(Sealed(**(parts | {name: before[:place] + letter + before[place + 1 :]})), THEN)


@pytest.mark.parametrize("away", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_sent_again_later(away: timedelta) -> None:
    with pytest.raises(SealBroken, match="five minutes"):
        SEAL.open(VECTOR, THEN + away)


def test_for_another_company() -> None:
    with pytest.raises(SealBroken, match="corp_id"):
        Seal.of(TOKEN, KEY, "ww1").open(VECTOR, THEN)


@given(st.text("ABCDEFGHabcdefgh0123=", max_size=200))
def test_any_ciphertext_that_is_signed_right(ciphertext: str) -> None:
    sealed = Sealed("", "1409659589", "n", ciphertext)
    signed = Sealed(SEAL._signature(sealed), sealed.timestamp, sealed.nonce, ciphertext)
    with pytest.raises(SealBroken):
        SEAL.open(signed, THEN)


@pytest.mark.parametrize("key", ["", "short", KEY + "A", "!" * 43])
def test_a_key_that_is_none(key: str) -> None:
    with pytest.raises(ValueError):
        Seal.of(TOKEN, key, COMPANY)
