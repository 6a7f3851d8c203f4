"""Alerts with their history and deadlines."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, or_, select, update

from facility.domain.alert import Alert, AlertEvent, AlertState, Deadline
from facility.domain.errors import NotFound
from facility.store.sql.repository import Repository
from facility.store.sql.tables import alert_events, alerts, deadlines


class SqlAlerts(Repository):
    """Port Alerts."""

    def add(self, alert: Alert, due_at: datetime) -> Alert | None:
        """With its deadline, or None when (asset, rule) has one that is not CLOSED."""
        number = self._add(alerts, _values(alert))
        if number is None:
            return None
        self._connection.execute(self._insert(deadlines).values(alert=number, site_id=self._site, due_at=due_at))
        return replace(alert, id=number)

    def get(self, alert: int) -> Alert:
        """NotFound."""
        row = self._row(self._all().where(alerts.c.id == alert))
        if row is None:
            raise NotFound("alert", alert)
        return alert_of(row)

    def unclosed(self) -> list[Alert]:
        """Most severe first, then oldest onset first."""
        query = self._all().where(alerts.c.state != AlertState.CLOSED.value)
        return [alert_of(row) for row in self._rows(query.order_by(alerts.c.level, alerts.c.onset, alerts.c.id))]

    def recent(self, limit: int) -> list[Alert]:
        """Newest first."""
        query = self._all().order_by(alerts.c.raised_at.desc(), alerts.c.id.desc()).limit(limit)
        return [alert_of(row) for row in self._rows(query)]

    def tell_of(self, asset: str, rule: str, onset: datetime) -> bool:
        """From onset to close, both included."""
        still_there = or_(alerts.c.closed_at.is_(None), alerts.c.closed_at >= onset)
        query = self._all().where(alerts.c.asset == asset, alerts.c.rule == rule, alerts.c.onset <= onset, still_there)
        return self._row(query.limit(1)) is not None

    def change(self, alert: Alert) -> None:
        """NotFound."""
        where = (alerts.c.site_id == self._site, alerts.c.id == alert.id)
        if not self._update(update(alerts).where(*where).values(**_values(alert))):
            raise NotFound("alert", alert.id)

    def log(self, event: AlertEvent) -> None:
        """Append."""
        values = {
            "alert": event.alert,
            "at": event.at,
            "what": event.what,
            "person": event.person,
            "detail": event.detail,
        }
        self._connection.execute(self._insert(alert_events).values(site_id=self._site, **values))

    def events(self, alert: int) -> list[AlertEvent]:
        """Oldest first."""
        table = alert_events
        query = select(table).where(table.c.site_id == self._site, table.c.alert == alert)
        rows = self._rows(query.order_by(table.c.at, table.c.id))
        return [AlertEvent(row.alert, row.at, row.what, row.person, row.detail) for row in rows]

    def deadline(self, alert: int) -> Deadline:
        """NotFound."""
        query = select(deadlines).where(deadlines.c.site_id == self._site, deadlines.c.alert == alert)
        row = self._row(query)
        if row is None:
            raise NotFound("deadline of alert", alert)
        return _deadline(row)

    def open_deadlines(self) -> list[Deadline]:
        """Earliest first."""
        query = select(deadlines).where(
            deadlines.c.site_id == self._site, deadlines.c.met_at.is_(None), deadlines.c.missed_at.is_(None)
        )
        return [_deadline(row) for row in self._rows(query.order_by(deadlines.c.due_at, deadlines.c.alert))]

    def change_deadline(self, deadline: Deadline) -> None:
        """NotFound."""
        values = {
            "due_at": deadline.due_at,
            "met_at": deadline.met_at,
            "notice": deadline.notice,
            "missed_at": deadline.missed_at,
        }
        where = (deadlines.c.site_id == self._site, deadlines.c.alert == deadline.alert)
        if not self._update(update(deadlines).where(*where).values(**values)):
            raise NotFound("deadline of alert", deadline.alert)

    def _all(self) -> Select[Any]:
        return select(alerts).where(alerts.c.site_id == self._site)


def _values(alert: Alert) -> dict[str, Any]:
    return {
        "asset": alert.asset,
        "rule": alert.rule,
        "kind": alert.kind,
        "level": alert.level,
        "state": alert.state.value,
        "onset": alert.onset,
        "raised_at": alert.raised_at,
        "acknowledged_at": alert.acknowledged_at,
        "acknowledged_by": alert.acknowledged_by,
        "returned_at": alert.returned_at,
        "closed_at": alert.closed_at,
        "late": alert.late,
        "point": alert.point,
        "value": alert.value,
        "limit_value": alert.limit,
    }


def alert_of(row: Row[Any]) -> Alert:
    """The alert of a row."""
    return Alert(
        id=row.id,
        asset=row.asset,
        rule=row.rule,
        kind=row.kind,
        level=row.level,
        state=AlertState(row.state),
        onset=row.onset,
        raised_at=row.raised_at,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
        returned_at=row.returned_at,
        closed_at=row.closed_at,
        late=row.late,
        point=row.point,
        value=row.value,
        limit=row.limit_value,
    )


def _deadline(row: Row[Any]) -> Deadline:
    return Deadline(row.alert, row.due_at, row.met_at, row.notice, row.missed_at)
