"""The outbox."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Row, Select, bindparam, func, select, update

from facility.domain.errors import NotFound
from facility.domain.notice import Notice, NoticeState
from facility.domain.text import Message
from facility.store.sql.repository import THIS_SITE, Repository
from facility.store.sql.tables import deadlines, mornings
from facility.store.sql.tables import notices as table

_DUE_AT = (  # of the deadline that a notice keeps, unless somebody was told already
    select(deadlines.c.due_at)
    .where(
        deadlines.c.alert == table.c.alert,
        deadlines.c.round == table.c.round,
        deadlines.c.step == table.c.rung,
        deadlines.c.met_at.is_(None),
        deadlines.c.waived_at.is_(None),
    )
    .correlate(table)
    .scalar_subquery()  # not a join: PostgreSQL without fresh statistics would read all deadlines for each notice
)


def _urgency(rows: FromClause) -> tuple[ColumnElement[Any], ...]:
    return (rows.c.level, rows.c.due_at.asc().nulls_last(), rows.c.created_at, rows.c.id)


def _due() -> Select[Any]:
    """The most urgent of each channel that may go; few columns are ranked, so that few rows are read whole."""
    sortable = (table.c.id, table.c.channel, table.c.level, table.c.created_at, _DUE_AT.label("due_at"))
    may_go = (table.c.state == NoticeState.WAITING.value, table.c.next_at <= bindparam("now"))
    waiting = select(*sortable).where(table.c.site_id == THIS_SITE, *may_go).subquery()
    place = func.row_number().over(partition_by=waiting.c.channel, order_by=_urgency(waiting))
    ranked = select(waiting, place.label("place")).subquery()
    first = select(table).join(ranked, ranked.c.id == table.c.id).where(ranked.c.place <= bindparam("limit"))
    return first.order_by(*_urgency(ranked))


_DUE = _due()
_WAITING = (
    select(table)
    .where(table.c.site_id == THIS_SITE, table.c.state == NoticeState.WAITING.value)
    .order_by(table.c.level, table.c.created_at, table.c.id)
)
_OF_ORDER = (
    select(table).where(table.c.site_id == THIS_SITE, table.c.order_id == bindparam("order")).order_by(table.c.id)
)


class SqlNotices(Repository):
    """Port Notices."""

    def add(self, notice: Notice) -> bool:
        """False when its key exists already."""
        return self._add(table, _values(notice)) is not None

    def begin_day(self, day: date, at: datetime) -> bool:
        """False when that day's were made before."""
        return self._add(mornings, {"day": day, "made_at": at}) is not None

    def due(self, now: datetime, limit: int) -> list[Notice]:
        """Level 1 first, then by deadline, then oldest first."""
        return [_notice(row) for row in self._made(_DUE, now=now, limit=limit)]

    def change(self, notice: Notice) -> None:
        """NotFound."""
        where = (table.c.site_id == self._site, table.c.id == notice.id)
        if not self._update(update(table).where(*where).values(**_values(notice))):
            raise NotFound("notice", notice.id)

    def wake(self, channel: str, now: datetime, until: datetime) -> None:
        """Those that are due already keep their time; so do those that wait for the end of quiet hours, untried."""
        paused = (table.c.state == NoticeState.WAITING.value, table.c.next_at > now, table.c.next_at <= until)
        where = (table.c.site_id == self._site, table.c.channel == channel, table.c.attempts > 0, *paused)
        self._update(update(table).where(*where).values(next_at=now))

    def get(self, notice: int) -> Notice:
        """NotFound."""
        return self._one(notice, table.c.id == notice)

    def by_key(self, key: str) -> Notice:
        """NotFound."""
        return self._one(key, table.c.key == key)

    def _one(self, name: object, where: ColumnElement[bool]) -> Notice:
        row = self._row(self._all().where(where))
        if row is None:
            raise NotFound("notice", name)
        return _notice(row)

    def of_alert(self, alert: int) -> list[Notice]:
        """Oldest first."""
        return [_notice(row) for row in self._rows(self._all().where(table.c.alert == alert).order_by(table.c.id))]

    def of_order(self, order: int) -> list[Notice]:
        """Oldest first."""
        return [_notice(row) for row in self._made(_OF_ORDER, order=order)]

    def waiting(self) -> list[Notice]:
        """Level 1 first, then oldest first."""
        return [_notice(row) for row in self._made(_WAITING)]

    def _all(self) -> Select[Any]:
        return select(table).where(table.c.site_id == self._site)


def _values(notice: Notice) -> dict[str, Any]:
    return {
        "key": notice.key,
        "person": notice.person,
        "channel": notice.channel,
        "message_id": notice.message.id,
        "params": dict(notice.message.params),
        "level": notice.level,
        "created_at": notice.created_at,
        "next_at": notice.next_at,
        "state": notice.state.value,
        "attempts": notice.attempts,
        "alert": notice.alert,
        "order_id": notice.order,
        "rung": notice.rung,
        "answer_code": notice.answer_code,
        "answer_text": notice.answer_text,
        "done_at": notice.done_at,
        "round": notice.round,
    }


def _notice(row: Row[Any]) -> Notice:
    return Notice(
        id=row.id,
        key=row.key,
        person=row.person,
        channel=row.channel,
        message=Message(row.message_id, row.params),
        level=row.level,
        created_at=row.created_at,
        next_at=row.next_at,
        state=NoticeState(row.state),
        attempts=row.attempts,
        alert=row.alert,
        order=row.order_id,
        rung=row.rung,
        answer_code=row.answer_code,
        answer_text=row.answer_text,
        done_at=row.done_at,
        round=row.round,
    )
