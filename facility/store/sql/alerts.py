"""Alerts with their history and deadlines."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, Select, func, or_, select, update

from facility.domain.alert import TOLD, Alert, AlertEvent, AlertState, Deadline
from facility.domain.errors import NotFound
from facility.ports.alerts import AlertFilter
from facility.ports.audit import Audit
from facility.store.sql.repository import THIS_SITE, Repository
from facility.store.sql.tables import alert_events, alerts, deadlines

SORTS: dict[str, Column[Any]] = {
    "onset": alerts.c.onset,
    "raised_at": alerts.c.raised_at,
    "level": alerts.c.level,
    "kind": alerts.c.kind,
    "asset": alerts.c.asset,
    "state": alerts.c.state,
}
_UNCLOSED = (
    select(alerts)
    .where(alerts.c.site_id == THIS_SITE, alerts.c.state != AlertState.CLOSED.value)
    .order_by(alerts.c.level, alerts.c.onset, alerts.c.id)
)
_OPEN_DEADLINES = (
    select(deadlines)
    .where(
        deadlines.c.site_id == THIS_SITE,
        deadlines.c.met_at.is_(None),
        deadlines.c.missed_at.is_(None),
        deadlines.c.waived_at.is_(None),
    )
    .order_by(deadlines.c.due_at, deadlines.c.alert, deadlines.c.round, deadlines.c.step)
)


class SqlAlerts(Repository):
    """Port Alerts."""

    def __init__(self, connection: Connection, site: str, audit: Audit) -> None:
        super().__init__(connection, site)
        self._audit = audit

    def add(self, alert: Alert, due_at: datetime | None, position: str = "") -> Alert | None:
        """With the deadline of its first step, or None when (asset, rule) has one that is not CLOSED."""
        number = self._add(alerts, _values(alert))
        if number is None:
            return None
        if due_at is not None:
            self.add_deadline(Deadline(number, due_at, position=position, round=alert.round))
        return replace(alert, id=number, version=0)

    def get(self, alert: int) -> Alert:
        """NotFound."""
        row = self._row(self._all().where(alerts.c.id == alert))
        if row is None:
            raise NotFound("alert", alert)
        return alert_of(row)

    def unclosed(self) -> list[Alert]:
        """Most severe first, then oldest onset first."""
        return [alert_of(row) for row in self._made(_UNCLOSED)]

    def recent(self, limit: int) -> list[Alert]:
        """Newest first."""
        query = self._all().order_by(alerts.c.raised_at.desc(), alerts.c.id.desc()).limit(limit)
        return [alert_of(row) for row in self._rows(query)]

    def tell_of(self, asset: str, rule: str, onset: datetime) -> bool:
        """From onset to close, both included."""
        still_there = or_(alerts.c.closed_at.is_(None), alerts.c.closed_at >= onset)
        query = self._all().where(alerts.c.asset == asset, alerts.c.rule == rule, alerts.c.onset <= onset, still_there)
        return self._row(query.limit(1)) is not None

    def change(self, alert: Alert) -> Alert:
        """NotFound."""
        where = (alerts.c.site_id == self._site, alerts.c.id == alert.id)
        values = {**_values(alert), "version": alerts.c.version + 1}
        row = self._connection.execute(
            update(alerts).where(*where).values(**values).returning(alerts.c.version)
        ).first()
        if row is None:
            raise NotFound("alert", alert.id)
        return replace(alert, version=row.version)

    def latest_of(self, asset: str, rule: str) -> Alert | None:
        """Of any state."""
        query = self._all().where(alerts.c.asset == asset, alerts.c.rule == rule)
        row = self._row(query.order_by(alerts.c.onset.desc(), alerts.c.id.desc()).limit(1))
        return None if row is None else alert_of(row)

    def find(self, wanted: AlertFilter) -> tuple[list[Alert], int]:
        """One page, and how many there are on all pages."""
        where = self._where(wanted)
        order = SORTS[wanted.sort]
        query = select(alerts).where(*where).order_by(order.desc() if wanted.descending else order, alerts.c.id.desc())
        rows = self._rows(query.limit(wanted.limit).offset(wanted.offset))
        total = self._row(select(func.count().label("number")).select_from(alerts).where(*where))
        return [alert_of(row) for row in rows], total.number if total is not None else 0

    def log(self, event: AlertEvent) -> None:
        """Append here, and to the audit."""
        values = {
            "alert": event.alert,
            "at": event.at,
            "what": event.what,
            "person": event.person,
            "detail": event.detail,
        }
        self._connection.execute(self._insert(alert_events).values(site_id=self._site, **values))
        detail = {"detail": event.detail} if event.detail else {}
        person = event.person
        if event.what in TOLD:
            detail["to"], person = f"person:{event.person}", None
        self._audit.note(event.at, person, f"alert.{event.what}", f"alert:{event.alert}", detail)

    def events(self, alert: int) -> list[AlertEvent]:
        """Oldest first."""
        table = alert_events
        query = select(table).where(table.c.site_id == self._site, table.c.alert == alert)
        rows = self._rows(query.order_by(table.c.at, table.c.id))
        return [AlertEvent(row.alert, row.at, row.what, row.person, row.detail) for row in rows]

    def deadline(self, alert: int) -> Deadline:
        """NotFound."""
        first = [each for each in self.deadlines(alert) if each.step == 0]
        if not first:
            raise NotFound("deadline of alert", alert)
        return first[-1]

    def deadlines(self, alert: int) -> list[Deadline]:
        """Round by round, step by step."""
        query = select(deadlines).where(deadlines.c.site_id == self._site, deadlines.c.alert == alert)
        return [_deadline(row) for row in self._rows(query.order_by(deadlines.c.round, deadlines.c.step))]

    def add_deadline(self, deadline: Deadline) -> None:
        """Nothing when the step has one."""
        key = {"site_id": self._site, "alert": deadline.alert, "round": deadline.round, "step": deadline.step}
        values = {**key, **_promise(deadline)}
        self._connection.execute(self._insert(deadlines).values(values).on_conflict_do_nothing())

    def open_deadlines(self) -> list[Deadline]:
        """Earliest first."""
        return [_deadline(row) for row in self._made(_OPEN_DEADLINES)]

    def change_deadline(self, deadline: Deadline) -> None:
        """NotFound."""
        where = (
            deadlines.c.site_id == self._site,
            deadlines.c.alert == deadline.alert,
            deadlines.c.round == deadline.round,
            deadlines.c.step == deadline.step,
        )
        if not self._update(update(deadlines).where(*where).values(**_promise(deadline))):
            raise NotFound("deadline of alert", deadline.alert)

    def missed(self, since: datetime) -> int:
        """Recorded since then."""
        where = (deadlines.c.site_id == self._site, deadlines.c.missed_at >= since)
        row = self._row(select(func.count().label("number")).select_from(deadlines).where(*where))
        return row.number if row is not None else 0

    def _where(self, wanted: AlertFilter) -> list[ColumnElement[bool]]:
        where = [alerts.c.site_id == self._site]
        for column, values in (
            (alerts.c.level, wanted.levels),
            (alerts.c.state, [state.value for state in wanted.states]),
            (alerts.c.kind, wanted.kinds),
            (alerts.c.asset, wanted.assets),
            (alerts.c.area, wanted.areas),
        ):
            if values:
                where.append(column.in_(values))
        if wanted.since is not None:
            where.append(alerts.c.onset >= wanted.since)
        if wanted.until is not None:
            where.append(alerts.c.onset < wanted.until)
        if wanted.missed:
            late = select(deadlines.c.alert).where(
                deadlines.c.site_id == self._site, deadlines.c.missed_at.is_not(None)
            )
            where.append(alerts.c.id.in_(late))
        return where

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
        "drill": alert.drill,
        "area": alert.area,
        "note": alert.note,
        "raised_by": alert.raised_by,
        "latched": alert.latched,
        "hidden": alert.hidden,
        "round": alert.round,
        "round_at": alert.round_at,
        "announced": alert.announced,
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
        drill=row.drill,
        area=row.area,
        note=row.note,
        raised_by=row.raised_by,
        latched=row.latched,
        hidden=row.hidden,
        round=row.round,
        round_at=row.round_at,
        announced=row.announced,
        version=row.version,
    )


def _promise(deadline: Deadline) -> dict[str, Any]:
    return {
        "position": deadline.position,
        "due_at": deadline.due_at,
        "met_at": deadline.met_at,
        "notice": deadline.notice,
        "proof": deadline.proof,
        "missed_at": deadline.missed_at,
        "waived_at": deadline.waived_at,
    }


def _deadline(row: Row[Any]) -> Deadline:
    return Deadline(
        row.alert,
        row.due_at,
        row.met_at,
        row.notice,
        row.missed_at,
        row.round,
        row.step,
        row.position,
        row.proof,
        row.waived_at,
    )
