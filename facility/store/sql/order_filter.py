"""Which orders a filter means, as conditions and an order of SQL."""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Text, and_, case, cast, func, or_, select
from sqlalchemy.sql.elements import UnaryExpression

from facility.domain.order import FINAL
from facility.ports.orders import OrderFilter, OrderText
from facility.store.sql.request_tables import requests
from facility.store.sql.tables import orders

SORTS: dict[str, Column[Any]] = {
    "due_at": orders.c.due_at,
    "opened_at": orders.c.opened_at,
    "closed_at": orders.c.closed_at,
    "number": orders.c.id,
    "state": orders.c.state,
    "kind": orders.c.kind,
    "asset": orders.c.asset,
    "person": orders.c.person,
}
MARK = '"$title":'
"""Of every stored title; nobody looks for it."""


def where_of(site: str, wanted: OrderFilter, *, any_state: bool = False) -> list[ColumnElement[bool]]:
    """The conditions; `any_state`: all but the one about states."""
    table = orders.c
    found: list[ColumnElement[bool]] = [table.site_id == site]
    found += _among(table.state, None if any_state else wanted.states)
    found += _among(table.kind, wanted.kinds) + _among(table.origin, wanted.origins)
    found += _among(table.position, wanted.positions) + _among(table.asset, wanted.assets)
    if wanted.person is not None:
        found.append(table.person == wanted.person)
    if wanted.areas is not None:
        there = select(requests.c.id).where(requests.c.site_id == site, requests.c.area.in_(wanted.areas))
        found.append(or_(table.asset.in_(wanted.assets_there), table.request.in_(there)))
    if wanted.text is not None:
        found.append(_says(wanted.text))
    return found + _due(wanted)


def sorting_of(wanted: OrderFilter) -> list[ColumnElement[Any] | UnaryExpression[Any]]:
    """Empty cells last, whichever way; what is alike by number."""
    column = SORTS[wanted.sort]
    empty = [case((column.is_(None), 1), else_=0)] if column.nullable else []
    if wanted.descending:
        return [*empty, column.desc(), orders.c.id.desc()]
    return [*empty, column.asc(), orders.c.id.asc()]


def _among(column: Column[Any], values: Collection[str] | None) -> list[ColumnElement[bool]]:
    return [] if values is None else [column.in_([str(value) for value in values])]


def _due(wanted: OrderFilter) -> list[ColumnElement[bool]]:
    table = orders.c
    found = [
        *_within(table.due_at, wanted.due_from, wanted.due_before),
        *_within(table.due_at, None, wanted.overdue_at),
        *_within(table.opened_at, wanted.opened_from, wanted.opened_before),
        *_within(table.closed_at, wanted.closed_from, wanted.closed_before),
    ]
    if wanted.overdue_at is not None:
        found.append(table.state.not_in([state.value for state in FINAL]))
    return found


def _within(column: Column[Any], begin: datetime | None, end: datetime | None) -> list[ColumnElement[bool]]:
    return [*([] if begin is None else [column >= begin]), *([] if end is None else [column < end])]


def _says(text: OrderText) -> ColumnElement[bool]:
    """In the subject (stored as ASCII JSON), in the place, or in a name that others looked up."""
    subject = func.replace(func.lower(cast(orders.c.subject, Text)), MARK, "")
    words = text.words.lower()
    found = [
        subject.contains(json.dumps(words)[1:-1], autoescape=True),
        func.lower(orders.c.place).contains(words, autoescape=True),
        and_(orders.c.subject.is_(None), orders.c.title_id.in_(text.title_ids)),
        orders.c.asset.in_(text.assets),
    ]
    number = words.removeprefix("#")
    if number.isascii() and number.isdecimal() and len(number) < 10:
        found.append(orders.c.id == int(number))
    return or_(*found)
