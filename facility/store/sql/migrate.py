"""Brings the work database to this program's schema, once, whoever comes first; refuses one that it does not know."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from facility.domain.errors import SchemaUnknown
from facility.failpoint import failpoint
from facility.store.faults import translated
from facility.store.sql.engine import Database

HEAD = "0020"
"""Newest revision in `migrations/versions`; a test holds it to the scripts."""

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def migrate(database: Database) -> None:
    """Migrate to HEAD in one transaction, under a lock; SchemaUnknown, StoreUnavailable.

    A kill in the middle leaves the schema as it was.
    """
    database.create()
    with database.reading() as connection:
        if revision(connection) == HEAD:
            return
    with database.writing("migration") as connection:
        _upgrade(connection, database)


def _upgrade(connection: Connection, database: Database) -> None:
    from alembic import command  # slow to import, and needed once in the life of a schema
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    present = revision(connection)
    if present is not None and present not in known:
        raise SchemaUnknown(
            database.store,
            f"{database.where} has schema {present}, this program knows up to {HEAD}",
            "Run a program of that version or newer, or restore the backup made before the upgrade",
        )
    with translated(database.store, database.where):
        command.upgrade(config, "head")
    failpoint("migrate.before_commit")


def revision(connection: Connection) -> str | None:
    """The schema that the database has; None: no tables yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found
