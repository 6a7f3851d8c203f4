"""The daily unresolved lists, and the places where the public form is offered."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, select, update

from facility.domain.errors import NotFound
from facility.ports.requests import DailyList, ReportPlace
from facility.store.sql.repository import Repository
from facility.store.sql.request_tables import daily_lists, report_places


class SqlDailyLists(Repository):
    """Port DailyLists."""

    def add(self, made: DailyList) -> bool:
        """False when the day has its list already."""
        values = {"day": made.day, "made_at": made.made_at, "rows": list(made.rows)}
        return self._add(daily_lists, values) is not None

    def get(self, day: date) -> DailyList | None:
        """The list of a day."""
        table = daily_lists
        row = self._row(select(table).where(table.c.site_id == self._site, table.c.day == day))
        return None if row is None else DailyList(row.day, row.made_at, tuple(row._mapping["rows"]))

    def days(self, limit: int) -> list[date]:
        """Latest first."""
        table = daily_lists
        query = select(table.c.day).where(table.c.site_id == self._site).order_by(table.c.day.desc()).limit(limit)
        return [row.day for row in self._rows(query)]


class SqlReportPlaces(Repository):
    """Port ReportPlaces."""

    def add(self, place: ReportPlace) -> ReportPlace:
        """With its id."""
        values = {
            "token_hash": place.token_hash,
            "area": place.area,
            "asset": place.asset,
            "place": place.place,
            "made_at": place.made_at,
        }
        number = self._add(report_places, values)
        assert number is not None, "a token that was made of chance is there already"
        return replace(place, id=number)

    def all(self) -> list[ReportPlace]:
        """Newest first."""
        table = report_places
        query = select(table).where(table.c.site_id == self._site).order_by(table.c.id.desc())
        return [_place(row) for row in self._rows(query)]

    def at(self, token_hash: str) -> ReportPlace | None:
        """One that was not revoked."""
        table = report_places
        where = (table.c.site_id == self._site, table.c.token_hash == token_hash, table.c.revoked_at.is_(None))
        row = self._row(select(table).where(*where))
        return None if row is None else _place(row)

    def revoke(self, place: int, at: datetime) -> None:
        """NotFound."""
        table = report_places
        where = (table.c.site_id == self._site, table.c.id == place)
        if self._row(select(table.c.id).where(*where)) is None:
            raise NotFound("place of the public form", place)
        self._update(update(table).where(*where, table.c.revoked_at.is_(None)).values(revoked_at=at))


def _place(row: Row[Any]) -> ReportPlace:
    return ReportPlace(row.id, row.token_hash, row.area, row.asset, row.place, row.made_at, row.revoked_at)
