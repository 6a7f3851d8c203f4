"""The work database on SQLite keeps room inside itself: alerts still fit when its files may not grow, also after a restart."""

import os
import resource
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from facility.store.files import ROOM, keep_room
from facility.store.sql import SqlWork

SCRIPT = """
import resource, sys
from datetime import datetime, timedelta, UTC
from pathlib import Path
from facility.domain.condition import Edge, EdgeKind
from facility.store.sql import SqlWork
path = Path(sys.argv[1])
work = SqlWork(f"sqlite:///{path}", "small")
work.prepare()
with work.reading():
    pass
largest = max(file.stat().st_size for file in path.parent.iterdir())
resource.setrlimit(resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))
at = datetime(2026, 11, 23, 6, tzinfo=UTC)
for n in range(1, 101):
    onset = at + timedelta(seconds=n)
    with work.writing() as unit:
        unit.conditions.take([Edge("main", n, f"pump-{n}", "pressure_low", EdgeKind.OPENED, onset, onset)])
with work.reading() as unit:
    print(len(unit.conditions.open()))
"""


@pytest.mark.parametrize("starts", [1, 2])
def test_conditions_fit_into_files_that_may_not_grow(tmp_path: Path, starts: int) -> None:
    for _ in range(starts - 1):
        work = SqlWork(f"sqlite:///{tmp_path / 'work.db'}", "small")
        work.prepare()
        work.close()
    assert starts == 1 or not (tmp_path / "work.db-wal").exists(), "a closed log is gone"
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "work.db")],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": "."},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["100"]


def test_room_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "work.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("CREATE TABLE facts (n)")
        keep_room(path)
        size = (tmp_path / "work.db-wal").stat().st_size
        keep_room(path)
        assert (tmp_path / "work.db-wal").stat().st_size == size >= ROOM
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("facts",)]


def test_without_room_it_is_said_and_nothing_is_lost(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "work.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("CREATE TABLE facts AS SELECT 7 AS n")
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
        try:
            keep_room(path)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert other.execute("SELECT n FROM facts").fetchall() == [(7,)]
    assert "no room is kept for a full disk" in caplog.text
