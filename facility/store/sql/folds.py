"""Consequences that are told by their cause's alert."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select, update

from facility.domain.errors import NotFound
from facility.domain.fold import Fold
from facility.store.sql.repository import THIS_SITE, Repository
from facility.store.sql.tables import folds as table

_UNENDED = select(table).where(table.c.site_id == THIS_SITE, table.c.ended_at.is_(None)).order_by(table.c.id)


class SqlFolds(Repository):
    """Port Folds."""

    def add(self, fold: Fold) -> bool:
        """False when one that has not ended exists for (asset, rule)."""
        return self._add(table, _values(fold)) is not None

    def change(self, fold: Fold) -> None:
        """NotFound."""
        where = (table.c.site_id == self._site, table.c.id == fold.id)
        if not self._update(update(table).where(*where).values(**_values(fold))):
            raise NotFound("consequence", fold.id)

    def unended(self) -> list[Fold]:
        """Oldest first."""
        return [_fold(row) for row in self._made(_UNENDED)]

    def of_cause(self, alert: int, limit: int) -> list[Fold]:
        """Latest first."""
        query = self._all().where(table.c.cause == alert).order_by(table.c.since.desc(), table.c.id.desc())
        return [_fold(row) for row in self._rows(query.limit(limit))]

    def of_alerts(self, alerts: Collection[int]) -> dict[int, int]:
        """By alert."""
        count = func.count().label("hidden")
        query = select(table.c.cause, count).where(
            table.c.site_id == self._site,
            table.c.cause.in_(alerts),
            table.c.ended_at.is_(None),
            table.c.released_at.is_(None),
        )
        return {row.cause: row.hidden for row in self._rows(query.group_by(table.c.cause))}

    def told(self, asset: str, rule: str, onset: datetime) -> bool:
        """Not when it was released before it ended: then it has an alert of its own."""
        query = self._all().where(
            table.c.asset == asset, table.c.rule == rule, table.c.onset == onset, table.c.released_at.is_(None)
        )
        return self._row(query.limit(1)) is not None

    def _all(self) -> Select[Any]:
        return select(table).where(table.c.site_id == self._site)


def _values(fold: Fold) -> dict[str, Any]:
    return {key: value for key, value in asdict(fold).items() if key != "id"}


def _fold(row: Row[Any]) -> Fold:
    return Fold(**{key: value for key, value in row._mapping.items() if key != "site_id"})
