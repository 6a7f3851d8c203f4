"""Births on the disk: what is in force, what ended, and a damaged file."""

from pathlib import Path

from collectors.births import Births
from tests.collectors.collect_stage import HandClock


def test_births_are_there_after_a_restart_and_end_with_their_node(tmp_path: Path) -> None:
    births = Births(tmp_path / "births.db", HandClock())
    births.put("a", "g/e", "", b"node")
    births.put("a", "g/e", "d", b"device")
    births.put("a", "g/e", "d", b"again")
    births.put("a", "g/f", "", b"other")
    births.put("b", "g/e", "", b"elsewhere")
    births.close()
    births = Births(tmp_path / "births.db", HandClock())
    assert births.of("a", "g/e") == {"": b"node", "d": b"again"}
    births.end("a", "g/e", "d")
    assert births.of("a", "g/e") == {"": b"node"}
    births.end("a", "g/e")
    assert births.of("a", "g/e") == {}
    births.end("a")
    assert births.of("a", "g/f") == {}
    assert births.of("b", "g/e") == {"": b"elsewhere"}
    births.close()


def test_a_damaged_file_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "births.db").write_bytes(b"no database at all" * 100)
    births = Births(tmp_path / "births.db", HandClock())
    births.put("a", "g/e", "", b"node")
    assert births.of("a", "g/e") == {"": b"node"}
    assert list(tmp_path.glob("births.db.corrupt-*"))
    births.close()
