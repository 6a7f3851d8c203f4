"""Vacant homes that orders list."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, update

from facility.domain.home import Address, Home
from facility.domain.home_visit import HomeVisit
from facility.store.sql.home_tables import home_visits as table
from facility.store.sql.repository import Repository


class SqlHomeVisits(Repository):
    """Port HomeVisits."""

    def add(self, order: int, homes: Sequence[Home]) -> None:
        """With their addresses as they are now."""
        rows: list[dict[str, Any]] = [
            {
                "site_id": self._site,
                "order": order,
                "home": home.id,
                "building": home.address.building,
                "unit": home.address.unit,
                "number": home.address.number,
            }
            for home in homes
        ]
        if rows:
            self._connection.execute(self._insert(table).on_conflict_do_nothing(), rows)

    def of_order(self, order: int) -> list[HomeVisit]:
        """As they were listed."""
        return self._visits(table.c.order == order)

    def of_home(self, home: int) -> list[HomeVisit]:
        """Oldest first."""
        return self._visits(table.c.home == home, table.c.left_out_at.is_(None))

    def leave_out(self, order: int, home: int, at: datetime) -> None:
        """Once."""
        where = (table.c.site_id == self._site, table.c.order == order, table.c.home == home)
        self._update(update(table).where(*where, table.c.left_out_at.is_(None)).values(left_out_at=at))

    def _visits(self, *where: ColumnElement[bool]) -> list[HomeVisit]:
        query = select(table).where(table.c.site_id == self._site, *where).order_by(table.c.id)
        return [
            HomeVisit(row.order, row.home, Address(row.building, row.unit, row.number), row.left_out_at)
            for row in self._rows(query)
        ]
