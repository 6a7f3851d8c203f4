"""What is special about the SQLite history: retention, kills, threads, many readers."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from facility.domain.errors import StoreRejected
from facility.store.sqlite_history import SqliteHistory

NOW = datetime.now(UTC)
EVER = (NOW - timedelta(days=9999), NOW + timedelta(days=9999))


def lines(*days: float, asset: str = "pump-1") -> bytes:
    moments = [int((NOW - timedelta(days=day)).timestamp() * 10**6) * 1000 for day in days]
    return "".join(f"pump,site=garden,asset={asset} level=1 {at}\n" for at in moments).encode()


def count(history: SqliteHistory, asset: str = "pump-1") -> int:
    return history.count("pump", asset, *EVER)


def rolled(history: SqliteHistory) -> SqliteHistory:
    while history.roll_up(NOW, {}).more:
        pass
    return history


def test_what_is_older_than_the_retention_goes(tmp_path: Path) -> None:
    keeping = SqliteHistory(tmp_path / "history.db", "garden")
    keeping.prepare()
    keeping.write(lines(0, 3, 9, 11, 40))
    rolled(keeping).close()
    purging = SqliteHistory(tmp_path / "history.db", "garden", retention_days=10)
    purging.prepare()
    purging.write(lines(0.5))
    assert count(purging) == 4
    purging.write(lines(20))  # at most once an hour
    assert count(purging) == 5
    purging.close()


def test_a_clock_that_ran_ahead_does_not_empty_the_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = SqliteHistory(tmp_path / "history.db", "garden", retention_days=10)
    history.prepare()
    history.write(lines(0, 3))
    history.close()
    monkeypatch.setattr("facility.store.sqlite_history.time.time_ns", lambda: 2**62)
    again = SqliteHistory(tmp_path / "history.db", "garden", retention_days=10)
    again.write(lines(1))
    assert count(again) == 3
    again.close()


def test_a_purge_is_bounded_and_goes_on_with_the_next_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facility.store.sqlite_history.PURGE_ROWS", 3)
    old = SqliteHistory(tmp_path / "history.db", "garden")
    old.prepare()
    old.write(lines(*(20 + day for day in range(7)), asset="pump-1") + lines(0, asset="pump-1"))
    rolled(old).close()
    history = SqliteHistory(tmp_path / "history.db", "garden", retention_days=10)
    left = []
    for _ in range(4):
        history.write(b"")
        left.append(count(history))
    assert left == [5, 2, 1, 1]
    history.close()


def test_a_refused_batch_stores_nothing_and_makes_no_series(tmp_path: Path) -> None:
    history = SqliteHistory(tmp_path / "history.db", "garden")
    history.prepare()
    with pytest.raises(StoreRejected, match="line 2"):
        history.write(lines(1) + b"garbage\n")
    assert count(history) == 0
    history.write(lines(1))
    assert count(history) == 1
    history.close()


def test_threads_and_programs_write_side_by_side(tmp_path: Path) -> None:
    ours, theirs = (SqliteHistory(tmp_path / "history.db", "garden") for _ in range(2))
    ours.prepare()

    def write(history: SqliteHistory, asset: str) -> None:
        for n in range(20):
            history.write(lines(n, n + 0.5, asset=asset))

    writers = [
        threading.Thread(target=write, args=(history, f"pump-{number}"))
        for number, history in enumerate((ours, ours, theirs))
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [count(theirs, f"pump-{number}") for number in range(3)] == [40, 40, 40]
    ours.close()
    theirs.close()
