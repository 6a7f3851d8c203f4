"""Scans: what people write as ranges, and the upper bound of requests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facility.domain.scan import Scan, flat, shown, spans


@given(st.sets(st.integers(0, 300), min_size=1))
def test_ranges_are_read_as_they_are_shown(numbers: set[int]) -> None:
    ranges = spans(",".join(map(str, sorted(numbers, reverse=True))), 0, 300)
    assert flat(ranges) == tuple(sorted(numbers))
    assert spans(shown(ranges), 0, 300) == ranges


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("", "Write it like 1-32"),
        ("x", "Write it like"),
        ("5-3", "Write 3-5"),
        ("0", "from 1 to 247"),
        ("9-248", "to 247"),
    ],
)
def test_what_is_no_range_is_refused_with_its_mend(text: str, mend: str) -> None:
    with pytest.raises(ValueError, match=mend):
        spans(text, 1, 247)


def test_overlapping_ranges_are_asked_once() -> None:
    assert flat(spans("1-4, 3-6,6,9", 1, 247)) == (1, 2, 3, 4, 5, 6, 9)


def test_blocks_cover_every_register_once_and_bound_the_requests() -> None:
    scan = Scan((1, 2), registers=(range(5), range(10, 75)), block=32)
    assert [(block.start, len(block)) for block in scan.blocks()] == [(0, 5), (10, 32), (42, 32), (74, 1)]
    assert scan.most_requests == 2 * (1 + 9 + 63 + 63 + 1 + 4 + 70)
    assert Scan((1, 2, 3)).most_requests == 3
