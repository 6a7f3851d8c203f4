"""Past services."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import Row, func, select

from facility.domain.order import WorkKind
from facility.domain.past_service import PastService
from facility.store.sql.past_tables import past_services as table
from facility.store.sql.repository import Repository

KEY = ["site_id", "asset", "plan", "kind", "what", "finished"]


class SqlPastServices(Repository):
    """Port PastServices."""

    def put(self, service: PastService) -> None:
        """The newest words count."""
        values = asdict(service) | {"kind": service.kind.value}
        statement = self._insert(table).values(site_id=self._site, **values)
        changed = {name: values[name] for name in ("by", "remark")}
        self._connection.execute(statement.on_conflict_do_update(index_elements=KEY, set_=changed))

    def all(self) -> list[PastService]:
        """Oldest first."""
        query = select(table).where(table.c.site_id == self._site).order_by(table.c.finished, table.c.id)
        return [_service(row) for row in self._rows(query)]

    def of_asset(self, asset: str, limit: int) -> list[PastService]:
        """Newest first."""
        query = select(table).where(table.c.site_id == self._site, table.c.asset == asset)
        return [
            _service(row) for row in self._rows(query.order_by(table.c.finished.desc(), table.c.id.desc()).limit(limit))
        ]

    def latest(self, plans: Sequence[str]) -> Mapping[tuple[str, str], date]:
        """By plan and asset."""
        query = select(table.c.plan, table.c.asset, func.max(table.c.finished).label("day"))
        query = query.where(table.c.site_id == self._site, table.c.plan.in_(plans), table.c.plan != "")
        return {(row.plan, row.asset): row.day for row in self._rows(query.group_by(table.c.plan, table.c.asset))}


def _service(row: Row[Any]) -> PastService:
    return PastService(row.asset, row.plan, WorkKind(row.kind), row.what, row.finished, row.by, row.remark)
