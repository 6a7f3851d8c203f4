"""Many rows at once, past the statement compiler: a ledger takes some hundred thousand in one transaction."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Table

PORTION = 20_000


def insert_new(connection: Connection, table: Table, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Insert rows of text, numbers and days that no unique index holds yet; how many that were."""
    added, portion = 0, []
    for row in rows:
        portion.append(row)
        if len(portion) == PORTION:
            added += _insert(connection, table, names, portion)
            portion.clear()
    return added + (_insert(connection, table, names, portion) if portion else 0)


def _insert(connection: Connection, table: Table, names: Sequence[str], rows: list[Sequence[Any]]) -> int:
    into = f"INSERT INTO {table.name} ({', '.join(names)})"
    if connection.dialect.name == "postgresql":
        types = [table.c[name].type.compile(connection.dialect) for name in names]
        columns = ", ".join(f"%s::{kind}[]" for kind in types)
        statement = f"{into} SELECT * FROM unnest({columns}) ON CONFLICT DO NOTHING"
        return connection.exec_driver_sql(statement, tuple(map(list, zip(*rows, strict=True)))).rowcount
    plain = [tuple(value.isoformat() if isinstance(value, date) else value for value in row) for row in rows]
    statement = f"{into} VALUES ({', '.join('?' * len(names))}) ON CONFLICT DO NOTHING"
    return connection.exec_driver_sql(statement, plain).rowcount
