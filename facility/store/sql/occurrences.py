"""The ledger of planned work."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, time
from typing import Any

from sqlalchemy import Row as SqlRow
from sqlalchemy import Select, and_, bindparam, delete, func, or_, select, update

from facility.domain.errors import NotFound
from facility.domain.occurrence import Expansion, Occurrence, OccurrenceState, Placement
from facility.domain.slot import Slot
from facility.store.sql.bulk import Row, insert_new, plain
from facility.store.sql.plan_tables import expansions
from facility.store.sql.plan_tables import occurrences as table
from facility.store.sql.repository import THIS_SITE, Repository

WAITING = (OccurrenceState.PLANNED.value, OccurrenceState.OPEN.value)
UNFINISHED = (*WAITING, OccurrenceState.MERGED.value)
NEW = ("site_id", "plan", "asset", "slot", "first", "last", "begins", "ends", "state", "reason", "used")

_ALL = (
    select(table)
    .where(table.c.site_id == THIS_SITE)
    .order_by(table.c.first, table.c.last, table.c.plan, table.c.asset, table.c.id)
)
_ONE = _ALL.where(table.c.id == bindparam("number"))
_BETWEEN = _ALL.where(table.c.first <= bindparam("until"), table.c.last >= bindparam("since"))
_STILL = and_(table.c.state == OccurrenceState.MERGED.value, table.c.finished_at.is_(None))
_UNFINISHED = _ALL.where(
    table.c.state.in_(UNFINISHED), or_(table.c.state.in_(WAITING), _STILL), table.c.first <= bindparam("until")
)
_PLACED = _ALL.where(
    table.c.day >= bindparam("since"), table.c.day <= bindparam("until"), table.c.state.in_(UNFINISHED)
)
_OF_ORDER = _ALL.where(table.c.order_id == bindparam("order"))
_MERGED_INTO = _ALL.where(table.c.into_id == bindparam("larger"))
_OF_PLANS = _ALL.where(table.c.plan.in_(bindparam("plans", expanding=True)))
_CHANGE = update(table).where(table.c.site_id == THIS_SITE, table.c.id == bindparam("number"))


class SqlOccurrences(Repository):
    """Port Occurrences."""

    def add_missing(self, occurrences: Iterable[Occurrence]) -> int:
        """How many were new."""
        rows = ((each.plan, each.asset, *self._tail(each.slot, each.used)) for each in occurrences)
        return insert_new(self._connection, table, NEW, ((self._site, *row) for row in rows))

    def add_slots(self, groups: Iterable[tuple[str, str, Sequence[Slot]]]) -> int:
        """How many were new. Slots that several groups share are made into rows once."""
        return insert_new(self._connection, table, NEW, self._rows_of(groups))

    def get(self, occurrence: int) -> Occurrence:
        """NotFound."""
        found = self._found(_ONE, number=occurrence)
        if not found:
            raise NotFound("occurrence", occurrence)
        return found[0]

    def between(self, first: date, last: date) -> list[Occurrence]:
        """By window, plan, asset."""
        return self._found(_BETWEEN, since=first, until=last)

    def unfinished(self, until: date) -> list[Occurrence]:
        """By window, plan, asset."""
        return self._found(_UNFINISHED, until=until)

    def tally(self, first: date, last: date) -> Mapping[str, Mapping[OccurrenceState, int]]:
        """One pass over the slots."""
        where = (table.c.site_id == self._site, table.c.last >= first, table.c.last <= last)
        query = (
            select(table.c.plan, table.c.state, func.count().label("number"))
            .where(*where)
            .group_by(table.c.plan, table.c.state)
        )
        found: dict[str, dict[OccurrenceState, int]] = {}
        for row in self._rows(query):
            found.setdefault(row.plan, {})[OccurrenceState(row.state)] = row.number
        return found

    def next_days(self) -> Mapping[str, date]:
        """One pass over what is unfinished."""
        day = func.min(func.coalesce(table.c.day, table.c.last))
        where = (table.c.site_id == self._site, table.c.state.in_(WAITING))
        return {
            row.plan: row.day
            for row in self._rows(select(table.c.plan, day.label("day")).where(*where).group_by(table.c.plan))
        }

    def placed(self, since: date, until: date) -> list[Occurrence]:
        """By window, plan, asset."""
        return self._found(_PLACED, since=since, until=until)

    def of_order(self, order: int) -> list[Occurrence]:
        """By window, plan, asset."""
        return self._found(_OF_ORDER, order=order)

    def merged_into(self, occurrence: int) -> list[Occurrence]:
        """By window, plan, asset."""
        return self._found(_MERGED_INTO, larger=occurrence)

    def latest(self, plans: Sequence[str]) -> Mapping[tuple[str, str], Occurrence]:
        """By plan and asset."""
        return {(each.plan, each.asset): each for each in self._found(_OF_PLANS, plans=plans)}

    def change(self, occurrence: Occurrence) -> None:
        """NotFound."""
        if not self._changed(_CHANGE, number=occurrence.id, **_changing(occurrence)):
            raise NotFound("occurrence", occurrence.id)

    def place(self, occurrences: Iterable[Occurrence]) -> None:
        """One statement for all."""
        rows = [
            {
                "number": each.id,
                "new_day": each.day,
                "new_placement": asdict(each.placement) if each.placement else None,
            }
            for each in occurrences
        ]
        if rows:
            where = (table.c.site_id == self._site, table.c.id == bindparam("number"))
            statement = update(table).where(*where)
            changed = statement.values(day=bindparam("new_day"), placement=bindparam("new_placement"))
            self._connection.execute(changed, rows)

    def withdraw(self, plan: str, asset: str, after: date) -> int:
        """How many there were."""
        where = (
            table.c.site_id == self._site,
            table.c.plan == plan,
            table.c.asset == asset,
            table.c.first > after,
            table.c.state == OccurrenceState.PLANNED.value,
        )
        return self._connection.execute(delete(table).where(*where)).rowcount

    def expansions(self) -> Mapping[tuple[str, str], Expansion]:
        """By plan and asset."""
        query = select(expansions).where(expansions.c.site_id == self._site)
        return {
            (row.plan, row.asset): Expansion(row.plan, row.asset, row.trigger, row.until) for row in self._rows(query)
        }

    def expanded(self, expansion: Iterable[Expansion]) -> None:
        """The newest counts."""
        rows = [{"site_id": self._site, **asdict(each)} for each in expansion]
        if rows:
            statement = self._insert(expansions)
            changed = {"trigger": statement.excluded.trigger, "until": statement.excluded.until}
            keys = ["site_id", "plan", "asset"]
            self._connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), rows)

    def forget(self, plan: str, asset: str) -> None:
        """Nothing when it was not there."""
        where = (expansions.c.site_id == self._site, expansions.c.plan == plan, expansions.c.asset == asset)
        self._connection.execute(delete(expansions).where(*where))

    def _found(self, query: Select[Any], **values: object) -> list[Occurrence]:
        return [_occurrence(row) for row in self._made(query, **values)]

    def _rows_of(self, groups: Iterable[tuple[str, str, Sequence[Slot]]]) -> Iterator[Row]:
        tails: dict[int, list[Row]] = {}
        for plan, asset, slots in groups:
            known = tails.get(id(slots))
            if known is None:
                known = tails[id(slots)] = [self._tail(slot, None) for slot in slots]
            head = (self._site, plan, asset)
            for tail in known:
                yield head + tail

    def _tail(self, slot: Slot, used: float | None) -> Row:
        """What follows site, plan and asset in a new row."""
        first, last = (plain(self._connection, day) for day in (slot.first, slot.last))
        return slot.key, first, last, _clock(slot.begins), _clock(slot.ends), OccurrenceState.PLANNED.value, "", used


def _clock(at: time | None) -> str | None:
    return None if at is None else at.isoformat("minutes")


def _time(text: str | None) -> time | None:
    return None if text is None else time.fromisoformat(text)


def _changing(occurrence: Occurrence) -> dict[str, Any]:
    return {
        "state": occurrence.state.value,
        "order_id": occurrence.order,
        "into_id": occurrence.into,
        "day": occurrence.day,
        "placement": None if occurrence.placement is None else asdict(occurrence.placement),
        "finished_at": occurrence.finished_at,
        "used": occurrence.used,
        "ended_by": occurrence.ended_by,
        "reason": occurrence.reason,
    }


def _occurrence(row: SqlRow[Any]) -> Occurrence:
    return Occurrence(
        id=row.id,
        plan=row.plan,
        asset=row.asset,
        slot=Slot(row.first, row.last, row.slot, _time(row.begins), _time(row.ends)),
        state=OccurrenceState(row.state),
        order=row.order_id,
        into=row.into_id,
        day=row.day,
        placement=None if row.placement is None else Placement(**row.placement),
        finished_at=row.finished_at,
        used=row.used,
        ended_by=row.ended_by,
        reason=row.reason,
    )
