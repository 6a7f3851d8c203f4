"""The shift handover log: rows that are inserted and signed, and never changed otherwise."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Date, Index, Row, func, or_, select, update

from facility.domain.errors import NotFound
from facility.domain.handover import Addition, Facts, Handover, Happening
from facility.ports.handovers import HandoverFilter
from facility.store.sql.columns import Json, Words
from facility.store.sql.repository import Repository
from facility.store.sql.schema import numbered, reference, time, word

handovers = numbered(
    "handovers",
    word("position"),
    Column("day", Date, nullable=False),
    word("shift"),
    time("begins_at"),
    time("ends_at"),
    reference("giver", "people", nullable=False),
    time("given_at"),
    Column("words", Words, nullable=False),
    Column("facts", Json, nullable=False),
    reference("taker", "people"),
    time("taken_at", nullable=True),
    Column("taken_words", Words, nullable=False),
    Index("uq_handovers_shift", "site_id", "position", "day", "shift", unique=True),
    Index("ix_handovers_begin", "site_id", "begins_at"),
)

handover_additions = numbered(
    "handover_additions",
    reference("handover", "handovers", nullable=False),
    word("key"),
    time("at"),
    reference("person", "people", nullable=False),
    Column("words", Words, nullable=False),
    Index("uq_handover_additions_key", "handover", "key", unique=True),
)


class SqlHandovers(Repository):
    """Port Handovers."""

    def add(self, handover: Handover) -> Handover | None:
        """None when the shift has one."""
        values = {name: value for name, value in _plain(handover).items() if name not in ("id", "facts")}
        facts = {section: [_plain(each) for each in listed] for section, listed in handover.facts.items()}
        number = self._add(handovers, {**values, "facts": facts})
        return None if number is None else replace(handover, id=number)

    def get(self, handover: int) -> Handover:
        """NotFound."""
        row = self._row(select(handovers).where(handovers.c.site_id == self._site, handovers.c.id == handover))
        if row is None:
            raise NotFound("handover", handover)
        return _handover(row)

    def of_shift(self, position: str, day: date, shift: str) -> Handover | None:
        """None: not handed over."""
        table = handovers.c
        where = (table.site_id == self._site, table.position == position, table.day == day, table.shift == shift)
        row = self._row(select(handovers).where(*where))
        return None if row is None else _handover(row)

    def find(self, wanted: HandoverFilter) -> tuple[list[Handover], int]:
        """Latest first."""
        table, where = handovers.c, [handovers.c.site_id == self._site]
        if wanted.positions is not None:
            where.append(table.position.in_(wanted.positions))
        if wanted.person is not None:
            where.append(or_(table.giver == wanted.person, table.taker == wanted.person))
        where += [table.day >= wanted.first] if wanted.first else []
        where += [table.day <= wanted.last] if wanted.last else []
        where += [table.taker.is_(None)] if wanted.untaken else []
        total = self._connection.execute(select(func.count()).select_from(handovers).where(*where)).scalar_one()
        query = select(handovers).where(*where).order_by(table.begins_at.desc(), table.id.desc())
        rows = self._rows(query.limit(wanted.limit).offset(wanted.offset))
        return [_handover(row) for row in rows], int(total)

    def take(self, handover: int, person: int, words: str, at: datetime) -> bool:
        """False when it is signed already."""
        where = (handovers.c.site_id == self._site, handovers.c.id == handover, handovers.c.taker.is_(None))
        values = {"taker": person, "taken_at": at, "taken_words": words}
        return bool(self._update(update(handovers).where(*where).values(**values)))

    def append(self, addition: Addition) -> bool:
        """False when it is there already."""
        return self._add(handover_additions, _plain(addition)) is not None

    def additions(self, handover: int) -> list[Addition]:
        """Oldest first."""
        table = handover_additions
        query = select(table).where(table.c.site_id == self._site, table.c.handover == handover).order_by(table.c.id)
        return [Addition(row.handover, row.key, row.at, row.person, row.words) for row in self._rows(query)]


def _plain(thing: Any) -> dict[str, Any]:
    """Its fields; a title stays a title."""
    return {name: getattr(thing, name) for name in thing.__dataclass_fields__}


def _handover(row: Row[Any]) -> Handover:
    return Handover(
        id=row.id,
        position=row.position,
        day=row.day,
        shift=row.shift,
        begins_at=row.begins_at,
        ends_at=row.ends_at,
        giver=row.giver,
        given_at=row.given_at,
        words=row.words,
        facts=_facts(row.facts),
        taker=row.taker,
        taken_at=row.taken_at,
        taken_words=row.taken_words,
    )


def _facts(stored: Mapping[str, Any]) -> Facts:
    return {section: tuple(Happening(**each) for each in listed) for section, listed in stored.items()}
