"""SQLite files: made on purpose only, switched to WAL, and known again when something else stands at their path."""

import os
import sqlite3
import time
from pathlib import Path

from facility.domain.errors import StoreUnavailable

PATIENCE = 5.0  # seconds to wait for a lock


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


def identity(path: Path) -> tuple[int, int]:
    """Which file stands at the path; (0, 0): none."""
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_dev, found.st_ino)
