"""Service orders with their history."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, distinct, func, or_, select, update

from facility.domain.errors import Conflict, NotFound
from facility.domain.order import AT_WORK, Order, OrderEvent, OrderState, OrderStep, Origin, SpotCheck, WorkKind
from facility.ports.orders import OrderFilter
from facility.store.sql.order_filter import sorting_of, where_of
from facility.store.sql.repository import THIS_SITE, Repository
from facility.store.sql.tables import order_events, orders

FINAL = (OrderState.CLOSED.value, OrderState.CANCELLED.value)
UNFINISHED = orders.c.state.not_in(FINAL)
_NEWEST = (
    select(orders)
    .where(orders.c.site_id == THIS_SITE)
    .order_by(orders.c.opened_at.desc(), orders.c.id.desc())
    .limit(bindparam("limit"))
)
_NEWEST_UNFINISHED = _NEWEST.where(UNFINISHED)
_ONE = select(orders).where(orders.c.site_id == THIS_SITE, orders.c.id == bindparam("number"))
_CHANGE = update(orders).where(
    orders.c.site_id == THIS_SITE, orders.c.id == bindparam("number"), orders.c.version == bindparam("before")
)
_EVENTS = (
    select(order_events)
    .where(order_events.c.site_id == THIS_SITE, order_events.c.order_id == bindparam("order"))
    .order_by(order_events.c.at, order_events.c.id)
)


class SqlOrders(Repository):
    """Port Orders."""

    def add(self, order: Order) -> Order:
        """The stored order; the one that the alert or the occurrence has already, if any."""
        number = self._add(orders, _values(order) | {"version": order.version})
        if number is not None:
            return replace(order, id=number)
        known: list[ColumnElement[bool]] = []
        if order.alert is not None:
            known.append(orders.c.alert == order.alert)
        if order.occurrence is not None:
            known.append(orders.c.occurrence == order.occurrence)
        if order.line:
            known.append(and_(orders.c.parent == order.parent, orders.c.line == order.line))
        if order.kind is WorkKind.TUNING:
            known.append(and_(orders.c.kind == order.kind.value, orders.c.title_id == order.title_id, UNFINISHED))
        row = self._row(self._all().where(or_(*known)).order_by(orders.c.id))
        if row is None:
            raise NotFound("the order in this estate of alert", order.alert)
        return order_of(row)

    def get(self, order: int) -> Order:
        """NotFound."""
        rows = self._made(_ONE, number=order)
        if not rows:
            raise NotFound("order", order)
        return order_of(rows[0])

    def change(self, order: Order) -> Order:
        """Conflict when somebody else changed it since it was read; NotFound."""
        version = order.version + 1
        if self._changed(_CHANGE, number=order.id, before=order.version, **_values(order), version=version):
            return replace(order, version=version)
        stored = self.get(order.id)
        raise Conflict(f"order {order.id} was changed meanwhile: version {stored.version}, not {order.version}")

    def log(self, event: OrderEvent) -> bool:
        """False when (order, key) is there already."""
        values = {
            "order_id": event.order,
            "key": event.key,
            "at": event.at,
            "step": str(event.step),
            "person": event.person,
            "note": event.note,
            "measured": event.measured,
            "measured_point": event.measured_point,
            "detail": event.detail,
        }
        return self._add(order_events, values) is not None

    def events(self, order: int) -> list[OrderEvent]:
        """Oldest first."""
        return [event_of(row) for row in self._made(_EVENTS, order=order)]

    def recent(self, limit: int, *, unfinished_only: bool = False) -> list[Order]:
        """Newest first."""
        query = _NEWEST_UNFINISHED if unfinished_only else _NEWEST
        return [order_of(row) for row in self._made(query, limit=limit)]

    def find(self, wanted: OrderFilter) -> list[Order]:
        """One page."""
        query = select(orders).where(*where_of(self._site, wanted)).order_by(*sorting_of(wanted))
        return [order_of(row) for row in self._rows(query.limit(wanted.limit).offset(wanted.offset))]

    def count(self, wanted: OrderFilter) -> Mapping[OrderState, int]:
        """By state."""
        number = func.count().label("number")
        query = select(orders.c.state, number).where(*where_of(self._site, wanted, any_state=True))
        return {OrderState(row.state): row.number for row in self._rows(query.group_by(orders.c.state))}

    def changed_at(self, numbers: Collection[int]) -> Mapping[int, datetime]:
        """By order."""
        table = order_events.c
        query = select(table.order_id, func.max(table.at).label("at")).group_by(table.order_id)
        rows = self._rows(query.where(table.site_id == self._site, table.order_id.in_(numbers)))
        return {row.order_id: row.at for row in rows}

    def loads(self) -> Mapping[int, int]:
        """By person."""
        mine = (orders.c.site_id == self._site, orders.c.state.in_([state.value for state in AT_WORK]))
        query = select(orders.c.person, func.count().label("number")).where(*mine, orders.c.person.is_not(None))
        return {row.person: row.number for row in self._rows(query.group_by(orders.c.person))}

    def of_alert(self, alert: int) -> Order | None:
        """The corrective order of an alert."""
        row = self._row(self._all().where(orders.c.alert == alert))
        return None if row is None else order_of(row)

    def of_parent(self, order: int) -> list[Order]:
        """Oldest first."""
        return [order_of(row) for row in self._rows(self._all().where(orders.c.parent == order).order_by(orders.c.id))]

    def checked_since_failure(self, finisher: int | None, positions: Collection[str]) -> int | None:
        """The fewer of the person's and the team's."""
        counts = [
            self._checked_since(orders.c.finished_by == finisher),
            self._checked_since(orders.c.position.in_(positions)),
        ]
        return min((count for count in counts if count is not None), default=None)

    def _checked_since(self, whose: ColumnElement[bool]) -> int | None:
        """Orders of these whose second check was passed after their last failed spot check; None: none ever failed."""
        joined = order_events.join(orders, orders.c.id == order_events.c.order_id)
        of_these = (orders.c.site_id == self._site, whose)
        failed = select(order_events.c.id).select_from(joined).where(*of_these)
        failed = failed.where(order_events.c.step == OrderStep.FAIL_SPOT_CHECK.value)
        last = self._row(failed.order_by(order_events.c.id.desc()).limit(1))
        if last is None:
            return None
        count = select(func.count(distinct(orders.c.id))).select_from(joined).where(*of_these)
        passed = (order_events.c.step == OrderStep.PASS_CHECK.value, order_events.c.id > last.id)
        return int(self._connection.execute(count.where(*passed)).scalar_one())

    def _all(self) -> Select[Any]:
        return select(orders).where(orders.c.site_id == self._site)


def _values(order: Order) -> dict[str, Any]:
    return {
        "kind": order.kind.value,
        "asset": order.asset,
        "title_id": order.title_id,
        "state": order.state.value,
        "position": order.position,
        "person": order.person,
        "opened_at": order.opened_at,
        "due_at": order.due_at,
        "alert": order.alert,
        "occurrence": order.occurrence,
        "finished_by": order.finished_by,
        "checked_by": order.checked_by,
        "closed_at": order.closed_at,
        "origin": order.origin.value,
        "parent": order.parent,
        "spot_check": order.spot_check.value,
        "spot_checked_by": order.spot_checked_by,
        "held_until": order.held_until,
        "subject": order.subject,
        "line": order.line,
        "place": order.place,
        "request": order.request,
    }


def order_of(row: Row[Any]) -> Order:
    """The order of a row."""
    return Order(
        id=row.id,
        kind=WorkKind(row.kind),
        asset=row.asset,
        title_id=row.title_id,
        state=OrderState(row.state),
        position=row.position,
        person=row.person,
        opened_at=row.opened_at,
        due_at=row.due_at,
        alert=row.alert,
        occurrence=row.occurrence,
        finished_by=row.finished_by,
        checked_by=row.checked_by,
        closed_at=row.closed_at,
        version=row.version,
        origin=Origin(row.origin),
        parent=row.parent,
        spot_check=SpotCheck(row.spot_check),
        spot_checked_by=row.spot_checked_by,
        held_until=row.held_until,
        subject=row.subject,
        line=row.line,
        place=row.place,
        request=row.request,
    )


def event_of(row: Row[Any]) -> OrderEvent:
    """The event of a row."""
    return OrderEvent(
        order=row.order_id,
        key=row.key,
        at=row.at,
        step=row.step,
        person=row.person,
        note=row.note,
        measured=row.measured,
        measured_point=row.measured_point,
        detail=row.detail,
    )
