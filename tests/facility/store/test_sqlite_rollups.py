"""What is special about roll-ups on SQLite: removal by age, an older file, a full or lost disk in the middle, kills, two at once."""

import os
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from facility.domain.errors import StoreUnavailable
from facility.domain.rollup import Rollup
from facility.store.sqlite_history import SqliteHistory

NOW = datetime.now(UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = NOW.replace(minute=0, second=0, microsecond=0) - DAY
ROLL = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from facility.store.sqlite_history import SqliteHistory
history = SqliteHistory(Path(sys.argv[1]), "garden")
while history.roll_up(datetime.now(UTC), {}).more:
    pass
"""


def lines(count: int, every: timedelta = timedelta(minutes=1), since: datetime = START, add: float = 0.0) -> bytes:
    stamps = (int((since + n * every).timestamp()) * 10**9 for n in range(count))
    return b"".join(f"pump,site=garden,asset=pump-1 level={n % 7 + add} {at}\n".encode() for n, at in enumerate(stamps))


def opened(folder: Path, days: int = 0, rolled_days: tuple[int, int] = (0, 0)) -> SqliteHistory:
    history = SqliteHistory(folder / "history.db", "garden", days, rolled_days)
    history.prepare()
    return history


def roll(history: SqliteHistory) -> None:
    while history.roll_up(NOW, {}).more:
        pass


def hours(history: SqliteHistory, since: datetime = START, days: int = 2) -> list[Rollup]:
    return history.rollups("pump", "pump-1", "level", since, since + days * DAY, HOUR)


def test_readings_wait_for_their_roll_up_whatever_their_age(tmp_path: Path) -> None:
    history = opened(tmp_path, days=10)
    history.write(lines(48, HOUR, NOW - 30 * DAY) + lines(1))
    history.write(b"")
    ever = (NOW - 99 * DAY, NOW + DAY)
    assert history.count("pump", "pump-1", *ever) == 49
    roll(history)
    history._next_purge = 0.0  # an hour has passed
    history.write(b"")
    assert history.count("pump", "pump-1", *ever) == 1
    assert sum(each.count for each in history.rollups("pump", "pump-1", "level", *ever, 100 * DAY)) == 49
    old = history.windows("pump", "pump-1", "level", NOW - 30 * DAY, NOW - 29 * DAY, timedelta(seconds=15))
    assert {each.width for each in old} == {timedelta(minutes=5)}  # what is left of that day
    assert len(old) == 24
    history.close()


def test_a_line_that_comes_when_its_neighbours_are_gone_does_not_replace_their_roll_up(tmp_path: Path) -> None:
    history = opened(tmp_path, days=10)
    history.write(lines(60, since=START - 30 * DAY) + lines(1))
    roll(history)
    history._next_purge = 0.0  # an hour has passed
    history.write(b"")
    before = hours(history, START - 30 * DAY)
    assert [each.count for each in before] == [60]
    history.write(lines(1, since=START - 30 * DAY + timedelta(seconds=30), add=500))
    roll(history)
    assert hours(history, START - 30 * DAY) == before
    history.close()


def test_each_level_is_removed_by_its_own_age(tmp_path: Path) -> None:
    history = opened(tmp_path, days=10, rolled_days=(20, 40))
    history.write(b"".join(lines(1, since=START - days * DAY) for days in (50, 30, 15, 0)))
    roll(history)
    history._next_purge_of_levels = 0.0  # an hour has passed
    roll(history)
    counts = [
        history._connect("ro").execute(f"SELECT count(*) FROM rolled_{level}").fetchone()[0] for level in ("5m", "1h")
    ]
    assert counts == [2, 3]
    history.close()


OLD_LINES = (
    "CREATE TABLE lines (series INTEGER NOT NULL REFERENCES series (id), at INTEGER NOT NULL, numbers TEXT NOT NULL,"
    " texts TEXT NOT NULL, PRIMARY KEY (series, at)) WITHOUT ROWID"
)


def as_of_old(path: Path, schema: int) -> None:
    """Make the file what an earlier version left: its lines in a table of the order of series and time."""
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("ALTER TABLE lines RENAME TO newer")
        connection.execute(OLD_LINES)
        connection.execute("INSERT INTO lines SELECT series, at, numbers, texts FROM newer")
        for table in ("newer", *(("state", "late", "points", "rolled_5m", "rolled_1h") if schema == 1 else ())):
            connection.execute(f"DROP TABLE {table}")
        connection.execute(f"PRAGMA user_version = {schema}")
    connection.close()


@pytest.mark.parametrize("schema", [1, 2])
def test_a_file_of_an_earlier_schema_is_taken_over_and_rolled_up(tmp_path: Path, schema: int) -> None:
    history = opened(tmp_path)
    history.write(lines(600))
    before = hours(history)
    history.close()
    as_of_old(tmp_path / "history.db", schema)
    again = opened(tmp_path)
    assert hours(again) == before
    again.write(lines(600))
    roll(again)
    assert [(each.at, each.count) for each in hours(again)] == [(each.at, each.count) for each in before]
    again.close()


def test_a_full_disk_in_the_middle_is_named_and_made_good(tmp_path: Path) -> None:
    history = opened(tmp_path)
    history.write(lines(1400))
    expected = [(each.at, each.count) for each in hours(history)]
    history.roll_up(NOW, {})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    wal = tmp_path / "history.db-wal"
    resource.setrlimit(resource.RLIMIT_FSIZE, (max(wal.stat().st_size, 8192), hard))
    try:
        with pytest.raises(StoreUnavailable, match="disk") as caught:
            roll(history)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert str(tmp_path) in caught.value.mend
    roll(history)
    assert [(each.at, each.count) for each in hours(history)] == expected
    history.close()


def test_a_file_that_is_away_is_named_and_rolled_up_when_it_is_back(tmp_path: Path) -> None:
    history = opened(tmp_path)
    history.write(lines(200))
    history.close()
    (tmp_path / "history.db").rename(tmp_path / "aside.db")
    with pytest.raises(StoreUnavailable, match="there is no file"):
        history.roll_up(NOW, {})
    (tmp_path / "aside.db").rename(tmp_path / "history.db")
    roll(history)
    assert sum(each.count for each in hours(history)) == 200
    history.close()


@pytest.mark.kill
@pytest.mark.parametrize("failpoint", ["rollup.before_commit:1", "rollup.after_commit:2"])
def test_killed_in_the_middle_it_goes_on_where_it_was(tmp_path: Path, failpoint: str) -> None:
    history = opened(tmp_path)
    history.write(lines(1400))
    history.close()
    command = [sys.executable, "-c", ROLL, str(tmp_path / "history.db")]
    killed = subprocess.run(command, env={**os.environ, "FACILITY_FAILPOINT": failpoint}, timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL
    history.write(lines(700, since=START + timedelta(seconds=30)))  # claimed or rolled up already: all late
    subprocess.run(command, timeout=60, check=True)
    assert sum(each.count for each in hours(history)) == 2100
    assert sum(each.count for each in history.rollups("pump", "pump-1", "level", START, START + HOUR, HOUR)) == 120
    history.close()


def test_written_and_rolled_up_at_once_by_two_nothing_is_missed(tmp_path: Path) -> None:
    one, other = opened(tmp_path), opened(tmp_path)
    one.write(lines(1))
    done = threading.Event()

    def rolling(history: SqliteHistory) -> None:
        while not done.is_set():
            history.roll_up(NOW, {})

    threads = [threading.Thread(target=rolling, args=(history,)) for history in (one, other)]
    for thread in threads:
        thread.start()
    everything = lines(1400).splitlines(keepends=True)
    for part in range(14):  # out of order, while two roll up
        other.write(b"".join(everything[part::14]))
    done.set()
    for thread in threads:
        thread.join()
    roll(one)
    assert sum(each.count for each in hours(one)) == 1400
    fine = one.rollups("pump", "pump-1", "level", START, START + 2 * DAY, timedelta(minutes=5))
    assert sum(each.count for each in fine) == 1400
    one.close()
    other.close()
