"""SQLite files of our own (spool, journal): opened for durability, set aside when corrupt, errors told apart."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

log = logging.getLogger(__name__)

CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
NO_ROOM = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}


def connect(path: Path) -> sqlite3.Connection:
    """Open or make the file: WAL, each commit forced to the disk; one connection, locked by its owner."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def is_corrupt(error: sqlite3.Error) -> bool:
    """The file is damaged, or no database at all."""
    return _code(error) in CORRUPT


def is_no_room(error: sqlite3.Error) -> bool:
    """The disk is full or refuses to be written now."""
    return _code(error) in NO_ROOM


def set_aside(path: Path, at: datetime, loss: str) -> Path:
    """Rename a damaged file and its companions, and log what that costs and what to do; returns the new path."""
    aside = path.with_name(f"{path.name}.corrupt-{at:%Y%m%dT%H%M%S%fZ}")
    for suffix in ("", "-wal", "-shm"):
        companion = path.with_name(path.name + suffix)
        if companion.exists():
            companion.rename(aside.with_name(aside.name + suffix))
    log.error(
        "%s is damaged and was set aside as %s; a new one is in use. %s "
        "Check the disk; `sqlite3 %s .recover` may bring its content back.",
        path,
        aside.name,
        loss,
        aside,
    )
    return aside


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """One transaction: committed at the end, rolled back on an error, also on one of the commit itself."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _code(error: sqlite3.Error) -> int:
    code: int = getattr(error, "sqlite_errorcode", 0) or 0
    return code & 0xFF
