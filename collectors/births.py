"""Births: the birth certificates in force, on the disk, because a device says only once what its aliases mean.

They hold within one session with the broker: when that was lost, a birth may have been missed, and they are forgotten.
"""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

from collectors.disk import DiskFile, transaction
from facility.ports import Clock

BIRTHS = "births.db"  # in the data folder
SCHEMA = """CREATE TABLE IF NOT EXISTS births (
    link TEXT NOT NULL, node TEXT NOT NULL, device TEXT NOT NULL, payload BLOB NOT NULL, PRIMARY KEY (link, node, device)
)"""


def in_force(path: Path, link: str, node: str) -> dict[str, bytes]:
    """The births that running collectors keep in this file, by device; none when it cannot be read. Writes nothing."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return _of(connection, link, node)
    except sqlite3.Error:
        return {}


class Births(DiskFile):
    """One file for all links. Any thread may call; a disk that refuses is reported once and forgets nothing in memory."""

    LOSS = "Sparkplug devices are unknown until their next birth."

    def __init__(self, path: Path, clock: Clock) -> None:
        super().__init__(path, clock)
        self._lock = threading.Lock()
        self._open()

    def _begin(self) -> None:
        self._connection.execute(SCHEMA)

    def of(self, link: str, node: str) -> dict[str, bytes]:
        """Payloads by device ("": the node itself)."""
        with self._lock:
            return _of(self._connection, link, node)

    def put(self, link: str, node: str, device: str, payload: bytes) -> None:
        """A birth. That of a node ends those of its devices."""
        with self._lock:
            self._write(link, node, device, payload)

    def end(self, link: str, node: str = "", device: str = "") -> None:
        """A death: of a device, of a node with its devices, or (without a node) of all that is known of the link."""
        with self._lock:
            self._write(link, node, device, None)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _write(self, link: str, node: str, device: str, payload: bytes | None) -> None:
        levels = [("link", link), *((("node", node),) if node else ()), *((("device", device),) if device else ())]
        where = " AND ".join(f"{column} = ?" for column, _ in levels)

        def write() -> None:
            with transaction(self._connection):
                self._connection.execute(f"DELETE FROM births WHERE {where}", [value for _, value in levels])
                if payload is not None:
                    self._connection.execute("INSERT INTO births VALUES (?, ?, ?, ?)", (link, node, device, payload))

        self._attempt("a birth certificate", write)


def _of(connection: sqlite3.Connection, link: str, node: str) -> dict[str, bytes]:
    query = "SELECT device, payload FROM births WHERE link = ? AND node = ?"
    return dict(connection.execute(query, (link, node)).fetchall())
