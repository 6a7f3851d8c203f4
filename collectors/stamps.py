"""Stamps: under which time a numbered message without a time of its own was stored, on the disk before the message itself.

So a message that the broker gives again after our death is stored under the same time, which changes nothing in history.
"""

import logging
import sqlite3
from collections import deque
from pathlib import Path

from collectors.disk import connect, is_corrupt, set_aside, transaction
from collectors.moment import SECOND
from facility.failpoint import failpoint
from facility.ports import Clock

log = logging.getLogger(__name__)

FAILPOINTS = ("stamps.after_commit",)
MOST = 100_000  # that wait for a disk that hangs; the oldest go
KEPT = 600 * SECOND  # ns: what the broker holds unacknowledged is younger
SCHEMA = """CREATE TABLE IF NOT EXISTS stamps (
    stream TEXT NOT NULL, number INTEGER NOT NULL, mark INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (stream, number)
)"""

Known = dict[int, tuple[int, int]]
"""Mark and time by number."""


class Stamps:
    """One file for all streams. `add` is called by the loop, `write` by the thread that flushes."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._waiting: deque[tuple[str, int, int, int]] = deque(maxlen=MOST)
        self._refused = False
        try:
            self._connection = connect(path)
            self._connection.execute(SCHEMA)
        except sqlite3.Error as error:
            if not is_corrupt(error):
                raise
            set_aside(path, clock.now(), "Messages that come again may be stored twice.")
            self._connection = connect(path)
            self._connection.execute(SCHEMA)

    def of(self, stream: str) -> Known:
        """What was stored of a stream before our start."""
        rows = self._connection.execute("SELECT number, mark, at FROM stamps WHERE stream = ?", (stream,))
        return {number: (mark, at) for number, mark, at in rows}

    def add(self, stream: str, number: int, mark: int, at: int) -> None:
        """A message is about to be stored; times in Unix ns."""
        self._waiting.append((stream, number, mark, at))

    def write(self) -> None:
        """All that wait, in one commit; a disk that refuses is reported once."""
        rows = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if not rows:
            return
        try:
            with transaction(self._connection):
                self._connection.executemany("INSERT OR REPLACE INTO stamps VALUES (?, ?, ?, ?)", rows)
                self._connection.execute("DELETE FROM stamps WHERE at < ?", (rows[-1][3] - KEPT,))
            self._refused = False
        except sqlite3.Error as error:
            if not self._refused:
                log.critical("times of messages cannot be stored (%s). Make room on the disk.", error)
            self._refused = True
        failpoint("stamps.after_commit")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
