"""The recorder: bounded, private, and harmless."""

import logging
from pathlib import Path

import pytest

from collectors.recorder import MEGABYTE, Recorder
from facility.domain.recording import Heard, head, parse
from tests.collectors.collect_stage import HandClock

MESSAGE = Heard("gates", 1.0, "t", b"x" * 900)


def test_it_ends_when_the_file_is_full_and_says_so_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "deep" / "traffic.jsonl"
    recorder = Recorder(file, "demo", HandClock(), 1)
    for _ in range(1500):
        recorder.add(MESSAGE)
    recorder.close()
    assert MEGABYTE <= file.stat().st_size < MEGABYTE + 2000
    assert caplog.text.count("is full (FACILITY_RECORD_MB)") == 1
    again = Recorder(file, "demo", HandClock(), 1)
    again.add(MESSAGE)
    assert file.stat().st_size < MEGABYTE + 2000, "a restart does not begin anew"


def test_it_appends_after_a_restart_and_flushes_once_a_second(tmp_path: Path) -> None:
    file, clock = tmp_path / "traffic.jsonl", HandClock()
    first = Recorder(file, "demo", clock, 1)
    first.add(MESSAGE)
    clock.advance(1.0)
    first.add(MESSAGE)
    assert file.read_text(encoding="utf-8").count("\n") == 3, "without being closed"
    first.close()
    second = Recorder(file, "demo", clock, 1)
    second.add(MESSAGE)
    second.close()
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    assert lines.count(head("demo") + "\n") == 2
    assert parse(lines, str(file)) == [MESSAGE] * 3


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_ends_the_recording_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    clock = HandClock()
    recorder = Recorder(Path("/dev/full"), "demo", clock, 1)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            clock.advance(2.0)
            recorder.add(MESSAGE)
        recorder.close()
    assert "recording ended: [Errno 28]" in caplog.text
