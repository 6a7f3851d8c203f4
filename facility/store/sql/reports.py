"""Frozen reports."""

from datetime import date
from typing import Any

from sqlalchemy import Row, func, select

from facility.domain.errors import NotFound
from facility.domain.figure import Period
from facility.domain.report import Report, ReportKind
from facility.store.sql.report_tables import reports
from facility.store.sql.repository import Repository

_HEAD = [column for column in reports.c if column.name != "content"]


class SqlReports(Repository):
    """Port Reports."""

    def add(self, report: Report) -> bool:
        """False when there is one."""
        values = {
            "kind": report.kind.value,
            "team": report.team,
            "first": report.period.first,
            "last": report.period.last,
            "made_at": report.made_at,
            "content": report.content,
        }
        return self._add(reports, values) is not None

    def get(self, report: int) -> Report:
        """NotFound."""
        row = self._row(select(reports).where(reports.c.site_id == self._site, reports.c.id == report))
        if row is None:
            raise NotFound("report", report)
        return _report(row, row.content)

    def has(self, kind: ReportKind, team: str, first: date) -> bool:
        """There is one."""
        table = reports
        where = (
            table.c.site_id == self._site,
            table.c.kind == kind.value,
            table.c.team == team,
            table.c.first == first,
        )
        return self._row(select(table.c.id).where(*where)) is not None

    def find(self, kind: ReportKind | None, limit: int, offset: int) -> tuple[list[Report], int]:
        """Newest first."""
        where = [reports.c.site_id == self._site]
        if kind is not None:
            where.append(reports.c.kind == kind.value)
        total = self._connection.execute(select(func.count()).select_from(reports).where(*where)).scalar_one()
        query = select(*_HEAD).where(*where).order_by(reports.c.made_at.desc(), reports.c.id.desc())
        return [_report(row, {}) for row in self._rows(query.limit(limit).offset(offset))], int(total)


def _report(row: Row[Any], content: dict[str, object]) -> Report:
    return Report(row.id, ReportKind(row.kind), row.team, Period(row.first, row.last), row.made_at, content)
