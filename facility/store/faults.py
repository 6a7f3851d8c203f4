"""What went wrong in a database, as a named error that says how to mend it: from SQLite's and PostgreSQL's own codes."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

from sqlalchemy import exc

from facility.domain.errors import SchemaUnknown, StoreError, StoreRejected, StoreUnavailable

if TYPE_CHECKING:
    import psycopg


class FileReplaced(Exception):
    """The database file was removed or replaced while it was open: what is written now would be lost."""


class FileGone(StoreUnavailable):
    """There is no database file, or not the one that was opened."""


class FileDamaged(StoreUnavailable):
    """The database file cannot be read as one."""


_SQLITE: tuple[tuple[str, str, str], ...] = (
    ("SQLITE_BUSY", "the database is locked", "End the program that holds {where} open, or wait for it"),
    ("SQLITE_LOCKED", "the database is locked", "End the program that holds {where} open, or wait for it"),
    ("SQLITE_PROTOCOL", "the database is locked", "End the program that holds {where} open, or wait for it"),
    ("SQLITE_FULL", "the disk is full", "Free space on the disk of {where}"),
    ("SQLITE_READONLY", "the file is read-only", "Let the program's user write {where} and its folder"),
    ("SQLITE_PERM", "access is refused", "Let the program's user write {where} and its folder"),
    ("SQLITE_IOERR", "the disk refuses to read or write", "Check space, quota and health of the disk of {where}"),
)

_POSTGRES: tuple[tuple[str, str, str], ...] = (
    ("53100", "the disk is full", "Free space on the database server {where}"),
    ("53", "the server is out of resources", "Check memory and connections of {where}"),
    ("55P03", "the database is locked", "End the session that holds the lock on {where}"),
    ("57014", "a statement took too long", "Look for a session on {where} that holds locks"),
    ("25006", "the server is read-only", "Name the primary server instead of {where}"),
    ("25P03", "the transaction stood still for too long", "Look for what stopped the program, or slowed its machine"),
    ("40", "two transactions met", "Try again"),
)


@contextmanager
def translated(store: str, where: str) -> Iterator[None]:
    """Turn the errors of drivers into StoreUnavailable, StoreRejected or SchemaUnknown that name `store` and `where`."""
    try:
        yield
    except Exception as error:
        if isinstance(error, exc.SQLAlchemyError | sqlite3.Error | FileReplaced) or _is_of_postgres(error):
            raise fault(store, where, error) from error
        raise


def fault(store: str, where: str, error: Exception) -> StoreError:
    """The named error for an error of a driver."""
    cause: BaseException | None = error
    if isinstance(error, exc.DBAPIError):
        cause = error.orig
    if isinstance(cause, FileReplaced):
        return FileGone(store, "the file was removed or replaced while in use", f"Put {where} back")
    if isinstance(cause, sqlite3.Error):
        return _sqlite(store, where, cause)
    if _is_of_postgres(cause):
        return _postgres(store, where, cause)
    if isinstance(error, exc.TimeoutError):
        return StoreUnavailable(store, "all connections are busy", f"Look for long transactions on {where}")
    return StoreRejected(store, f"the statement was refused ({error})", "Report this text with the program's log")


def _sqlite(store: str, where: str, error: sqlite3.Error) -> StoreError:
    name = getattr(error, "sqlite_errorname", None) or ""
    for prefix, what, mend in _SQLITE:
        if name.startswith(prefix):
            return StoreUnavailable(store, what, mend.format(where=where))
    if name.startswith("SQLITE_CANTOPEN"):
        if not Path(where).exists():
            mend = "On a new folder start the programs, which make it; else put it and its folder back"
            return FileGone(store, f"there is no file {where}", mend)
        return FileGone(store, "the file cannot be opened", f"Make {where} and its folder readable and writable for us")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return FileDamaged(store, "the file is damaged", f"Restore {where} from a backup")
    if str(error).startswith(("no such table", "no such column", "table ")):
        return _unknown_schema(store, where, str(error))
    if name and isinstance(error, sqlite3.OperationalError) and name != "SQLITE_ERROR":
        return StoreUnavailable(store, f"SQLite cannot go on ({error})", f"Look at memory and disk of {where}")
    return StoreRejected(store, f"refused: {error}", "Report this text with the program's log")


def _is_of_postgres(error: BaseException | None) -> "TypeGuard[psycopg.Error]":
    """Without loading the driver, which takes 8 MB, where SQLite is used."""
    driver = sys.modules.get("psycopg")
    return driver is not None and isinstance(error, driver.Error)


def _postgres(store: str, where: str, error: "psycopg.Error") -> StoreError:
    from psycopg import InterfaceError, OperationalError

    state = error.sqlstate or ""
    for prefix, what, mend in _POSTGRES:
        if state.startswith(prefix):
            return StoreUnavailable(store, what, mend.format(where=where))
    if state in ("42P01", "42703"):
        return _unknown_schema(store, where, str(error).splitlines()[0])
    if isinstance(error, OperationalError | InterfaceError):
        text = " ".join(str(error).split())
        return StoreUnavailable(
            store,
            f"the server does not answer or refuses us ({text})",
            f"Start PostgreSQL, check address and password of {where}",
        )
    return StoreRejected(store, f"refused: {error}", "Report this text with the program's log")


def _unknown_schema(store: str, where: str, text: str) -> SchemaUnknown:
    return SchemaUnknown(store, f"the tables are not those of this program ({text})", f"Restore or migrate {where}")
