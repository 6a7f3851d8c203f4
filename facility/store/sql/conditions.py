"""Conditions and the edges that made them."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, func, or_, select, update

from facility.domain.condition import Condition, Edge, EdgeKind
from facility.store.sql.repository import THIS_SITE, Repository
from facility.store.sql.tables import conditions as table
from facility.store.sql.tables import edges

SITE = ""  # the collector of site rules: the scheduler itself
_OF_SITE = select(table).where(table.c.site_id == THIS_SITE)
_OPEN = _OF_SITE.where(table.c.ended_at.is_(None)).order_by(table.c.onset, table.c.id)
_UNWEIGHED = (
    _OF_SITE.where(table.c.weighed.is_(False), table.c.ended_at >= bindparam("since"))
    .order_by(table.c.ended_at, table.c.id)
    .limit(bindparam("limit"))
)


class SqlConditions(Repository):
    """Port Conditions."""

    def take(self, edges: Iterable[Edge]) -> int:
        """New edges are kept and applied in their order; known ones are skipped."""
        new = 0
        for edge in edges:
            if not self._keep(edge):
                continue
            new += 1
            if edge.kind is EdgeKind.OPENED:
                self._open(edge)
            else:
                self._end(edge)
        return new

    def reconcile(self, collector: str, open_now: Collection[Edge], at: datetime) -> int:
        """Open what is missing, end what is no longer open (`at`)."""
        wanted = {(edge.asset, edge.rule): edge for edge in open_now}
        query = select(table).where(self._mine(collector), table.c.ended_at.is_(None))
        stored = {(row.asset, row.rule): row for row in self._rows(query)}
        mended = 0
        for key, row in stored.items():
            if key not in wanted:
                self._set_end(row.id, max(at, row.opened_at))
                mended += 1
        for key, edge in wanted.items():
            if key in stored and stored[key].onset == edge.onset:
                continue
            if key in stored:
                self._set_end(stored[key].id, max(edge.onset, stored[key].opened_at))
            self._insert_or_reopen(edge, even_if_ended_after=True)
            mended += 1
        return mended

    def put_site(self, condition: Condition) -> None:
        """Opened, or ended when `ended_at` is set; a second time changes nothing."""
        known = self._row(select(table).where(self._same(SITE, condition.asset, condition.rule, condition.onset)))
        values = _values(condition)
        if known is None:
            self._close_others(SITE, condition.asset, condition.rule, condition.onset)
            self._connection.execute(self._insert(table).values(site_id=self._site, **values))
        else:
            again = {"weighed": False} if condition.ended_at is None else {}
            self._connection.execute(update(table).where(table.c.id == known.id).values(**values, **again))

    def open(self) -> list[Condition]:
        """Oldest onset first."""
        return [_condition(row) for row in self._made(_OPEN)]

    def recent(self, limit: int) -> list[Condition]:
        """Newest onset first."""
        query = select(table).where(table.c.site_id == self._site)
        return [
            _condition(row) for row in self._rows(query.order_by(table.c.onset.desc(), table.c.id.desc()).limit(limit))
        ]

    def unweighed(self, since: datetime, limit: int) -> list[Condition]:
        """Oldest end first."""
        return [_condition(row) for row in self._made(_UNWEIGHED, since=since, limit=limit)]

    def weighed(self, conditions: Iterable[Condition]) -> None:
        """One row each."""
        for found in conditions:
            self._connection.execute(
                update(table)
                .where(self._same(found.collector, found.asset, found.rule, found.onset))
                .values(weighed=True)
            )

    def ended(self, rule: str, since: datetime) -> list[Condition]:
        """Oldest end first."""
        query = select(table).where(table.c.site_id == self._site, table.c.rule == rule, table.c.ended_at >= since)
        return [_condition(row) for row in self._rows(query.order_by(table.c.ended_at))]

    def between(self, asset: str, rule: str, since: datetime, until: datetime) -> list[Condition]:
        """Of any collector."""
        query = select(table).where(
            table.c.site_id == self._site,
            table.c.asset == asset,
            table.c.rule == rule,
            table.c.onset < until,
            or_(table.c.ended_at.is_(None), table.c.ended_at > since),
        )
        return [_condition(row) for row in self._rows(query.order_by(table.c.onset, table.c.id))]

    def last_end(self, asset: str, rule: str) -> datetime | None:
        """Of any collector."""
        query = select(func.max(table.c.ended_at).label("at")).where(
            table.c.site_id == self._site, table.c.asset == asset, table.c.rule == rule
        )
        row = self._row(query)
        return row.at if row is not None else None

    def _keep(self, edge: Edge) -> bool:
        values = {
            "site_id": self._site,
            "collector": edge.collector,
            "sequence": edge.sequence,
            "asset": edge.asset,
            "rule": edge.rule,
            "kind": edge.kind.value,
            "onset": edge.onset,
            "at": edge.at,
            "point": edge.point,
            "value": edge.value,
            "limit_value": edge.limit,
        }
        statement = self._insert(edges).values(values).on_conflict_do_nothing().returning(edges.c.sequence)
        return self._connection.execute(statement).first() is not None

    def _open(self, edge: Edge) -> None:
        newer = select(table.c.id).where(
            self._of(edge.collector, edge.asset, edge.rule), table.c.ended_at.is_(None), table.c.onset >= edge.onset
        )
        if self._row(newer) is not None:
            return  # the same opening (a reconcile was faster), or one that came after it
        self._close_others(edge.collector, edge.asset, edge.rule, edge.onset)
        self._insert_or_reopen(edge, even_if_ended_after=False)

    def _end(self, edge: Edge) -> None:
        self._connection.execute(
            update(table)
            .where(
                self._of(edge.collector, edge.asset, edge.rule),
                table.c.ended_at.is_(None),
                table.c.onset <= edge.onset,
            )
            .values(ended_at=edge.at)
        )

    def _insert_or_reopen(self, edge: Edge, *, even_if_ended_after: bool) -> None:
        """Reopening covers a source whose clock stands still: its next opening has the same onset."""
        known = self._row(select(table).where(self._same(edge.collector, edge.asset, edge.rule, edge.onset)))
        if known is None:
            self._connection.execute(self._insert(table).values(site_id=self._site, **_opened(edge)))
        elif even_if_ended_after or known.ended_at <= edge.at:
            self._connection.execute(update(table).where(table.c.id == known.id).values(ended_at=None, weighed=False))

    def _close_others(self, collector: str, asset: str, rule: str, onset: datetime) -> None:
        """Whatever was open before a new onset has ended by then: its own end was never told."""
        row = self._row(select(table).where(self._of(collector, asset, rule), table.c.ended_at.is_(None)))
        if row is not None:
            self._set_end(row.id, max(onset, row.opened_at))

    def _set_end(self, id: int, at: datetime) -> None:
        self._connection.execute(update(table).where(table.c.id == id).values(ended_at=at))

    def _mine(self, collector: str) -> ColumnElement[bool]:
        return and_(table.c.site_id == self._site, table.c.collector == collector)

    def _of(self, collector: str, asset: str, rule: str) -> ColumnElement[bool]:
        return and_(self._mine(collector), table.c.asset == asset, table.c.rule == rule)

    def _same(self, collector: str, asset: str, rule: str, onset: datetime) -> ColumnElement[bool]:
        return and_(self._of(collector, asset, rule), table.c.onset == onset)


def _opened(edge: Edge) -> dict[str, Any]:
    opened = Condition(
        edge.asset, edge.rule, edge.onset, edge.at, edge.collector, None, edge.point, edge.value, edge.limit
    )
    return _values(opened)


def _values(condition: Condition) -> dict[str, Any]:
    return {
        "collector": condition.collector,
        "asset": condition.asset,
        "rule": condition.rule,
        "onset": condition.onset,
        "opened_at": condition.opened_at,
        "ended_at": condition.ended_at,
        "point": condition.point,
        "value": condition.value,
        "limit_value": condition.limit,
    }


def _condition(row: Row[Any]) -> Condition:
    return Condition(
        asset=row.asset,
        rule=row.rule,
        onset=row.onset,
        opened_at=row.opened_at,
        collector=row.collector,
        ended_at=row.ended_at,
        point=row.point,
        value=row.value,
        limit=row.limit_value,
    )
