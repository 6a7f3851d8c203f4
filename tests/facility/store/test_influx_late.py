"""Marks of late lines: every late line is inside a mark of its asset, and what is in time makes none."""

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from facility.store.influx_late import is_late, late_marks

NOW = datetime(2026, 11, 25, 12, 7, tzinfo=UTC)
MARK = re.compile(r'facility_late,site=garden,asset=(\S+) class_text="pump",since=(\d+),until=(\d+) (\d+)')
BOUND = int(datetime(2026, 11, 25, 12, 5, tzinfo=UTC).timestamp())


def line(asset: str, at: int) -> str:
    return f'pump,site=garden,asset={asset} level=1,note_text="a 12345678901234567890 b" {at}000000000'


@given(st.lists(st.tuples(st.sampled_from(["p-1", "p-2"]), st.integers(1, BOUND + 600)), max_size=30))
def test_each_late_line_is_in_one_mark_and_no_other_is(lines: list[tuple[str, int]]) -> None:
    marks = late_marks("\n".join(line(*each) for each in lines).encode(), NOW).decode().splitlines()
    found = [MARK.fullmatch(mark) for mark in marks]
    assert all(found)
    ranges = [(match[1], int(match[2]), int(match[3])) for match in found if match]
    for asset, at in lines:
        holds = [each for each in ranges if each[0] == asset and each[1] <= at < each[2]]
        assert len(holds) == (at < BOUND)
    assert len({(asset, stamp) for asset, stamp in ((m[1], m[4]) for m in found if m)}) == len(marks)
    assert sum(until - since for _, since, until in ranges) == 300 * len(
        {(asset, at // 300) for asset, at in lines if at < BOUND}
    )


def test_a_line_of_the_window_that_has_just_ended_is_in_time() -> None:
    at = BOUND - 1
    assert late_marks(line("p-1", at).encode(), datetime.fromtimestamp(BOUND, UTC) + timedelta(seconds=29)) == b""
    assert late_marks(line("p-1", at).encode(), datetime.fromtimestamp(BOUND, UTC) + timedelta(seconds=30)) != b""


@given(st.integers(BOUND - 600, BOUND + 600))
def test_a_line_is_late_when_it_gets_a_mark(at: int) -> None:
    assert is_late(at * 10**9, NOW) == bool(late_marks(line("p-1", at).encode(), NOW))
