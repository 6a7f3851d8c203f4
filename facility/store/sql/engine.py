"""Engines for SQLite and PostgreSQL with one meaning of a transaction: readers see one moment, writers of a site queue.

SQLite: WAL, deferred readers, `BEGIN IMMEDIATE` writers, five seconds of patience. PostgreSQL: repeatable-read readers; a
writer first takes the site's advisory lock, so that what it read stays true until it commits, as on SQLite.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from facility.domain.errors import StoreRejected
from facility.domain.histogram import Histogram
from facility.store.faults import FileReplaced, translated
from facility.store.files import LOG_PAGES, PATIENCE, identity, make_file, write_ahead

_POSTGRES_OPTIONS = (
    f"-c lock_timeout={PATIENCE:.0f}s -c statement_timeout=30s"
    " -c idle_in_transaction_session_timeout=5s"  # a stopped program must not hold the estate's lock
)


@dataclass(frozen=True, slots=True)
class Database:
    """An engine, the name of its store for errors, where it is (without password), and its file on SQLite."""

    engine: Engine
    store: str
    where: str
    file: Path | None
    read: Histogram = field(default_factory=lambda: Histogram("facility_transaction_seconds"))
    written: Histogram = field(default_factory=lambda: Histogram("facility_transaction_seconds"))

    def create(self) -> None:
        """Make the SQLite file when there is none; PostgreSQL databases are made by their administrator."""
        if self.file is not None:
            make_file(self.file, self.store)

    def figures(self, labels: str) -> Mapping[str, float]:
        """Durations of transactions as complete Prometheus series."""
        kinds = {"read": self.read, "write": self.written}
        found = [series for kind, times in kinds.items() for series in times.series(f'{labels},kind="{kind}"').items()]
        return dict(found)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent moment; StoreUnavailable."""
        options: dict[str, Any] = {}
        if self.file is None:
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with (
            self.read.timing(),
            translated(self.store, self.where),
            self.engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def writing(self, lock: str) -> Iterator[Connection]:
        """A write transaction, one at a time for each `lock` name; committed at the end, rolled back on any error."""
        options = {"facility_writing": True}
        with (
            self.written.timing(),
            translated(self.store, self.where),
            self.engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            if self.file is None:
                take = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
                connection.execute(take, {"name": f"facility {self.store} {lock}"})
            yield connection


def open_database(address: str, store: str, *, synchronous: str = "FULL") -> Database:
    """The database at a SQLAlchemy URL; does not connect yet. StoreRejected when the address cannot be used."""
    try:
        url = make_url(address)
        if url.get_backend_name() == "postgresql":
            return _postgres(url, store)
    except (ArgumentError, NoSuchModuleError) as error:
        raise _unusable(store, str(error)) from None
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        raise _unusable(store, f"{url.render_as_string()} is neither a SQLite file nor PostgreSQL")
    return _sqlite(Path(url.database).absolute(), store, synchronous)


def _unusable(store: str, what: str) -> StoreRejected:
    return StoreRejected(store, what, "Use sqlite:////path/file.db or postgresql://user:password@host/name")


def _postgres(url: URL, store: str) -> Database:
    url = url.set(drivername="postgresql+psycopg")
    engine = create_engine(
        url,
        pool_pre_ping=True,
        pool_timeout=PATIENCE,
        max_overflow=15,
        connect_args={
            "connect_timeout": 5,
            "keepalives_idle": 10,
            "tcp_user_timeout": 15000,
            "application_name": f"facility {store}",
            "options": _POSTGRES_OPTIONS,
        },
    )
    return Database(engine, store, url.render_as_string(hide_password=True), None)


def _sqlite(path: Path, store: str, synchronous: str) -> Database:
    # mode=rw: only `create` makes a database; a file that went away is an error, never an empty estate.
    engine = create_engine(
        f"sqlite:///file:{quote(str(path))}?mode=rw&uri=true",
        connect_args={"timeout": PATIENCE},
        pool_timeout=PATIENCE,
        max_overflow=35,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, record: Any) -> None:
        connection.isolation_level = None  # we begin transactions ourselves
        record.info["file"] = identity(path)
        write_ahead(connection)
        for pragma in (f"synchronous={synchronous}", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()
        if synchronous == "FULL":
            connection.execute(f"PRAGMA wal_autocheckpoint={LOG_PAGES}").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if identity(path) != connection.info["file"]:
            connection.invalidate()
            raise FileReplaced(path)
        writing = connection.get_execution_options().get("facility_writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN DEFERRED")

    return Database(engine, store, str(path), path)
