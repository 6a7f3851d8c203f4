"""What figures about alerts are made of."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, func, or_, select, update

from facility.domain.alert import Alert, AlertState
from facility.domain.alert_figures import Flood, Onset, Told
from facility.domain.errors import NotFound
from facility.store.sql.alerts import alert_of
from facility.store.sql.repository import THIS_SITE, Repository
from facility.store.sql.tables import alerts, conditions, deadlines, floods

ACTIVE = [state.value for state in AlertState if state.active]
_FLOOD = select(floods).where(floods.c.site_id == THIS_SITE, floods.c.ended_at.is_(None))
_RAISED = select(func.count().label("raised")).where(
    alerts.c.site_id == THIS_SITE, alerts.c.raised_at > bindparam("since")
)


class SqlAlertRecords(Repository):
    """Port AlertRecords."""

    def raised(self, since: datetime, until: datetime) -> list[Told]:
        """Oldest first."""
        query = self._told().where(alerts.c.raised_at >= since, alerts.c.raised_at < until)
        return [_told(row) for row in self._rows(query.order_by(alerts.c.raised_at, alerts.c.id))]

    def count_raised(self, since: datetime) -> int:
        """After `since`."""
        return sum(row.raised for row in self._made(_RAISED, since=since))

    def active_since(self, before: datetime) -> list[Told]:
        """Oldest first."""
        query = self._told().where(alerts.c.state.in_(ACTIVE), alerts.c.onset <= before)
        return [_told(row) for row in self._rows(query.order_by(alerts.c.onset, alerts.c.id))]

    def onsets(self, since: datetime, until: datetime) -> list[Onset]:
        """By asset, rule and time."""
        table = conditions
        query = select(table.c.asset, table.c.rule, table.c.onset).where(
            table.c.site_id == self._site, table.c.onset >= since, table.c.onset < until
        )
        rows = self._rows(query.order_by(table.c.asset, table.c.rule, table.c.onset))
        return [Onset(row.asset, row.rule, row.onset) for row in rows]

    def lasting(self, since: datetime, until: datetime) -> list[Alert]:
        """Oldest first."""
        there = and_(alerts.c.onset < until, or_(alerts.c.returned_at.is_(None), alerts.c.returned_at > since))
        open_then = or_(alerts.c.closed_at.is_(None), alerts.c.closed_at > since)
        query = select(alerts).where(alerts.c.site_id == self._site, there, open_then)
        return [alert_of(row) for row in self._rows(query.order_by(alerts.c.onset, alerts.c.id))]

    def floods(self, since: datetime, until: datetime) -> list[Flood]:
        """Oldest first."""
        touching = and_(floods.c.began_at < until, or_(floods.c.ended_at.is_(None), floods.c.ended_at > since))
        query = select(floods).where(floods.c.site_id == self._site, touching).order_by(floods.c.began_at)
        return [_flood(row) for row in self._rows(query)]

    def flood(self) -> Flood | None:
        """The one that has not ended."""
        return next((_flood(row) for row in self._made(_FLOOD)), None)

    def begin_flood(self, at: datetime, peak: int) -> Flood:
        """Or the one that has not ended."""
        number = self._add(floods, {"began_at": at, "peak": peak})
        known = self.flood()
        if known is None:
            raise NotFound("flood", number)
        return known

    def change_flood(self, flood: Flood) -> None:
        """NotFound."""
        where = (floods.c.site_id == self._site, floods.c.id == flood.id)
        values = {"began_at": flood.began_at, "ended_at": flood.ended_at, "peak": flood.peak}
        if not self._update(update(floods).where(*where).values(**values)):
            raise NotFound("flood", flood.id)

    def _told(self) -> Select[Any]:
        due, met, missed = (deadlines.c[name].label(f"deadline_{name}") for name in ("due_at", "met_at", "missed_at"))
        first = and_(deadlines.c.alert == alerts.c.id, deadlines.c.round == 0, deadlines.c.step == 0)
        return (
            select(alerts, due, met, missed)
            .join(deadlines, first)  # what was kept quiet from its beginning promised nothing and counts for nothing
            .where(alerts.c.site_id == self._site)
        )


def _told(row: Row[Any]) -> Told:
    return Told(alert_of(row), row.deadline_due_at, row.deadline_met_at, row.deadline_missed_at)


def _flood(row: Row[Any]) -> Flood:
    return Flood(row.id, row.began_at, row.ended_at, row.peak)
