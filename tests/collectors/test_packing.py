"""Lines on their way to the disk and to history: what was packed comes back, whole, or damage is seen."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.packing import DAMAGED, gzipped, pack, unpack

LINES = st.lists(st.from_regex(r"m,site=s,asset=a u=[0-9]{1,9} [0-9]{19}\n", fullmatch=True), max_size=100)


@given(LINES)
def test_what_was_packed_comes_back(lines: list[str]) -> None:
    plain = "".join(lines).encode()
    assert unpack(pack(plain)) == plain
    assert gzip.decompress(gzipped(pack(plain))) == plain


def test_members_may_stand_in_a_row() -> None:
    one, two = b"a b=1 1\n", b"c d=2 2\n" * 200
    assert gzip.decompress(gzipped(pack(one)) + gzipped(pack(two))) == one + two


@pytest.mark.parametrize("cut", [slice(0, -9), slice(0, 40), slice(0, 5)])
def test_damage_is_seen(cut: slice) -> None:
    with pytest.raises(DAMAGED):
        unpack(pack(b"c d=2 2\n" * 200)[cut])
