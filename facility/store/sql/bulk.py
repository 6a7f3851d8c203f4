"""Many rows at once, past the statement compiler: a ledger takes some hundred thousand in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy import Connection, Table

PORTION = 20_000
FEW = 500  # from so many rows on, PostgreSQL takes a COPY faster than arrays

Row = tuple[object, ...]


def plain(connection: Connection, value: object) -> object:
    """A value as the engine's driver takes it: SQLite keeps days as text."""
    return value.isoformat() if isinstance(value, date) and connection.dialect.name == "sqlite" else value


def insert_values(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> int:
    """The same for rows of values as the statement compiler would take them: by the names of columns, the same in each."""
    if not rows:
        return 0
    names, dialect = list(rows[0]), connection.dialect
    makers = [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names]
    ready = (
        tuple(row[name] if make is None else make(row[name]) for name, make in zip(names, makers, strict=True))
        for row in rows
    )
    return insert_new(connection, table, names, ready)


def insert_new(connection: Connection, table: Table, names: Sequence[str], rows: Iterable[Row]) -> int:
    """Insert rows of plain values that no unique index holds yet; how many that were."""
    added, portion = 0, list[Row]()
    for row in rows:
        portion.append(row)
        if len(portion) == PORTION:
            added += _insert(connection, table, names, portion)
            portion.clear()
    return added + (_insert(connection, table, names, portion) if portion else 0)


def _insert(connection: Connection, table: Table, names: Sequence[str], rows: list[Row]) -> int:
    into = f"INSERT INTO {table.name} ({', '.join(names)})"
    if connection.dialect.name == "postgresql":
        if len(rows) >= FEW and _copied(connection, table, names, rows):
            return len(rows)
        return _insert_arrays(connection, table, names, into, rows)
    statement = f"{into} VALUES ({', '.join('?' * len(names))}) ON CONFLICT DO NOTHING"
    return connection.exec_driver_sql(statement, rows).rowcount


def _copied(connection: Connection, table: Table, names: Sequence[str], rows: list[Row]) -> bool:
    """Copy the rows in; False, with nothing written, when a unique index holds one of them already."""
    from psycopg.errors import UniqueViolation  # here: where SQLite is used, the driver is not loaded

    cursor = connection.connection.cursor()
    try:
        # Most often all rows are new, and ON CONFLICT, which writes and confirms each by itself, costs twice a COPY.
        with connection.begin_nested(), cursor.copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    except UniqueViolation:
        return False
    finally:
        cursor.close()
    return True


def _insert_arrays(connection: Connection, table: Table, names: Sequence[str], into: str, rows: list[Row]) -> int:
    """One array a column; a column of one value alone is sent once."""
    chosen, arrays, constants, values = [], [], list[object](), list[object]()
    for name, column in zip(names, zip(*rows, strict=True), strict=True):
        kind = table.c[name].type.compile(connection.dialect)
        if column.count(column[0]) == len(column):
            chosen.append(f"%s::{kind}")
            constants.append(column[0])
        else:
            arrays.append(f"%s::{kind}[]")
            values.append(list(column))
            chosen.append(f"a{len(values)}")
    columns = ", ".join(f"a{n + 1}" for n in range(len(values)))
    rows_of = f"FROM unnest({', '.join(arrays)}) AS t({columns})" if values else ""
    statement = f"{into} SELECT {', '.join(chosen)} {rows_of} ON CONFLICT DO NOTHING"
    return connection.exec_driver_sql(statement, (*constants, *values)).rowcount
