"""The spool: batches of lines on the local disk, between the readings and a history that may be away.

Bounded by size and age; what passes a bound is dropped oldest first and counted. A full disk sheds history, never more.
"""

import logging
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from collectors.disk import DiskFile, is_no_room, transaction
from collectors.packing import unpack
from collectors.sheet import MARK, rows_of
from facility.failpoint import failpoint
from facility.ports import Clock, Numbers

log = logging.getLogger(__name__)

FAILPOINTS = ("spool.before_commit", "spool.after_commit", "spool.after_write", "spool.after_delete")
MAX_BYTES = 1 << 30
MAX_AGE = timedelta(days=30)
MOST_PARKED = 10_000  # lines that history refused for good
MAX_PARKED_BYTES = 8 << 20
HANDFUL = 16  # batches that are read together at most

SCHEMA = """
CREATE TABLE IF NOT EXISTS batches (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, count INTEGER NOT NULL, bytes INTEGER NOT NULL, lines BLOB NOT NULL,
    oldest INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS parked (id INTEGER PRIMARY KEY, at REAL NOT NULL, line BLOB NOT NULL, reason TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS parked_line ON parked (line);
"""
PUT = "INSERT INTO batches (at, count, bytes, lines, oldest) VALUES (?, ?, ?, ?, ?)"
PARKED_SURPLUS = """
DELETE FROM parked WHERE at < ?1 OR id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER newest AS place, sum(length(line) + length(reason)) OVER newest AS bytes
        FROM parked WINDOW newest AS (ORDER BY id DESC)
    ) WHERE place > ?2 OR bytes > ?3
)
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines of one flush, in the order in which they were appended, `packed` as they were given. `oldest`: Unix ns, 0 unknown."""

    id: int
    count: int
    packed: bytes
    oldest: int

    @property
    def lines(self) -> bytes:
        """As plain text."""
        return unpack(self.packed)

    @property
    def rows(self) -> tuple[list[Numbers], bytes]:
        """As rows of numbers, and what is none as plain text."""
        return rows_of(self.packed) if self.packed.startswith(MARK) else ([], self.lines)


