"""Stamps: under which time a numbered message without a time of its own was stored, on the disk before the message itself.

So a message that the broker gives again after our death is stored under the same time, which changes nothing in history.
"""

from collections import deque
from pathlib import Path

from collectors.disk import DiskFile, transaction
from facility.domain.moment import SECOND
from facility.failpoint import failpoint
from facility.ports import Clock

FAILPOINTS = ("stamps.after_commit",)
MOST = 100_000  # that wait for a disk that hangs; the oldest go
KEPT = 600 * SECOND  # ns: what the broker holds unacknowledged is younger
SCHEMA = """CREATE TABLE IF NOT EXISTS stamps (
    stream TEXT NOT NULL, number INTEGER NOT NULL, mark INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (stream, number)
)"""

Known = dict[int, tuple[int, int]]
"""Mark and time by number."""


class Stamps(DiskFile):
    """One file for all streams. `add` is called by the loop, `write` by the thread that flushes."""

    LOSS = "Messages that come again may be stored twice."

    def __init__(self, path: Path, clock: Clock) -> None:
        super().__init__(path, clock)
        self._waiting: deque[tuple[str, int, int, int]] = deque(maxlen=MOST)
        self._open()

    def _begin(self) -> None:
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

        def store() -> None:
            with transaction(self._connection):
                self._connection.executemany("INSERT OR REPLACE INTO stamps VALUES (?, ?, ?, ?)", rows)
                self._connection.execute("DELETE FROM stamps WHERE at < ?", (rows[-1][3] - KEPT,))

        self._attempt("times of messages", store)
        failpoint("stamps.after_commit")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
