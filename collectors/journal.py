"""The journal: edges of conditions on the local disk, numbered without a gap, until the work database has them.

The open set follows from it: the last edge of each (asset, rule) says whether the condition is open. A new journal starts
its numbers at the present Unix milliseconds, so that it never repeats a number of one that was lost.
"""

import json
import logging
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from collectors.disk import DiskFile, is_corrupt, transaction
from facility.domain.condition import Edge, EdgeKind, folded
from facility.domain.moment import moment, nanoseconds
from facility.failpoint import failpoint
from facility.ports import Clock

log = logging.getLogger(__name__)

FAILPOINTS = ("journal.before_commit", "journal.after_commit")
MOST = 100_000  # undelivered edges (about 30 MB); more are folded, never shed
RESERVE = 1 << 20  # bytes kept inside the file, so that edges still fit when the disk is full

SCHEMA = """
CREATE TABLE IF NOT EXISTS edges (
    sequence INTEGER PRIMARY KEY, asset TEXT NOT NULL, rule TEXT NOT NULL, kind TEXT NOT NULL,
    onset INTEGER NOT NULL, at INTEGER NOT NULL, point TEXT NOT NULL, value TEXT NOT NULL, bound TEXT NOT NULL,
    delivered INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS edges_of_rule ON edges (asset, rule, sequence);
CREATE TABLE IF NOT EXISTS last (sequence INTEGER NOT NULL, adopted INTEGER NOT NULL DEFAULT 0);
"""
COLUMNS = "sequence, asset, rule, kind, onset, at, point, value, bound"
LATEST = "sequence IN (SELECT max(sequence) FROM edges {where} GROUP BY asset, rule)"


