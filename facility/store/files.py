"""SQLite files: made on purpose only, switched to WAL, and known again when something else stands at their path."""

import logging
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from facility.domain.errors import StoreUnavailable

log = logging.getLogger(__name__)

PATIENCE = 5.0  # seconds to wait for a lock
ROOM = 1 << 20  # bytes kept free inside a file, and kept of its log: some hundred alerts still fit on a full disk
LOG_PAGES = 64  # after which the log is written back: it stays inside the length that it has


def make_file(path: Path, store: str) -> None:
    """Make an empty database file when there is none; StoreUnavailable."""
    if path.exists():
        return
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o640))
    except OSError as error:
        what = f"{path} cannot be made ({error.strerror})"
        raise StoreUnavailable(store, what, "Make its folder, writable for us") from error


def write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to WAL. SQLite does not wait for the lock here when two programs switch at once, so we do."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return


def keep_room(path: Path) -> None:
    """Make room inside the file and its log while the disk has some; without success it is said, and nothing is lost."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, timeout=PATIENCE)) as connection:
            connection.isolation_level = None
            if _has_room(path, connection):
                return
            connection.execute("CREATE TABLE IF NOT EXISTS reserve AS SELECT zeroblob(?) AS room", (ROOM,))
            connection.execute("DROP TABLE IF EXISTS reserve")  # its pages stay in the file, free
            connection.execute("PRAGMA wal_checkpoint(RESTART)")  # and so does the length of the log
    except sqlite3.Error as error:
        log.warning("%s: no room is kept for a full disk (%s)", path, error)


def _has_room(path: Path, connection: sqlite3.Connection) -> bool:
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    written = path.with_name(f"{path.name}-wal")
    return bool(free * size >= ROOM // 2 and written.exists() and written.stat().st_size >= ROOM)


def identity(path: Path) -> tuple[int, int]:
    """Which file stands at the path; (0, 0): none."""
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_dev, found.st_ino)
