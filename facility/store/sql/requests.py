"""Requests with their events, call backs and outside steps."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Table, func, or_, select, update

from facility.domain.errors import Conflict, NotFound
from facility.domain.request import (
    Came,
    DutyOf,
    FollowUp,
    OutsideStep,
    Reporter,
    Request,
    RequestEvent,
    RequestKind,
    RequestState,
    Satisfaction,
    StepName,
)
from facility.ports.requests import RequestFilter
from facility.store.sql.repository import Repository
from facility.store.sql.request_tables import follow_ups, outside_steps, request_events, requests


class SqlRequests(Repository):
    """Port Requests."""

    def add(self, request: Request, key: str) -> Request:
        """The one that has this key already, if any."""
        number = self._add(requests, _values(request) | {"key": key, "version": request.version})
        if number is not None:
            return replace(request, id=number)
        row = self._row(self._all().where(requests.c.key == key))
        assert row is not None
        return _request(row)

    def get(self, request: int) -> Request:
        """NotFound."""
        row = self._row(self._all().where(requests.c.id == request))
        if row is None:
            raise NotFound("request", request)
        return _request(row)

    def change(self, request: Request) -> Request:
        """Conflict when somebody else changed it since it was read; NotFound."""
        version = request.version + 1
        where = (requests.c.site_id == self._site, requests.c.id == request.id, requests.c.version == request.version)
        if self._update(update(requests).where(*where).values(**_values(request), version=version)):
            return replace(request, version=version)
        stored = self.get(request.id)
        raise Conflict(f"request {request.id} was changed meanwhile: version {stored.version}, not {request.version}")

    def of_order(self, order: int) -> Request | None:
        """The request that an order belongs to."""
        row = self._row(self._all().where(requests.c.order_id == order))
        return None if row is None else _request(row)

    def find(self, wanted: RequestFilter) -> tuple[list[Request], int]:
        """One page, and how many there are."""
        query = self._all().where(*_wanted(wanted))
        total = self._connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
        order = (requests.c.received_at, requests.c.id)
        if not wanted.oldest_first:
            order = tuple(column.desc() for column in order)  # type: ignore[assignment]
        rows = self._rows(query.order_by(*order).limit(wanted.limit).offset(wanted.offset))
        return [_request(row) for row in rows], int(total)

    def log(self, event: RequestEvent) -> bool:
        """False when (request, key) is there already."""
        values = {
            "request": event.request,
            "key": event.key,
            "at": event.at,
            "what": event.what,
            "person": event.person,
            "note": event.note,
            "detail": event.detail,
        }
        return self._add(request_events, values) is not None

    def events(self, requests: Collection[int]) -> Mapping[int, list[RequestEvent]]:
        """Oldest first."""
        found: dict[int, list[RequestEvent]] = defaultdict(list)
        for row in self._of(request_events, requests):
            event = RequestEvent(row.request, row.key, row.at, row.what, row.person, row.note, row.detail)
            found[row.request].append(event)
        return found

    def follow_up(self, follow_up: FollowUp) -> bool:
        """False when (request, key) is there already."""
        values = {
            "request": follow_up.request,
            "key": follow_up.key,
            "at": follow_up.at,
            "person": follow_up.person,
            "satisfied": follow_up.satisfied and follow_up.satisfied.value,
            "first_visit": follow_up.first_visit,
            "again_at": follow_up.again_at,
            "remark": follow_up.remark,
        }
        return self._add(follow_ups, values) is not None

    def follow_ups(self, requests: Collection[int]) -> Mapping[int, list[FollowUp]]:
        """Oldest first."""
        found: dict[int, list[FollowUp]] = defaultdict(list)
        for row in self._of(follow_ups, requests):
            found[row.request].append(_follow_up(row))
        return found

    def follow_ups_between(self, since: datetime, until: datetime) -> list[FollowUp]:
        """Oldest first."""
        table = follow_ups
        query = select(table).where(table.c.site_id == self._site, table.c.at >= since, table.c.at < until)
        return [_follow_up(row) for row in self._rows(query.order_by(table.c.at, table.c.id))]

    def put_step(self, step: OutsideStep) -> None:
        """Insert or replace."""
        values = {
            "due_on": step.due_on,
            "done_at": step.done_at,
            "person": step.person,
            "words": step.words,
        }
        table = outside_steps
        where = (table.c.site_id == self._site, table.c.request == step.request, table.c.name == step.name.value)
        if not self._update(update(table).where(*where).values(**values)):
            self._add(table, {"request": step.request, "name": step.name.value, **values})

    def steps(self, request: int) -> list[OutsideStep]:
        """In the order of their names."""
        found = {row.name: row for row in self._of(outside_steps, [request])}
        return [
            OutsideStep(request, name, row.due_on, row.done_at, row.person, row.words)
            for name in StepName
            if (row := found.get(name.value)) is not None
        ]

    def forget_reporters(self, until: datetime) -> int:
        """How many."""
        known = or_(requests.c.reporter_name != "", requests.c.reporter_phone != "")
        where = (requests.c.site_id == self._site, requests.c.closed_at < until, known)
        return self._update(update(requests).where(*where).values(**_FORGOTTEN))

    def forget_resident(self, resident: int) -> None:
        """What was noted of them."""
        where = (requests.c.site_id == self._site, requests.c.resident == resident)
        self._update(update(requests).where(*where).values(**_FORGOTTEN, resident=None))

    def _of(self, table: Table, numbers: Collection[int]) -> list[Row[Any]]:
        if not numbers:
            return []
        query = select(table).where(table.c.site_id == self._site, table.c.request.in_(numbers))
        return self._rows(query.order_by(table.c.id))

    def _all(self) -> Select[Any]:
        return select(requests).where(requests.c.site_id == self._site)


def _follow_up(row: Row[Any]) -> FollowUp:
    said = Satisfaction(row.satisfied) if row.satisfied else None
    return FollowUp(row.request, row.key, row.at, row.person, said, row.first_visit, row.again_at, row.remark)


_FORGOTTEN = {"reporter_name": "", "reporter_phone": ""}


def _wanted(wanted: RequestFilter) -> list[ColumnElement[bool]]:
    table, found = requests.c, list[ColumnElement[bool]]()
    if wanted.kinds:
        found.append(table.kind.in_([kind.value for kind in wanted.kinds]))
    if wanted.states:
        found.append(table.state.in_([state.value for state in wanted.states]))
    if wanted.category:
        found.append(table.category == wanted.category)
    if wanted.areas:
        found.append(table.area.in_(wanted.areas))
    if wanted.since is not None:
        found.append(table.received_at >= wanted.since)
    if wanted.until is not None:
        found.append(table.received_at < wanted.until)
    if wanted.finished_since is not None:
        found.append(table.finished_at >= wanted.finished_since)
    if wanted.finished_until is not None:
        found.append(table.finished_at < wanted.finished_until)
    if wanted.text:
        said = [
            func.lower(column).contains(wanted.text.lower(), autoescape=True) for column in (table.words, table.place)
        ]
        number = wanted.text.removeprefix("#")
        if number.isascii() and number.isdecimal() and len(number) < 10:
            said.append(table.id == int(number))
        found.append(or_(*said))
    return found


def _values(request: Request) -> dict[str, Any]:
    return {
        "kind": request.kind.value,
        "category": request.category,
        "words": request.words,
        "area": request.area,
        "came": request.came.value,
        "state": request.state.value,
        "received_at": request.received_at,
        "entered_at": request.entered_at,
        "home": request.home,
        "asset": request.asset,
        "place": request.place,
        "reporter_name": request.reporter.name,
        "reporter_phone": request.reporter.phone,
        "resident": request.reporter.resident,
        "receiver": request.receiver,
        "duty": request.duty.value,
        "order_id": request.order,
        "alert": request.alert,
        "repeats": request.repeats,
        "confirmed_at": request.confirmed_at,
        "escalated_at": request.escalated_at,
        "finished_at": request.finished_at,
        "closed_at": request.closed_at,
        "responsible": request.responsible,
    }


def _request(row: Row[Any]) -> Request:
    return Request(
        id=row.id,
        kind=RequestKind(row.kind),
        category=row.category,
        words=row.words,
        area=row.area,
        came=Came(row.came),
        state=RequestState(row.state),
        received_at=row.received_at,
        entered_at=row.entered_at,
        home=row.home,
        asset=row.asset,
        place=row.place,
        reporter=Reporter(row.reporter_name, row.reporter_phone, row.resident),
        receiver=row.receiver,
        duty=DutyOf(row.duty),
        order=row.order_id,
        alert=row.alert,
        repeats=row.repeats,
        confirmed_at=row.confirmed_at,
        escalated_at=row.escalated_at,
        finished_at=row.finished_at,
        closed_at=row.closed_at,
        responsible=row.responsible,
        version=row.version,
    )
