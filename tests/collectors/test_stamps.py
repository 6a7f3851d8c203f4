"""Stamps: known after a restart, for as long as the broker may give a message again."""

from pathlib import Path

from collectors.stamps import KEPT, Stamps
from facility.domain.moment import SECOND
from tests.collectors.collect_stage import HandClock

NOW = 10_000 * SECOND


def test_stamps_are_there_after_a_restart_and_go_when_they_are_old(tmp_path: Path) -> None:
    stamps = Stamps(tmp_path / "stamps.db", HandClock())
    stamps.add("a", 1, 11, NOW)
    stamps.add("a", 2, 22, NOW + 1)
    stamps.add("b", 1, 33, NOW)
    assert stamps.of("a") == {}
    stamps.write()
    stamps.close()
    stamps = Stamps(tmp_path / "stamps.db", HandClock())
    assert stamps.of("a") == {1: (11, NOW), 2: (22, NOW + 1)}
    stamps.add("a", 1, 44, NOW + KEPT + 1)
    stamps.write()
    assert stamps.of("a") == {1: (44, NOW + KEPT + 1), 2: (22, NOW + 1)}
    assert stamps.of("b") == {}
    stamps.write()
    stamps.close()


def test_a_damaged_file_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "stamps.db").write_bytes(b"no database at all" * 100)
    stamps = Stamps(tmp_path / "stamps.db", HandClock())
    stamps.add("a", 1, 11, NOW)
    stamps.write()
    assert stamps.of("a") == {1: (11, NOW)}
    assert list(tmp_path.glob("stamps.db.corrupt-*"))
    stamps.close()