class Spool(DiskFile):
    """Durable queue of batches. Every method may be called from any thread."""

    LOSS = "Readings that waited in it are not in history."

    def __init__(self, path: Path, clock: Clock, max_bytes: int = MAX_BYTES, max_age: timedelta = MAX_AGE) -> None:
        super().__init__(path, clock)
        self._max_bytes, self._max_age = max_bytes, max_age
        self._lock = threading.RLock()
        self.lines = self.bytes = self.batches = 0  # waiting now
        self.oldest = 0.0  # Unix seconds at which the oldest waiting batch was stored; 0: none waits
        self.dropped = self.parked = self.parked_dropped = 0  # since the start
        self._full = False
        self._open()

    def append(self, lines: bytes, count: int, oldest: int = 0) -> bool:
        """Store the lines (packed or plain) durably; False when there is no room for them even after the oldest were dropped.

        `oldest`: the oldest of their times (Unix ns), where it is known.
        """
        with self._lock:
            self._drop_surplus(len(lines))
            while True:
                try:
                    self._guarded(lambda: self._insert(lines, count, oldest))
                except sqlite3.Error as error:
                    if not is_no_room(error):
                        raise
                    self._say_full(True, str(error))
                    if not self._drop(self.head(0)):
                        return False
                else:
                    self._say_full(False)
                    return True

    def shed(self, count: int) -> None:
        """Count lines that were given up before they reached the disk."""
        with self._lock:
            self.dropped += count

    def head(self, lines: int) -> list[Batch]:
        """The oldest batches: until `lines` lines are reached, and at least one when there is one."""
        query = "SELECT id, count, lines, oldest FROM batches ORDER BY id LIMIT ?"
        with self._lock:
            rows = self._guarded(lambda: self._connection.execute(query, (HANDFUL,)).fetchall())
        batches: list[Batch] = []
        for row in rows:
            batches.append(Batch(*row))
            lines -= batches[-1].count
            if lines <= 0:
                break
        return batches

    def delete(self, batches: Sequence[Batch]) -> None:
        """Forget batches that history has."""
        with self._lock:
            self._guarded(lambda: self._remove(batches))

    def park(self, refused: Sequence[tuple[bytes, str]]) -> None:
        """Keep refused lines, each with the reason, for a person to look at; parking one twice keeps one.

        Bounded by number, size and age: a device with a dead clock may have each of its lines refused. The newest stay.
        """
        at = self._clock.now().timestamp()
        with self._lock:
            self.parked_dropped += self._guarded(lambda: self._park([(at, *pair) for pair in refused]))
            self.parked += len(refused)

    def parked_lines(self) -> list[tuple[bytes, str]]:
        """All parked lines with their reasons."""
        with self._lock:
            return self._connection.execute("SELECT line, reason FROM parked ORDER BY id").fetchall()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _begin(self) -> None:
        self._connection.executescript(SCHEMA)
        columns = self._connection.execute("SELECT name FROM pragma_table_info('batches')").fetchall()
        if ("oldest",) not in columns:  # a spool of an earlier version
            self._connection.execute("ALTER TABLE batches ADD COLUMN oldest INTEGER NOT NULL DEFAULT 0")
        self._measure()

    def _insert(self, lines: bytes, count: int, oldest: int) -> None:
        row = (self._clock.now().timestamp(), count, len(lines), lines, oldest)
        with transaction(self._connection):
            self._connection.execute(PUT, row)
            failpoint("spool.before_commit")
        failpoint("spool.after_commit")
        self.lines += count
        self.bytes += len(lines)
        self.batches += 1
        self.oldest = self.oldest or row[0]

    def _park(self, rows: Sequence[tuple[float, bytes, str]]) -> int:
        """How many older ones had to go."""
        query = "INSERT INTO parked (at, line, reason) SELECT ?1, ?2, ?3 WHERE NOT EXISTS (SELECT 1 FROM parked WHERE line = ?2)"
        too_old = self._clock.now().timestamp() - self._max_age.total_seconds()
        with transaction(self._connection):
            self._connection.executemany(query, rows)
            return self._connection.execute(PARKED_SURPLUS, (too_old, MOST_PARKED, MAX_PARKED_BYTES)).rowcount

    def _remove(self, batches: Sequence[Batch]) -> None:
        with transaction(self._connection):
            self._connection.executemany("DELETE FROM batches WHERE id = ?", [(batch.id,) for batch in batches])
        self._measure()

    def _measure(self) -> None:
        query = "SELECT coalesce(sum(count), 0), coalesce(sum(bytes), 0), count(*), coalesce(min(at), 0) FROM batches"
        self.lines, self.bytes, self.batches, self.oldest = self._connection.execute(query).fetchone()

    def _drop_surplus(self, coming: int) -> None:
        """Keep the bounds of size and age."""
        too_old = self._clock.now().timestamp() - self._max_age.total_seconds()
        if self.batches and self.oldest < too_old:
            log.warning("the spool passes its bound of age: what is older is dropped")
            self._drop(self._older_than(too_old))
        while self.batches and self.bytes + coming > self._max_bytes:
            log.warning("the spool passes its bound of size: its oldest batches are dropped")
            if not self._drop(self.head(0)):
                return

    def _older_than(self, at: float) -> list[Batch]:
        """Not always those at the head: a machine that started without the time stored batches of 1970 behind right ones."""
        query = "SELECT id, count, x'', oldest FROM batches WHERE at < ?"
        return [Batch(*row) for row in self._guarded(lambda: self._connection.execute(query, (at,)).fetchall())]

    def _drop(self, batches: Sequence[Batch]) -> bool:
        """Drop these and count them; False when there is nothing to drop, or the disk refuses even that."""
        if not batches:
            return False
        try:
            self._guarded(lambda: self._remove(batches))
        except sqlite3.Error as error:
            if not is_no_room(error):
                raise
            return False
        self.dropped += sum(batch.count for batch in batches)
        return True

    def _say_full(self, full: bool, reason: str = "") -> None:
        if full and not self._full:
            log.error(
                "%s cannot be written (%s): readings are dropped, oldest first. Make room on the disk.",
                self._path,
                reason,
            )
        if self._full and not full:
            log.info("%s can be written again; %d lines were dropped", self._path, self.dropped)
        self._full = full
