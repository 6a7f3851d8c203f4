"""Steps of emergency plans that were ticked off."""

from sqlalchemy import select

from facility.domain.emergency import StepDone
from facility.store.sql.repository import Repository
from facility.store.sql.tables import plan_steps


class SqlPlanSteps(Repository):
    """Port PlanSteps."""

    def add(self, done: StepDone) -> bool:
        """False when it was ticked off before."""
        values = {
            "alert": done.alert,
            "step": done.step,
            "at": done.at,
            "person": done.person,
            "title": done.title,
            "note": done.note,
        }
        return self._add(plan_steps, values) is not None

    def of_alert(self, alert: int) -> list[StepDone]:
        """By the number of the step."""
        table = plan_steps
        query = select(table).where(table.c.site_id == self._site, table.c.alert == alert).order_by(table.c.step)
        return [StepDone(row.alert, row.step, row.at, row.person, row.title, row.note) for row in self._rows(query)]
