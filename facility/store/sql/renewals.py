"""Renewals of certificates."""

from collections.abc import Mapping
from dataclasses import asdict, replace

from sqlalchemy import select

from facility.domain.certificate import Renewal
from facility.domain.errors import Conflict
from facility.store.sql.past_tables import renewals as table
from facility.store.sql.repository import Repository


class SqlRenewals(Repository):
    """Port Renewals."""

    def add(self, renewal: Renewal) -> Renewal:
        """Conflict when it is there already."""
        values = {name: value for name, value in asdict(renewal).items() if name != "id"}
        number = self._add(table, values)
        if number is None:
            raise Conflict(f"{renewal.kind} of {renewal.asset} was renewed until {renewal.expires} already")
        return replace(renewal, id=number)

    def latest(self) -> Mapping[tuple[str, str], Renewal]:
        """By asset and kind."""
        query = select(table).where(table.c.site_id == self._site).order_by(table.c.expires)
        return {
            (row.asset, row.kind): Renewal(
                row.id, row.asset, row.kind, row.expires, row.number, row.document, row.person, row.at
            )
            for row in self._rows(query)
        }
