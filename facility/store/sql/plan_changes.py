"""Plans that people changed."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import update

from facility.domain.errors import Conflict
from facility.domain.plan_change import PlanChange, Side
from facility.domain.when import trigger_of_words, words_of_trigger
from facility.store.sql.plan_tables import plan_changes as table
from facility.store.sql.repository import Repository


class SqlPlanChanges(Repository):
    """Port PlanChanges."""

    def all(self) -> Mapping[str, PlanChange]:
        """By plan."""
        query = table.select().where(table.c.site_id == self._site).order_by(table.c.plan)
        return {
            row.plan: PlanChange(
                row.plan,
                trigger_of_words(row.falls_due) if row.falls_due else None,
                Side(row.side) if row.side else None,
                row.minutes,
                row.reason,
                row.person,
                row.at,
                row.version,
            )
            for row in self._rows(query)
        }

    def put(self, change: PlanChange) -> PlanChange:
        """Conflict when somebody else was faster."""
        stored = replace(change, version=change.version + 1)
        values = {
            "falls_due": dict(words_of_trigger(change.trigger)) if change.trigger is not None else {},
            "side": change.by.value if change.by is not None else "",
            "minutes": change.minutes,
            "reason": change.reason,
            "person": change.person,
            "at": change.at,
            "version": stored.version,
        }
        where = (table.c.site_id == self._site, table.c.plan == change.plan, table.c.version == change.version)
        if change.version:
            done = self._update(update(table).where(*where).values(**values))
        else:
            statement = self._insert(table).values(site_id=self._site, plan=change.plan, **values)
            done = len(self._connection.execute(statement.on_conflict_do_nothing().returning(table.c.plan)).all())
        if not done:
            raise Conflict(f"plan {change.plan} was changed meanwhile by somebody else; look at it again")
        return stored
