"""Roll-ups in the SQLite history: a table a level, one row a point and window; and which windows late lines have changed.

How nothing is missed though writers are never stopped: a step first *claims* the windows it will roll up, then reads. A line that is
written before the claim is read; one that is written after it finds the claim in its own transaction and marks its window as late.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from facility.domain.counter import Counter
from facility.domain.rollup import COARSE, EPOCH, FINE, Level, Rollup, coarser, summary
from facility.store.sqlite_kinds import Kinds, Packed

NS = 10**9
WIDTH = {level: int(level.width.total_seconds()) for level in Level}  # seconds
FINE_NS = WIDTH[FINE] * NS
HOUR = WIDTH[COARSE] // WIDTH[FINE]  # windows

TABLES = (
    "CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS points (id INTEGER PRIMARY KEY, series INTEGER NOT NULL REFERENCES series (id),"
    " name TEXT NOT NULL, UNIQUE (series, name))",
    "CREATE TABLE IF NOT EXISTS late (id INTEGER PRIMARY KEY AUTOINCREMENT, series INTEGER NOT NULL REFERENCES series (id),"
    " number INTEGER NOT NULL, UNIQUE (series, number) ON CONFLICT REPLACE)",
    *(
        f"CREATE TABLE IF NOT EXISTS rolled_{level.suffix} (point INTEGER NOT NULL REFERENCES points (id), number INTEGER NOT NULL,"
        " mean REAL, low REAL, high REAL, first REAL, last REAL NOT NULL, count INTEGER NOT NULL, increase REAL,"
        " PRIMARY KEY (point, number)) WITHOUT ROWID"
        for level in Level
    ),
)
# What equals the last value is left out: most windows of most points hold one value. A recount from fewer lines than were
# there (older ones are removed already) never replaces the better row.
PUT = (
    "INSERT INTO rolled_{} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (point, number) DO UPDATE SET mean = excluded.mean,"
    " low = excluded.low, high = excluded.high, first = excluded.first, last = excluded.last, count = excluded.count,"
    " increase = excluded.increase WHERE excluded.count >= count"
)
GET = (
    "SELECT number, ifnull(mean, last), ifnull(low, last), ifnull(high, last), ifnull(first, last), last, count, increase"
    " FROM rolled_{} WHERE point = ? AND number >= ? AND number < ? ORDER BY number"
)
FIRST_OF = "SELECT (SELECT min(at) FROM lines WHERE series = series.id AND at >= ?) AS at FROM series"
LINES = "SELECT at, numbers FROM lines WHERE series = ? AND at >= ? AND at < ? ORDER BY at"
PURGE = (
    "DELETE FROM rolled_{0} WHERE (point, number) IN (SELECT point, number FROM rolled_{0} WHERE point = ? AND number < ? LIMIT ?)"
    " RETURNING 1"
)

Windows = dict[tuple[str, int], Rollup]
"""(point's name, number of the 5-minute window) → its row."""


@dataclass(frozen=True, slots=True)
class Late:
    """Windows [start, end) of some series to compute again, by the ids of their marks."""

    marks: tuple[int, ...]
    series: frozenset[int]
    start: int
    end: int


@dataclass(slots=True)
class SqliteRollups:
    """Works on the connection that it is given, inside the caller's transaction."""

    points: dict[tuple[int, str], int] = field(default_factory=dict)

    def claimed(self, connection: sqlite3.Connection) -> int:
        """Lines before this time (ns) are late."""
        return (state(connection, "claimed") or 0) * FINE_NS

    def mark(self, connection: sqlite3.Connection, late: Iterable[tuple[int, int]]) -> None:
        """These (series, window) are to be computed again."""
        connection.executemany("INSERT INTO late (series, number) VALUES (?, ?)", late)

    def put(self, connection: sqlite3.Connection, series: int, rows: Windows) -> None:
        """Store a series' 5-minute windows."""
        by_point: dict[str, list[tuple[int, Rollup]]] = {}
        for (name, number), row in rows.items():
            by_point.setdefault(name, []).append((number, row))
        for name, found in by_point.items():
            point = self._point(connection, series, name)
            connection.executemany(PUT.format(FINE.suffix), (_row(point, number, row) for number, row in found))

    def put_hours(
        self, connection: sqlite3.Connection, series: int, start: int, end: int, counters: Mapping[str, Counter]
    ) -> None:
        """Compute the whole hours of the windows [start, end) from the 5-minute rows."""
        first, last = start // HOUR * HOUR, end // HOUR * HOUR
        if first >= last:
            return
        for point, name in connection.execute("SELECT id, name FROM points WHERE series = ?", (series,)).fetchall():
            fine = rows_of(connection, FINE, point, first, last)
            hours = coarser(fine, COARSE, counters.get(name))
            width = COARSE.width
            connection.executemany(
                PUT.format(COARSE.suffix), (_row(point, (hour.at - EPOCH) // width, hour) for hour in hours)
            )

    def forget(self) -> None:
        """Numbers given in a transaction that was rolled back."""
        self.points.clear()

    def _point(self, connection: sqlite3.Connection, series: int, name: str) -> int:
        found = self.points.get((series, name))
        if found is None:
            connection.execute("INSERT OR IGNORE INTO points (series, name) VALUES (?, ?)", (series, name))
            (found,) = connection.execute(
                "SELECT id FROM points WHERE series = ? AND name = ?", (series, name)
            ).fetchone()
            self.points[series, name] = found
        return int(found)


def state(connection: sqlite3.Connection, name: str) -> int | None:
    """A number kept in the file."""
    row = connection.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
    return None if row is None else int(row[0])


def put_state(connection: sqlite3.Connection, name: str, value: int) -> None:
    """Keep a number."""
    connection.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (name, value))


def safe(connection: sqlite3.Connection) -> int:
    """Lines before this time (ns) are in the roll-ups."""
    (late,) = connection.execute("SELECT min(number) FROM late").fetchone()
    rolled = state(connection, "rolled") or 0
    return min(rolled, rolled if late is None else int(late)) * FINE_NS


def next_line(connection: sqlite3.Connection, at: int) -> int | None:
    """Time of the first line of any series at or after `at` (ns)."""
    times = [row[0] for row in connection.execute(FIRST_OF, (at,)) if row[0] is not None]
    return min(times, default=None)


def all_series(connection: sqlite3.Connection) -> list[tuple[int, str]]:
    """Every series' id and name."""
    return connection.execute("SELECT id, name FROM series ORDER BY id").fetchall()


def computed(
    connection: sqlite3.Connection, series: int, start: int, end: int, counters: Mapping[str, Counter]
) -> Windows:
    """A series' 5-minute windows [start, end) from its lines."""
    kinds = Kinds()
    values: dict[tuple[str, int], list[float]] = {}
    for at, numbers in connection.execute(LINES, (series, start * FINE_NS, end * FINE_NS)):
        number = at // FINE_NS
        for name, value in kinds.fields(connection, numbers):
            values.setdefault((name, number), []).append(value)
    width = FINE.width
    return {key: summary(EPOCH + key[1] * width, width, found, counters.get(key[0])) for key, found in values.items()}


def oldest_late(connection: sqlite3.Connection, most: int) -> Late | None:
    """The oldest late windows that are rolled up already, as one run of at most `most`, with all marks in it."""
    rolled = state(connection, "rolled") or 0
    (start,) = connection.execute("SELECT min(number) FROM late").fetchone()
    if start is None or start >= rolled:
        return None
    end = min(start + most, rolled)
    marks = connection.execute("SELECT id, series, number FROM late WHERE number < ?", (end,)).fetchall()
    newest = max(number for _, _, number in marks)
    return Late(tuple(mark for mark, _, _ in marks), frozenset(series for _, series, _ in marks), start, newest + 1)


def rows_of(connection: sqlite3.Connection, level: Level, point: int, start: int, end: int) -> list[Rollup]:
    """A point's windows with numbers in [start, end)."""
    width = level.width
    return [
        Rollup(EPOCH + number * width, width, *rest)
        for number, *rest in connection.execute(GET.format(level.suffix), (point, start, end))
    ]


def point_rows(
    connection: sqlite3.Connection, level: Level, series: str, point: str, since: datetime, until: datetime
) -> list[Rollup]:
    """The windows of a point by its names that start in [since, until)."""
    row = connection.execute(
        "SELECT id FROM points WHERE series = (SELECT id FROM series WHERE name = ?) AND name = ?", (series, point)
    ).fetchone()
    if row is None:
        return []
    start, end = (-((EPOCH - at) // level.width) for at in (since, until))  # rounded up
    return rows_of(connection, level, row[0], start, end)


def purge(connection: sqlite3.Connection, level: Level, oldest: datetime, most: int) -> int:
    """Remove at most `most` rows of windows that ended before `oldest`; returns how many."""
    number, left = (oldest - EPOCH) // level.width, most
    for (point,) in connection.execute("SELECT id FROM points").fetchall():
        left -= len(connection.execute(PURGE.format(level.suffix), (point, number, left)).fetchall())
        if left <= 0:
            break
    return most - left


def _row(point: int, number: int, row: Rollup) -> Sequence[object]:
    last = row.last
    same = (None if value == last else value for value in (row.mean, row.low, row.high, row.first))
    return (point, number, *same, last, row.count, row.increase)


def lates(rows: Iterable[tuple[int, int, Packed, str]], claimed: int) -> Iterator[tuple[int, int]]:
    """The (series, window) of lines older than what is claimed, each once."""
    yield from {(series, at // FINE_NS) for series, at, _, _ in rows if at < claimed}


def window_number(at: datetime) -> int:
    """Number of the 5-minute window that holds `at`."""
    return (at - EPOCH) // FINE.width


def moment(number: int) -> datetime:
    """Start of a 5-minute window."""
    return EPOCH + number * timedelta(seconds=WIDTH[FINE])
