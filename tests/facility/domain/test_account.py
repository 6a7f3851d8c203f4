"""Logins as people type them, and passwords that cannot be taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facility.domain.account import LONGEST_LOGIN, password_fault, plain_login


@given(st.text())
def test_a_plain_login_stays_as_it_is(text: str) -> None:
    plain = plain_login(text)
    assert len(plain) <= LONGEST_LOGIN
    assert plain_login(plain.upper()).casefold() == plain_login(plain_login(plain.upper()))


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("", "too_short"),
        ("九个字的密码不够长", "too_short"),
        ("十个字的密码就足够长了", ""),
        ("aaaaaaaaaaaa", "too_plain"),
        ("1234567890", "too_plain"),
        ("abcdefghij", "too_plain"),
        ("li-wei-2026", "like_login"),
        ("li-wei likes the pump room", ""),
        ("x" * 201, "too_long"),
        ("gate pump tank", ""),
    ],
)
def test_passwords(password: str, fault: str) -> None:
    assert password_fault(password, "li-wei") == fault
