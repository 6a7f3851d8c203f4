"""Recordings: what is written is read again, and what is no recording is refused with file and line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facility.domain.recording import Entry, Exchange, Heard, RecordingRefused, head, parse

times = st.floats(0, 4e9).map(lambda at: round(at, 3))
exchanges = st.builds(
    Exchange,
    st.text(min_size=1, max_size=8),
    times,
    st.integers(0, 255),
    st.binary(min_size=5, max_size=5),
    st.binary(min_size=2, max_size=20),
)
messages = st.builds(
    Heard, st.text(min_size=1, max_size=8), times, st.text(max_size=20), st.binary(max_size=40), st.booleans()
)


@given(st.lists(st.one_of(exchanges, messages), min_size=1, max_size=10))
def test_what_is_written_is_read_again(entries: list[Entry]) -> None:
    lines = [head("demo"), *(entry.line() for entry in entries)]
    assert all("\n" not in line for line in lines)
    assert parse((line + "\n" for line in lines), "x.jsonl") == entries


def test_a_failure_has_no_answer_and_a_line_that_was_cut_off_at_the_end_is_left_out() -> None:
    failed = Exchange("wire", 1.0, 1, b"\x03\x00\x00\x00\x01", failure="timeout", took=1.0)
    assert parse([head("demo") + "\n", failed.line() + "\n", '{"link": "wi'], "x.jsonl") == [failed]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[1]\n", "x.jsonl:2"),
        ('{"link": "wire"}\n', "lacks 'at'"),
        ('{"link": "wire", "at": "now", "topic": "t", "payload": ""}\n', "'now' is no number"),
        ('{"link": "wire", "at": 1, "unit": 1, "request": "03", "failure": "bored"}\n', "failure 'bored'"),
        ('{"link": "wire", "at": 1, "unit": 1, "request": "0x3", "answer": ""}\n', "no line of a recording"),
        ('{"recording": 9, "site": "demo"}\n', "version 9, this program reads 1"),
        ("", "nothing in this recording"),
    ],
)
def test_what_is_no_recording_is_refused_with_its_line(text: str, says: str) -> None:
    with pytest.raises(RecordingRefused, match=says.replace("(", r"\(")):
        parse([head("demo") + "\n", text], "x.jsonl")
