"""Readings in a SQLite file: the embedded default, good for about 2 000 points; InfluxDB is the way up.

A line is one row: series, time, its numeric and its text fields as text. What is written is on the disk.
"""

import math
import re
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from facility.domain.errors import SchemaUnknown
from facility.ports import Sample
from facility.store.faults import FileReplaced, translated
from facility.store.files import PATIENCE, identity, make_file, write_ahead
from facility.store.line_protocol import Line, merged, parse

STORE = "history"
SCHEMA = 1  # PRAGMA user_version
PURGE_EVERY = 3600.0  # seconds
PURGE_ROWS = 20_000  # removed at most with one batch, so that no batch waits long
DAY = 86_400 * 10**9  # ns
EPOCH = datetime.fromtimestamp(0, UTC)

TABLES = (
    "CREATE TABLE IF NOT EXISTS series (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    "CREATE TABLE IF NOT EXISTS lines (series INTEGER NOT NULL REFERENCES series (id), at INTEGER NOT NULL,"
    " numbers TEXT NOT NULL, texts TEXT NOT NULL, PRIMARY KEY (series, at)) WITHOUT ROWID",
)
PUT = (
    "INSERT INTO lines (series, at, numbers, texts) VALUES (?, ?, ?, ?) ON CONFLICT (series, at) DO UPDATE"
    " SET numbers = merged(numbers, excluded.numbers), texts = merged(texts, excluded.texts)"
    " WHERE numbers <> excluded.numbers OR texts <> excluded.texts"
)
RANGE = " FROM lines WHERE series = (SELECT id FROM series WHERE name = ?) AND at >= ? AND at < ?"
PURGE = (
    "DELETE FROM lines WHERE (series, at) IN (SELECT series, at FROM lines WHERE series = ? AND at < ? LIMIT ?)"
    " RETURNING 1"
)


class SqliteHistory:
    """Port History. One writer at a time; readers see one moment. Safe to share by threads."""

    def __init__(self, path: Path, site: str, retention_days: int = 0) -> None:
        self._path = path.absolute()
        self._site = site
        self._retention = retention_days * DAY
        self._lock = threading.Lock()
        self._writer: sqlite3.Connection | None = None
        self._opened: tuple[int, int] = (0, 0)
        self._series: dict[str, int] = {}
        self._next_purge = time.monotonic()

    def prepare(self) -> None:
        """Make the file and its tables; StoreUnavailable, SchemaUnknown when a newer program made them."""
        make_file(self._path, STORE)
        with self._writing() as connection:
            (found,) = connection.execute("PRAGMA user_version").fetchone()
            if found > SCHEMA:
                what = f"{self._path} has schema {found}, this program knows up to {SCHEMA}"
                raise SchemaUnknown(STORE, what, "Run a newer program, or name another folder")
            for statement in TABLES:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {SCHEMA}")

    def write(self, lines: bytes) -> None:
        """All lines in one transaction; StoreRejected, StoreUnavailable."""
        batch = list(parse(lines, STORE))
        with self._writing() as connection:
            self._purge(connection)
            connection.executemany(PUT, self._rows(connection, batch))

    def windows(
        self, asset_class: str, asset: str, point: str, since: datetime, until: datetime, every: timedelta
    ) -> list[Sample]:
        """Windows start at `since`; empty ones are left out."""
        start, end, step = _ns(since), _ns(until), _ns(EPOCH + every)
        values = re.compile(rf"(?:^|,){re.escape(point)}=([^,]+)").search
        windows: dict[int, list[float]] = {}
        with self._reading() as connection:
            query = f"SELECT at, numbers{RANGE} ORDER BY at"
            for at, numbers in connection.execute(query, (self._name(asset_class, asset), start, end)):
                found = values(numbers)
                if found:
                    windows.setdefault((at - start) // step, []).append(float(found[1]))
        return [_sample(since + number * every, window) for number, window in windows.items()]

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

    def _rows(self, connection: sqlite3.Connection, batch: Iterable[Line]) -> Iterator[tuple[int, int, str, str]]:
        for series, at, numbers, texts in batch:
            number = self._series.get(series)
            if number is None:
                connection.execute("INSERT OR IGNORE INTO series (name) VALUES (?)", (series,))
                (number,) = connection.execute("SELECT id FROM series WHERE name = ?", (series,)).fetchone()
                self._series[series] = number
            yield number, at, numbers, texts

    def _purge(self, connection: sqlite3.Connection) -> None:
        """Remove what is older than the retention; its age is counted from now or the newest line, whichever is earlier."""
        if not self._retention or time.monotonic() < self._next_purge:
            return
        left = PURGE_ROWS
        for series, newest in connection.execute(
            "SELECT id, (SELECT max(at) FROM lines WHERE series = series.id) FROM series"
        ).fetchall():
            oldest = min(time.time_ns(), newest or 0) - self._retention
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
        self._series.clear()  # numbers given in a transaction that may be rolled back
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def _sample(at: datetime, values: list[float]) -> Sample:
    return Sample(at, math.fsum(values) / len(values), min(values), max(values), values[-1], len(values))


def _ns(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1) * 1000
