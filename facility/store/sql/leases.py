"""The leader's lease."""

from typing import Any

from sqlalchemy import Select, select, update

from facility.domain.errors import LeaseLost
from facility.ports import Lease
from facility.store.sql.repository import Repository
from facility.store.sql.tables import leases as table

SCHEDULER = "scheduler"


class SqlLeases(Repository):
    """Port Leases."""

    def read(self, name: str) -> Lease | None:
        """The lease as it stands."""
        row = self._row(self._named(name))
        return None if row is None else Lease(row.holder, row.epoch, row.beat)

    def seize(self, name: str, holder: str, over: Lease | None) -> Lease | None:
        """None when it is no longer as `over` says."""
        if over is None:
            first = Lease(holder, epoch=1, beat=1)
            statement = self._insert(table).values(site_id=self._site, name=name, holder=holder, epoch=1, beat=1)
            taken = self._connection.execute(statement.on_conflict_do_nothing().returning(table.c.epoch)).first()
            return None if taken is None else first
        mine = Lease(holder, over.epoch + 1, over.beat + 1)
        where = (*self._where(name), table.c.epoch == over.epoch, table.c.beat == over.beat)
        values = {"holder": holder, "epoch": mine.epoch, "beat": mine.beat}
        return mine if self._update(update(table).where(*where).values(**values)) else None

    def beat(self, name: str, epoch: int) -> bool:
        """False when the epoch is no longer ours."""
        where = (*self._where(name), table.c.epoch == epoch)
        return self._update(update(table).where(*where).values(beat=table.c.beat + 1)) > 0

    def require(self, name: str, epoch: int) -> None:
        """LeaseLost unless `epoch` still leads; the row stays locked until the transaction ends."""
        row = self._row(self._named(name).with_for_update())
        if row is None or row.epoch != epoch:
            holder = "nobody" if row is None else row.holder
            raise LeaseLost(
                "work", f"epoch {epoch} of lease {name} is over: {holder} leads", "Stand by until it is free"
            )

    def _named(self, name: str) -> Select[Any]:
        return select(table).where(*self._where(name))

    def _where(self, name: str) -> tuple[Any, ...]:
        return (table.c.site_id == self._site, table.c.name == name)
