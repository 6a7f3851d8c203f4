"""What can be learnt of a work database without changing it: reached or why not, schema, time, connections."""

import time
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from facility.domain.errors import StoreError, StoreRejected
from facility.store.sql.engine import Database, open_database
from facility.store.sql.migrate import HEAD, MIGRATIONS, revision


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """`trouble`: empty when it answers, else absent (SQLite: no file yet), password, no_database, address, unavailable."""

    where: str
    trouble: str = ""
    why: str = ""
    mend: str = ""
    server: str = ""
    schema: str = ""  # empty: no tables yet
    schema_known: bool = True
    schema_newest: str = HEAD
    read_only: bool = False
    zone: str = ""
    offset: float | None = None  # seconds of the server's clock less ours; None for SQLite, which has none
    connections: int = 0
    most_connections: int = 0  # 0: without a limit


def database_facts(url: str, store: str) -> DatabaseFacts:
    """Ask the database at a SQLAlchemy URL; never raises for what a database can do, and makes nothing."""
    try:
        database = open_database(url, store)
    except StoreRejected as error:
        return DatabaseFacts("", "address", error.what, error.mend)
    if database.file is not None and not database.file.exists():
        return DatabaseFacts(database.where, "absent")
    try:
        with database.reading() as connection:
            return _postgres(connection, database) if database.file is None else _sqlite(connection, database)
    except StoreError as error:
        return DatabaseFacts(database.where, _trouble(error.what), error.what, error.mend)
    finally:
        database.engine.dispose()


def _trouble(what: str) -> str:
    """PostgreSQL gives no code when it refuses a connection, only words."""
    if "authentication failed" in what or "no password supplied" in what:
        return "password"
    if "database" in what and "does not exist" in what:
        return "no_database"
    return "unavailable"


def _sqlite(connection: Connection, database: Database) -> DatabaseFacts:
    version = connection.exec_driver_sql("SELECT sqlite_version()").scalar()
    schema, known = _schema(connection)
    return DatabaseFacts(database.where, server=f"SQLite {version}", schema=schema, schema_known=known)


def _postgres(connection: Connection, database: Database) -> DatabaseFacts:
    began = time.time()
    query = (
        "SELECT clock_timestamp(), current_setting('server_version'), current_setting('TimeZone'), pg_is_in_recovery(),"
        " current_setting('max_connections')::int, (SELECT count(*) FROM pg_stat_activity WHERE datname IS NOT NULL)"
    )
    row = connection.execute(text(query)).one()
    now: datetime = row[0]
    schema, known = _schema(connection)
    return DatabaseFacts(
        database.where,
        server=f"PostgreSQL {row[1]}",
        schema=schema,
        schema_known=known,
        read_only=row[3],
        zone=row[2],
        offset=now.timestamp() - (began + time.time()) / 2,
        connections=row[5],
        most_connections=row[4],
    )


def _schema(connection: Connection) -> tuple[str, bool]:
    """The revision, and whether this program knows it."""
    present = revision(connection) or ""
    known = {script.name.partition("_")[0] for script in (MIGRATIONS / "versions").glob("[0-9]*.py")}
    return present, not present or present in known
