"""SQLite files of our own (spool, journal, births, stamps): opened for durability, set aside when corrupt, errors told apart."""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from facility.ports import Clock

T = TypeVar("T")
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


class DiskFile:
    """One such file. A subclass says what it holds in `_begin`, and what a damaged one costs in `LOSS`."""

    LOSS = ""
    _connection: sqlite3.Connection

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path, self._clock = path, clock
        self.set_aside = 0  # how often it was damaged since the start
        self._refused = False

    def _begin(self) -> None:
        """Make the tables and read what they hold."""
        raise NotImplementedError

    def _open(self) -> None:
        """Open or make it; one that is damaged is set aside, and a new one begun. sqlite3.Error: it cannot be used now."""
        try:
            self._connection = connect(self._path)
            self._begin()
        except sqlite3.Error as error:
            if not is_corrupt(error):
                raise
            self._start_afresh()

    def _start_afresh(self) -> None:
        if hasattr(self, "_connection"):
            self._connection.close()
        set_aside(self._path, self._clock.now(), self.LOSS)
        self.set_aside += 1
        self._connection = connect(self._path)
        self._begin()

    def _guarded(self, action: Callable[[], T]) -> T:
        """Run the action; when the file turns out to be damaged, set it aside and run the action on a new one."""
        try:
            return action()
        except sqlite3.Error as error:
            if not is_corrupt(error):
                raise
            self._start_afresh()
            return action()

    def _attempt(self, what: str, action: Callable[[], object]) -> None:
        """Run an action that we can do without; a disk that refuses is reported once."""
        try:
            action()
            self._refused = False
        except sqlite3.Error as error:
            if not self._refused:
                log.critical("%s cannot be stored (%s). Make room on the disk.", what, error)
            self._refused = True


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
