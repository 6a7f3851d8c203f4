"""What all repositories share: one connection inside one transaction, one site."""

from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Connection, CursorResult, Row, Select, Table, Update, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

THIS_SITE: BindParameter[str] = bindparam("site")
"""In statements that are made once. Those of each tick are: making one costs twice as much as running it."""


class Repository:
    """Rows of one site, seen through one transaction."""

    def __init__(self, connection: Connection, site: str) -> None:
        self._connection = connection
        self._site = site

    def _rows(self, query: Select[Any]) -> list[Row[Any]]:
        return list(self._connection.execute(query).all())

    def _made(self, query: Select[Any], **values: object) -> list[Row[Any]]:
        """Rows of a statement that was made once, with `THIS_SITE` and what it names in it."""
        return list(self._connection.execute(query, {"site": self._site, **values}).all())

    def _row(self, query: Select[Any]) -> Row[Any] | None:
        return self._connection.execute(query).first()

    def _insert(self, table: Table) -> sqlite.Insert:
        """An INSERT that knows ON CONFLICT (both dialects spell it alike)."""
        return _insert(table, self._connection.dialect.name)

    def _add(self, table: Table, values: dict[str, Any]) -> int | None:
        """Insert one row; its id, or None when a unique index already holds such a row."""
        statement = _insert_new(table, self._connection.dialect.name)
        found: int | None = self._connection.execute(statement, {"site_id": self._site, **values}).scalar()
        return found

    def _update(self, statement: Update) -> int:
        """Number of rows changed."""
        result: CursorResult[Any] = self._connection.execute(statement)
        return result.rowcount

    def _changed(self, statement: Update, **values: object) -> int:
        """Number of rows changed by a statement that was made once, with `THIS_SITE`, what it names in it, and the new values."""
        return self._connection.execute(statement, {"site": self._site, **values}).rowcount


def _insert(table: Table, dialect: str) -> sqlite.Insert:
    if dialect == "postgresql":
        return postgresql.insert(table)  # type: ignore[return-value]
    return sqlite.insert(table)


@cache
def _insert_new(table: Table, dialect: str) -> ReturningInsert[Any]:
    return _insert(table, dialect).on_conflict_do_nothing().returning(table.c.id)
