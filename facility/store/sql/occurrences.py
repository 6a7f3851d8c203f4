"""The ledger of planned work."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, select, update

from facility.domain.errors import NotFound
from facility.domain.occurrence import Occurrence, OccurrenceState
from facility.store.sql.repository import Repository
from facility.store.sql.tables import occurrences as table
from facility.store.sql.tables import orders

UNFINISHED = (OccurrenceState.PLANNED.value, OccurrenceState.OPEN.value)


class SqlOccurrences(Repository):
    """Port Occurrences."""

    def add_missing(self, occurrences: Iterable[Occurrence]) -> int:
        """How many were new."""
        rows = [{"site_id": self._site} | _values(occurrence) for occurrence in occurrences]
        if not rows:
            return 0
        statement = self._insert(table).on_conflict_do_nothing().returning(table.c.id)
        return len(self._connection.execute(statement, rows).all())

    def between(self, first: date, last: date) -> list[Occurrence]:
        """By window, plan, asset."""
        query = self._all().where(table.c.first <= last, table.c.last >= first)
        return [_occurrence(row) for row in self._rows(query)]

    def unfinished_before(self, day: date) -> list[Occurrence]:
        """By window, plan, asset."""
        query = self._all().where(table.c.state.in_(UNFINISHED), table.c.last < day)
        return [_occurrence(row) for row in self._rows(query)]

    def of_order(self, order: int) -> Occurrence | None:
        """The one that the order was opened for."""
        query = self._all().join(orders, orders.c.occurrence == table.c.id).where(orders.c.id == order)
        row = self._row(query)
        return None if row is None else _occurrence(row)

    def change(self, occurrence: Occurrence) -> None:
        """NotFound."""
        values = {"state": occurrence.state.value, "order_id": occurrence.order}
        where = (table.c.site_id == self._site, table.c.id == occurrence.id)
        if not self._update(update(table).where(*where).values(**values)):
            raise NotFound("occurrence", occurrence.id)

    def _all(self) -> Select[Any]:
        order = (table.c.first, table.c.last, table.c.plan, table.c.asset, table.c.id)
        return select(table).where(table.c.site_id == self._site).order_by(*order)


def _values(occurrence: Occurrence) -> dict[str, Any]:
    return {
        "plan": occurrence.plan,
        "asset": occurrence.asset,
        "slot": occurrence.slot,
        "first": occurrence.first,
        "last": occurrence.last,
        "state": occurrence.state.value,
        "order_id": occurrence.order,
    }


def _occurrence(row: Row[Any]) -> Occurrence:
    return Occurrence(
        id=row.id,
        plan=row.plan,
        asset=row.asset,
        slot=row.slot,
        first=row.first,
        last=row.last,
        state=OccurrenceState(row.state),
        order=row.order_id,
    )
