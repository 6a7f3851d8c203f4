"""Revisions of the site file."""

from dataclasses import replace

from sqlalchemy import func, select

from facility.ports import Revision
from facility.store.sql.repository import Repository
from facility.store.sql.tables import revisions as table


class SqlRevisions(Repository):
    """Port Revisions."""

    def latest(self) -> Revision | None:
        """The newest revision."""
        query = select(table).where(table.c.site_id == self._site).order_by(table.c.number.desc()).limit(1)
        row = self._row(query)
        if row is None:
            return None
        return Revision(row.number, row.digest, row.applied_at, row.files, tuple(row.changes))

    def add(self, revision: Revision) -> Revision:
        """With the next number."""
        query = select(func.coalesce(func.max(table.c.number), 0)).where(table.c.site_id == self._site)
        number = self._connection.execute(query).scalar_one() + 1
        values = {
            "digest": revision.digest,
            "applied_at": revision.applied_at,
            "files": revision.files,
            "changes": list(revision.changes),
        }
        self._connection.execute(self._insert(table).values(site_id=self._site, number=number, **values))
        return replace(revision, number=number)
