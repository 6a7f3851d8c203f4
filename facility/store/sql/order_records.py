"""Orders of a period, and assessments of buildings, for counting."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from facility.domain.order import AWAITS_CHECK, Order, OrderEvent, OrderState, OrderStep
from facility.ports.figures import Assessment, Work
from facility.store.sql.orders import event_of, order_of
from facility.store.sql.report_tables import assessments
from facility.store.sql.repository import Repository
from facility.store.sql.tables import alerts, order_events, orders, revisions

DONE = frozenset({*AWAITS_CHECK, OrderState.CLOSED})

_FINISHED = (
    select(func.max(order_events.c.at))
    .where(order_events.c.order_id == orders.c.id, order_events.c.step == OrderStep.FINISH.value)
    .correlate(orders)
    .scalar_subquery()
)


class SqlOrderRecords(Repository):
    """Port OrderRecords."""

    def began(self) -> datetime | None:
        """The first of them."""
        firsts = (
            select(func.min(column)).where(table.c.site_id == self._site)
            for table, column in (
                (revisions, revisions.c.applied_at),
                (orders, orders.c.opened_at),
                (alerts, alerts.c.raised_at),
            )
        )
        found = [self._connection.execute(first).scalar() for first in firsts]
        return min((at for at in found if at is not None), default=None)

    def due(self, since: datetime, until: datetime) -> list[Work]:
        """By when they are due."""
        return self._work(and_(orders.c.due_at >= since, orders.c.due_at < until), orders.c.due_at)

    def touching(self, since: datetime, until: datetime) -> list[Work]:
        """By when they were opened."""
        unclosed = or_(orders.c.closed_at.is_(None), orders.c.closed_at > since)
        return self._work(and_(orders.c.opened_at < until, unclosed), orders.c.opened_at)

    def steps(self, names: Collection[str], since: datetime, until: datetime) -> list[tuple[OrderEvent, Order]]:
        """By when they were taken."""
        events = order_events
        of_period = (
            events.c.site_id == self._site,
            events.c.step.in_(names),
            events.c.at >= since,
            events.c.at < until,
        )
        query = select(events).where(*of_period).order_by(events.c.at, events.c.id)
        found = [event_of(row) for row in self._rows(query)]
        numbers = {event.order for event in found}
        by_number = {}
        if numbers:
            whole = select(orders).where(orders.c.site_id == self._site, orders.c.id.in_(numbers))
            by_number = {row.id: order_of(row) for row in self._rows(whole)}
        return [(event, by_number[event.order]) for event in found]

    def _work(self, which: ColumnElement[bool], order: ColumnElement[Any]) -> list[Work]:
        query = select(orders, _FINISHED.label("finished_at")).where(orders.c.site_id == self._site, which)
        found = []
        for row in self._rows(query.order_by(order, orders.c.id)):
            one = order_of(row)
            found.append(Work(one, row.finished_at if one.state in DONE else None))
        return found


class SqlAssessments(Repository):
    """Port Assessments."""

    def put(self, assessment: Assessment) -> None:
        """Insert, or replace."""
        table = assessments
        values = {
            "looked_at": assessment.looked_at,
            "sound": assessment.sound,
            "remark": assessment.remark,
            "person": assessment.person,
            "at": assessment.at,
        }
        where = (
            table.c.site_id == self._site,
            table.c.building == assessment.building,
            table.c.month == assessment.month,
        )
        if not self._update(update(table).where(*where).values(**values)):
            self._add(table, {"building": assessment.building, "month": assessment.month, **values})

    def between(self, first: date, last: date) -> list[Assessment]:
        """By building and month."""
        table = assessments
        where = (table.c.site_id == self._site, table.c.month >= first, table.c.month <= last)
        rows = self._rows(select(table).where(*where).order_by(table.c.building, table.c.month))
        return [
            Assessment(row.building, row.month, row.looked_at, row.sound, row.remark, row.person, row.at)
            for row in rows
        ]
