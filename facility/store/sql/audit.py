"""The audit: a chain of hashes."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, Select, func, or_, select

from facility.domain.audit import GENESIS, AuditRow, digest
from facility.ports import AuditFilter
from facility.store.sql.repository import Repository
from facility.store.sql.tables import audit as table

PORTION = 1000
PROGRAM = "program"


class SqlAudit(Repository):
    """Port Audit. Writers of a site queue, so that the last row stays the last one until they commit."""

    _last: AuditRow | None = None

    def note(
        self, at: datetime, person: int | None, action: str, subject: str, detail: Mapping[str, object] | None = None
    ) -> AuditRow:
        """One row at the end of the chain."""
        last = self._last or self.head()
        actor = PROGRAM if person is None else f"person:{person}"
        row = AuditRow(
            number=last.number + 1 if last else 1,
            at=at.astimezone(UTC),
            actor=_clean(actor),
            action=_clean(action),
            subject=_clean(subject),
            detail=dict(detail or {}),
            before=last.hash if last else GENESIS,
        )
        row = replace(row, hash=digest(self._site, row))
        self._connection.execute(self._insert(table).values(site_id=self._site, **_values(row)))
        self._last = row
        return row

    def rows(self, subject: str = "") -> Iterator[AuditRow]:
        """In portions, so that years fit into memory."""
        after = 0
        while True:
            query = self._all().where(table.c.number > after).order_by(table.c.number).limit(PORTION)
            found = self._rows(query.where(table.c.subject == subject) if subject else query)
            yield from map(_row, found)
            if len(found) < PORTION:
                return
            after = found[-1].number

    def row(self, number: int) -> AuditRow | None:
        """By number."""
        found = self._row(self._all().where(table.c.number == number))
        return None if found is None else _row(found)

    def find(self, wanted: AuditFilter) -> tuple[list[AuditRow], int]:
        """By number: times of a clock that was set back must not change the order."""
        query = self._all()
        if wanted.actor:
            query = query.where(table.c.actor == wanted.actor)
        if wanted.action:
            query = query.where(_begins(table.c.action, wanted.action, "."))
        if wanted.subject:
            query = query.where(_begins(table.c.subject, wanted.subject, ":"))
        if wanted.since is not None:
            query = query.where(table.c.at >= wanted.since)
        if wanted.until is not None:
            query = query.where(table.c.at < wanted.until)
        total = self._row(select(func.count().label("total")).select_from(query.subquery()))
        page = query.order_by(table.c.number.desc()).limit(wanted.limit).offset(wanted.offset)
        return [_row(row) for row in self._rows(page)], total.total if total else 0

    def head(self) -> AuditRow | None:
        """None before the first."""
        row = self._row(self._all().order_by(table.c.number.desc()).limit(1))
        return None if row is None else _row(row)

    def _all(self) -> Select[Any]:
        return select(table).where(table.c.site_id == self._site)


def _begins(column: Column[Any], text: str, after: str) -> ColumnElement[bool]:
    """All of it, or its first words."""
    return or_(column == text, column.startswith(f"{text}{after}", autoescape=True))


def _clean(text: str) -> str:
    return text.replace("\x00", "\ufffd")


def _values(row: AuditRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "at": row.at,
        "actor": row.actor,
        "action": row.action,
        "subject": row.subject,
        "detail": dict(row.detail),
        "before": row.before,
        "hash": row.hash,
    }


def _row(row: Row[Any]) -> AuditRow:
    return AuditRow(row.number, row.at, row.actor, row.action, row.subject, row.detail, row.before, row.hash)
