"""Plans that people switched off or on."""

from collections.abc import Mapping
from dataclasses import asdict, replace

from sqlalchemy import select, update

from facility.domain.errors import Conflict
from facility.domain.plan_switch import PlanSwitch
from facility.store.sql.plan_tables import plan_switches as table
from facility.store.sql.repository import Repository


class SqlPlanSwitches(Repository):
    """Port PlanSwitches."""

    def all(self) -> Mapping[str, PlanSwitch]:
        """By plan."""
        query = select(table).where(table.c.site_id == self._site).order_by(table.c.plan)
        return {
            row.plan: PlanSwitch(row.plan, row.off_from, row.reason, row.person, row.at, row.version)
            for row in self._rows(query)
        }

    def put(self, switch: PlanSwitch) -> PlanSwitch:
        """Conflict when somebody else was faster."""
        stored = replace(switch, version=switch.version + 1)
        where = (table.c.site_id == self._site, table.c.plan == switch.plan, table.c.version == switch.version)
        if switch.version:
            done = self._update(update(table).where(*where).values(**asdict(stored)))
        else:
            statement = self._insert(table).values(site_id=self._site, **asdict(stored))
            done = len(self._connection.execute(statement.on_conflict_do_nothing().returning(table.c.plan)).all())
        if not done:
            raise Conflict(f"plan {switch.plan} was switched meanwhile by somebody else; look at it again")
        return stored
