"""How far counting points have come."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, select

from facility.domain.usage import Usage
from facility.store.sql.plan_tables import usage as table
from facility.store.sql.repository import Repository


class SqlUsages(Repository):
    """Port Usages."""

    def all(self) -> list[Usage]:
        """By asset and point."""
        query = select(table).where(table.c.site_id == self._site).order_by(table.c.asset, table.c.point)
        return [_usage(row) for row in self._rows(query)]

    def get(self, asset: str, point: str) -> Usage | None:
        """None when it was never read."""
        where = (table.c.site_id == self._site, table.c.asset == asset, table.c.point == point)
        row = self._row(select(table).where(*where))
        return None if row is None else _usage(row)

    def put(self, usage: Usage) -> None:
        """The newest counts."""
        values = asdict(usage)
        statement = self._insert(table).values(site_id=self._site, **values)
        changed = {name: values[name] for name in ("at", "reading", "total")}
        keys = ["site_id", "asset", "point"]
        self._connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed))


def _usage(row: Row[Any]) -> Usage:
    return Usage(row.asset, row.point, row.at, row.reading, row.total)