class Journal(DiskFile):
    """Durable list of edges of one collector. Every method may be called from any thread."""

    LOSS = "Open conditions are taken up again from the work database."

    def __init__(self, path: Path, collector: str, clock: Clock) -> None:
        super().__init__(path, clock)
        self.collector = collector
        self._lock = threading.RLock()
        self.fresh = False  # began empty, and what was open before was not yet asked of the work database
        self.recorded = 0  # since the start
        self.undelivered = 0
        self.folded = 0  # edges of rules that flapped while the work database was away, since the start
        self._fold_above = MOST
        self._open()

    def record(self, edges: Iterable[Edge]) -> list[Edge]:
        """Store edges durably in one commit; returns them with their numbers. sqlite3.Error: nothing was stored."""
        with self._lock:
            new = list(edges)
            numbered = self._guarded(lambda: self._insert(new))
            self.recorded += len(numbered)
            self.undelivered += len(numbered)
            self._fold()
            return numbered

    def pending(self, limit: int) -> list[Edge]:
        """The oldest edges that the work database does not have yet."""
        return self._edges(f"SELECT {COLUMNS} FROM edges WHERE delivered = 0 ORDER BY sequence LIMIT {limit:d}")

    def mark(self, edges: Sequence[Edge]) -> None:
        """Note that these edges were delivered, and prune what a later one has overtaken."""
        with self._lock:
            with transaction(self._connection):
                self._connection.executemany(
                    "UPDATE edges SET delivered = 1 WHERE sequence = ?", [(edge.sequence,) for edge in edges]
                )
                latest = LATEST.format(where="WHERE delivered = 1")
                self._connection.execute(f"DELETE FROM edges WHERE delivered = 1 AND NOT {latest}")
            self._count()

    def adopt(self, opened: Iterable[Edge]) -> None:
        """Take conditions that the work database knows as open into a fresh journal, as edges it already has."""
        with self._lock:
            edges = list(opened)
            for edge in self._insert(edges) if edges else ():
                self._connection.execute("UPDATE edges SET delivered = 1 WHERE sequence = ?", (edge.sequence,))
            self._connection.execute("UPDATE last SET adopted = 1")
            self.fresh = False

    def open_set(self, *, delivered_only: bool = False) -> list[Edge]:
        """The OPENED edges of all open conditions, oldest first; `delivered_only`: as the work database should know it."""
        latest = LATEST.format(where="WHERE delivered = 1" if delivered_only else "")
        return self._edges(f"SELECT {COLUMNS} FROM edges WHERE kind = 'opened' AND {latest} ORDER BY sequence")

    def latest(self) -> list[Edge]:
        """The last edge of each (asset, rule), oldest first: what is open, and until when everything was judged."""
        return self._edges(f"SELECT {COLUMNS} FROM edges WHERE {LATEST.format(where='')} ORDER BY sequence")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _fold(self) -> None:
        """Rules that flap must not fill the disk while the work database is away."""
        if self.undelivered <= self._fold_above:
            return
        waiting = self.pending(self.undelivered)
        kept = {edge.sequence for edge in folded(waiting)}
        surplus = [(edge.sequence,) for edge in waiting if edge.sequence not in kept]
        try:
            with transaction(self._connection):
                self._connection.executemany("DELETE FROM edges WHERE sequence = ?", surplus)
        except sqlite3.Error as error:
            log.warning("the journal could not be folded (%s); it is tried again", error)
            return
        self.folded += len(surplus)
        self.undelivered -= len(surplus)
        self._fold_above = max(MOST, 2 * self.undelivered)
        log.warning("%d edges of rules that flapped were folded: the work database is away for long", len(surplus))

    def _edges(self, query: str) -> list[Edge]:
        with self._lock:
            try:
                rows = self._connection.execute(query).fetchall()
            except sqlite3.Error as error:
                if not is_corrupt(error):
                    raise
                self._start_afresh()
                rows = []
        return [self._edge(row) for row in rows]

    def _insert(self, edges: list[Edge]) -> list[Edge]:
        with transaction(self._connection):
            (last,) = self._connection.execute("SELECT sequence FROM last").fetchone()
            numbered = [replace(edge, collector=self.collector, sequence=last + n) for n, edge in enumerate(edges, 1)]
            self._connection.executemany(
                f"INSERT INTO edges ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [_row(edge) for edge in numbered],
            )
            self._connection.execute("UPDATE last SET sequence = ?", (last + len(numbered),))
            failpoint("journal.before_commit")
        failpoint("journal.after_commit")
        return numbered

    def _begin(self) -> None:
        """Make the tables; a new file gets its first number, and room for edges inside it."""
        (state,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        if state != "ok":
            raise _damaged(state)
        self._connection.execute("PRAGMA wal_autocheckpoint = 64")  # pages: the log stays inside its reserved length
        self._connection.executescript(SCHEMA)
        row = self._connection.execute("SELECT adopted FROM last").fetchone()
        self.fresh = row in (None, (0,))
        if row is None:
            with transaction(self._connection):
                first = int(self._clock.now().timestamp() * 1000)
                self._connection.execute("INSERT INTO last (sequence) VALUES (?)", (first,))
        self._keep_room()
        self._count()

    def _keep_room(self) -> None:
        """At each start: a log that was closed is gone, and a new one needs room too."""
        try:
            self._connection.execute("CREATE TABLE IF NOT EXISTS reserve AS SELECT zeroblob(?) AS room", (RESERVE,))
            self._connection.execute("DROP TABLE IF EXISTS reserve")  # its pages stay in the file, free
            self._connection.execute("PRAGMA wal_checkpoint(RESTART)")  # and so does the length of the log
        except sqlite3.Error as error:
            if is_corrupt(error):
                raise
            log.warning("%s: no room is kept for a full disk (%s)", self._path, error)

    def _count(self) -> None:
        query = "SELECT count(*) FROM edges WHERE delivered = 0"
        (self.undelivered,) = self._connection.execute(query).fetchone()

    def _edge(self, row: tuple[Any, ...]) -> Edge:
        sequence, asset, rule, kind, onset, at, point, value, bound = row
        return Edge(
            self.collector,
            sequence,
            asset,
            rule,
            EdgeKind(kind),
            moment(onset),
            moment(at),
            point,
            json.loads(value),
            json.loads(bound),
        )


def _row(edge: Edge) -> tuple[object, ...]:
    return (
        edge.sequence,
        edge.asset,
        edge.rule,
        edge.kind.value,
        nanoseconds(edge.onset),
        nanoseconds(edge.at),
        edge.point,
        json.dumps(edge.value),
        json.dumps(edge.limit),
    )


def _damaged(state: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(state)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error
