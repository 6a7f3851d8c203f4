"""Readings in a SQLite file: the embedded default, good for about 2 000 points; InfluxDB is the way up.

A line is one row: series, time, its numeric fields (packed, or as text) and its text fields as text. What is written is on the disk.
A reading is removed by its age, and never before it is rolled up.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from operator import itemgetter
from pathlib import Path
from urllib.parse import quote

from facility.domain.counter import Counter
from facility.domain.errors import SchemaUnknown
from facility.domain.rollup import EPOCH, Counters, Level, Rolled, Rollup, summary
from facility.domain.stored import Stored
from facility.failpoint import failpoint
from facility.ports import Numbers, Sample
from facility.store import sqlite_rollups as rolling
from facility.store.faults import FileReplaced, translated
from facility.store.files import PATIENCE, identity, make_file, write_ahead
from facility.store.levels import SETTLE, Kept, Stretch, plan, samples, windows
from facility.store.line_protocol import Line, merged, parse, stored
from facility.store.pace import Pace
from facility.store.sqlite_kinds import TABLE as KINDS
from facility.store.sqlite_kinds import Kinds, Packed

log = logging.getLogger(__name__)

STORE = "history"
SCHEMA = (
    4  # PRAGMA user_version; 1 had no roll-ups, 2 kept lines in the order of series and time, 3 all numbers as text
)
PURGE_EVERY = 3600.0  # seconds
PURGE_ROWS = 20_000  # removed at most with one batch, so that no batch waits long
CACHE = 2000  # pages of the writer at least, and two for each series (twice those known): its newest one, and what leads to it
LOG = 4000  # pages of the log at least, and five for each series: what several writes changed is then written back once
DAY = 86_400 * 10**9  # ns

TABLES = (
    "CREATE TABLE IF NOT EXISTS series (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    # Rows stand in the order in which they come: pages are filled once. Only the index is kept by series and time.
    "CREATE TABLE IF NOT EXISTS lines (series INTEGER NOT NULL REFERENCES series (id), at INTEGER NOT NULL,"
    " numbers TEXT NOT NULL, texts TEXT NOT NULL, UNIQUE (series, at))",
    KINDS,
    *rolling.TABLES,
)
PUT = (
    "INSERT INTO lines (series, at, numbers, texts) VALUES (?, ?, ?, ?) ON CONFLICT (series, at) DO UPDATE"
    " SET numbers = merged_numbers(numbers, excluded.numbers), texts = merged(texts, excluded.texts)"
    " WHERE numbers <> excluded.numbers OR texts <> excluded.texts"
)
MOVE = (
    "ALTER TABLE lines RENAME TO lines_2",
    TABLES[1],
    "INSERT INTO lines (series, at, numbers, texts) SELECT series, at, numbers, texts FROM lines_2 ORDER BY at",
    "DROP TABLE lines_2",
)
PLACE = itemgetter(0, 1)  # series and time of a row
RANGE = " FROM lines WHERE series = (SELECT id FROM series WHERE name = ?) AND at >= ? AND at < ?"
PURGE = (
    "DELETE FROM lines WHERE (series, at) IN (SELECT series, at FROM lines WHERE series = ? AND at < ? LIMIT ?)"
    " RETURNING 1"
)


class SqliteHistory:
    """Port History. One writer at a time; readers see one moment. Safe to share by threads."""

    def __init__(self, path: Path, site: str, retention_days: int = 0, rolled_days: tuple[int, int] = (0, 0)) -> None:
        self._path = path.absolute()
        self._site = site
        self._kept = Kept(retention_days, *rolled_days)
        self._retention = retention_days * DAY
        self._rollups = rolling.SqliteRollups()
        self._pace = Pace()
        self._lock = threading.Lock()
        self._writer: sqlite3.Connection | None = None
        self._opened: tuple[int, int] = (0, 0)
        self._series: dict[str, int] = {}
        self._kinds = Kinds()
        self._roomy_for = 0  # series
        self._next_purge = time.monotonic()
        self._next_purge_of_levels = time.monotonic()

    def prepare(self) -> None:
        """Make the file and its tables; StoreUnavailable, SchemaUnknown when a newer program made them."""
        make_file(self._path, STORE)
        with self._writing() as connection:
            (found,) = connection.execute("PRAGMA user_version").fetchone()
            if found > SCHEMA:
                what = f"{self._path} has schema {found}, this program knows up to {SCHEMA}"
                raise SchemaUnknown(STORE, what, "Run a newer program, or name another folder")
            if moves := found in (1, 2):
                log.info(
                    "%s: the lines of an earlier version are moved into the new table; this takes a while", self._path
                )
            for statement in (*(MOVE if moves else ()), *TABLES):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {SCHEMA}")

    def write(self, lines: bytes) -> None:
        """All lines in one transaction; StoreRejected, StoreUnavailable."""
        self.write_rows((), lines)

    def write_rows(self, rows: Sequence[Numbers], lines: bytes) -> None:
        """All rows and lines in one transaction; StoreRejected, StoreUnavailable."""
        batch = list(parse(lines, STORE))
        with self._writing() as connection:
            self._purge(connection)
            found = [*self._packed(connection, rows), *self._rows(connection, batch)]
            found.sort(key=PLACE)  # as the index is: a page is taken up once
            connection.executemany(PUT, found)
            self._make_room(connection)
            self._rollups.mark(connection, rolling.lates(found, self._rollups.claimed(connection)))

    def windows(
        self, asset_class: str, asset: str, point: str, since: datetime, until: datetime, every: timedelta
    ) -> list[Sample]:
        """Windows start at `since`; empty ones are left out."""
        return samples(self.rollups(asset_class, asset, point, since, until, every))

    def rollups(
        self,
        asset_class: str,
        asset: str,
        point: str,
        since: datetime,
        until: datetime,
        every: timedelta,
        counter: Counter | None = None,
    ) -> list[Rollup]:
        """Windows start at `since`; empty ones are left out."""
        name, parts = self._name(asset_class, asset), list[Rollup]()
        with self._reading() as connection:
            connection.execute("BEGIN")  # one moment for all stretches
            rolled = rolling.state(connection, "rolled")
            until_rolled = None if rolled is None else rolling.moment(rolled)
            for part in plan(since, until, every, until_rolled, self._kept):
                if part.level is None:
                    parts += _from_lines(connection, name, point, part, since, every, counter)
                else:
                    parts += rolling.point_rows(connection, part.level, name, point, part.since, part.until)
        return windows(parts, since, every, counter)

    def roll_up(self, now: datetime, counters: Counters) -> Rolled:
        """Some new windows and some late ones, as many as fit into a fraction of a second."""
        start, end, limit = self._claim(now)
        rolled = late = 0
        with self._pace.measured():
            if start < end:
                self._roll(start, end, counters)
                rolled = end - start
                failpoint("rollup.after_commit")
            late = self._roll_late(counters)
        self._purge_levels(now)
        more = end < limit or late > 0
        return Rolled(rolled, late, rolling.moment(end) if end else None, more)

    def readings(self, asset_class: str, asset: str, since: datetime, until: datetime) -> list[Stored]:
        """From the lines alone; roll-ups hold no readings."""
        with self._reading() as connection:
            rows = connection.execute(
                f"SELECT at, numbers, texts{RANGE} ORDER BY at",
                (self._name(asset_class, asset), _ns(since), _ns(until)),
            )
            fields = Kinds().fields
            return [stored(at, fields(connection, numbers), texts) for at, numbers, texts in rows]

    def count(self, asset_class: str, asset: str, since: datetime, until: datetime) -> int:
        """Number of lines in [since, until)."""
        with self._reading() as connection:
            row = connection.execute(
                f"SELECT count(*){RANGE}", (self._name(asset_class, asset), _ns(since), _ns(until))
            ).fetchone()
        return int(row[0])

    def close(self) -> None:
        """Close the file; it is opened again when needed."""
        with self._lock:
            self._close()

    def _name(self, asset_class: str, asset: str) -> str:
        return f"{asset_class},site={self._site},asset={asset}"

    def _rows(self, connection: sqlite3.Connection, batch: Iterable[Line]) -> Iterator[tuple[int, int, Packed, str]]:
        for series, at, numbers, texts in batch:
            yield self._series.get(series) or self._number(connection, series), at, numbers, texts

    def _packed(self, connection: sqlite3.Connection, rows: Sequence[Numbers]) -> list[tuple[int, int, Packed, str]]:
        known, number = self._series, self._number
        heads = {kind: self._kinds.head(connection, kind) for kind in {row.kind for row in rows}}
        return [
            (known.get(series) or number(connection, series), at, heads[kind] + numbers, "")
            for series, at, kind, numbers in rows
        ]

    def _number(self, connection: sqlite3.Connection, series: str) -> int:
        connection.execute("INSERT OR IGNORE INTO series (name) VALUES (?)", (series,))
        (number,) = connection.execute("SELECT id FROM series WHERE name = ?", (series,)).fetchone()
        self._series[series] = number
        return int(number)

    def _make_room(self, connection: sqlite3.Connection) -> None:
        """Cache and log grow with the number of series that are written to."""
        if len(self._series) > self._roomy_for:
            self._roomy_for = 2 * len(self._series)
            connection.execute(f"PRAGMA cache_size = {max(CACHE, 2 * self._roomy_for)}")
            connection.execute(f"PRAGMA wal_autocheckpoint = {max(LOG, 5 * self._roomy_for)}")

    def _claim(self, now: datetime) -> tuple[int, int, int]:
        """Take the next windows [start, end) that ended by `limit`; over times without lines in one stride. 0: nothing there.

        No stride begins inside an hour: the hour would never be completed.
        """
        limit = rolling.window_number(now - SETTLE)
        with self._writing() as connection:
            start = rolling.state(connection, "rolled")
            line = rolling.next_line(connection, (start or 0) * rolling.FINE_NS)
            if line is None and start is None:
                return 0, 0, 0
            if start is None or start % rolling.HOUR == 0:
                start = max(start or 0, limit if line is None else min(limit, line // rolling.FINE_NS))
            end = max(start, min(start + self._pace.windows, limit))
            rolling.put_state(connection, "claimed", max(end, rolling.state(connection, "claimed") or 0))
            if start == end:
                rolling.put_state(connection, "rolled", end)
            return start, end, limit

    def _roll(self, start: int, end: int, counters: Counters) -> None:
        with self._reading() as connection:
            connection.execute("BEGIN")
            series = rolling.all_series(connection)
            found = {
                id: rolling.computed(connection, id, start, end, self._counters(name, counters)) for id, name in series
            }
        failpoint("rollup.before_commit")
        with self._writing() as connection:
            for id, name in series:
                self._rollups.put(connection, id, found[id])
                self._rollups.put_hours(connection, id, start, end, self._counters(name, counters))
            rolling.put_state(connection, "rolled", max(end, rolling.state(connection, "rolled") or 0))

    def _roll_late(self, counters: Counters) -> int:
        """Compute late windows again; returns how many marks were worked off."""
        with self._reading() as connection:
            connection.execute("BEGIN")
            late = rolling.oldest_late(connection, self._pace.windows)
            if late is None:
                return 0
            rolled = rolling.state(connection, "rolled") or 0
            series = [(id, name) for id, name in rolling.all_series(connection) if id in late.series]
            start, end = late.start, late.end
            found = {
                id: rolling.computed(connection, id, start, end, self._counters(name, counters)) for id, name in series
            }
        hours_end = min(-(-end // rolling.HOUR) * rolling.HOUR, rolled)
        with self._writing() as connection:
            for id, name in series:
                self._rollups.put(connection, id, found[id])
                self._rollups.put_hours(connection, id, start, hours_end, self._counters(name, counters))
            connection.executemany("DELETE FROM late WHERE id = ?", ((mark,) for mark in late.marks))
        return len(late.marks)

    def _counters(self, series: str, counters: Counters) -> Mapping[str, Counter]:
        asset_class, site, asset = (part.rpartition("=")[2] for part in series.split(","))
        return counters.get((asset_class, asset), {}) if site == self._site else {}

    def _purge_levels(self, now: datetime) -> None:
        """Remove rows older than their level's retention, in small transactions, at most once an hour."""
        if time.monotonic() < self._next_purge_of_levels:
            return
        for level in Level:
            if self._kept.days(level):
                with self._writing() as connection:
                    if rolling.purge(connection, level, self._kept.floor(level, now), PURGE_ROWS) == PURGE_ROWS:
                        return  # the rest goes with the next steps
        self._next_purge_of_levels = time.monotonic() + PURGE_EVERY

    def _purge(self, connection: sqlite3.Connection) -> None:
        """Remove what is older than the retention and rolled up; its age is counted from now or the newest line, whichever
        is earlier.
        """
        if not self._retention or time.monotonic() < self._next_purge:
            return
        rolled = rolling.safe(connection)
        left = PURGE_ROWS
        for series, newest in connection.execute(
            "SELECT id, (SELECT max(at) FROM lines WHERE series = series.id) FROM series"
        ).fetchall():
            oldest = min(min(time.time_ns(), newest or 0) - self._retention, rolled)
            left -= len(connection.execute(PURGE, (series, oldest, left)).fetchall())
            if left <= 0:
                return  # the rest goes with the next batches
        self._next_purge = time.monotonic() + PURGE_EVERY

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, translated(STORE, str(self._path)):
            if self._writer is not None and identity(self._path) != self._opened:
                self._close()
                raise FileReplaced(self._path)
            try:
                connection = self._writer or self._open()
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                self._close()  # rolls back
                raise

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with translated(STORE, str(self._path)), closing(self._connect("ro")) as connection:
            yield connection

    def _open(self) -> sqlite3.Connection:
        self._writer = connection = self._connect("rw")
        self._opened = identity(self._path)
        write_ahead(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.create_function("merged", 2, merged, deterministic=True)
        connection.create_function("merged_numbers", 2, self._kinds.merge(connection), deterministic=True)
        return connection

    def _connect(self, mode: str) -> sqlite3.Connection:
        return sqlite3.connect(
            f"file:{quote(str(self._path))}?mode={mode}",
            uri=True,
            timeout=PATIENCE,
            isolation_level=None,
            check_same_thread=False,
        )

    def _close(self) -> None:
        self._roomy_for = 0
        self._series.clear()  # numbers given in a transaction that may be rolled back
        self._kinds.forget()
        self._rollups.forget()
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def _from_lines(
    connection: sqlite3.Connection,
    series: str,
    point: str,
    part: Stretch,
    since: datetime,
    every: timedelta,
    counter: Counter | None,
) -> Iterator[Rollup]:
    """The windows of a stretch from its lines; they start at `since`, not at the stretch."""
    value_of = Kinds().reader(connection, point)
    start, step, found = _ns(since), _ns(EPOCH + every), dict[int, list[float]]()
    query = f"SELECT at, numbers{RANGE} ORDER BY at"
    for at, numbers in connection.execute(query, (series, _ns(part.since), _ns(part.until))):
        value = value_of(numbers)
        if value is not None:
            found.setdefault((at - start) // step, []).append(value)
    for number, window in found.items():
        yield summary(since + number * every, every, window, counter)


def _ns(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1) * 1000
