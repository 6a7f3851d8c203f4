"""The tables of duties: rosters, swaps, absences, deputies, what is entered about people, and which vacancies were told."""

from sqlalchemy import Column, Date, Index, Integer, Table, Text

from facility.store.sql.columns import Json, Moment, Words
from facility.store.sql.schema import metadata, numbered, reference


def _person(name: str, *, nullable: bool = False) -> Column[int]:
    return reference(name, "people", nullable=nullable)


rosters = Table(
    "rosters",
    metadata,
    Column("site_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("position", Text, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("shifts", Json, nullable=False),  # [[name, "07:00", "15:00"], …]
    Column("turns", Json, nullable=False),  # [[person, ["early", "", …]], …]
    Index("uq_rosters_position", "site_id", "position", unique=True),
)

swaps = Table(
    "swaps",
    metadata,
    Column("site_id", Text, primary_key=True),
    Column("roster", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("shift", Text, primary_key=True),
    Column("people", Json, nullable=False),
    Column("reason", Words, nullable=False),
)

absences = numbered(
    "absences",
    _person("person"),
    Column("begins_at", Moment, nullable=False),
    Column("ends_at", Moment),
    Column("reason", Words, nullable=False),
    Index("ix_absences_end", "site_id", "ends_at"),
)

deputies = numbered(
    "deputies",
    _person("of_person", nullable=True),
    Column("of_position", Text, nullable=False),  # "" when it is for a person
    _person("deputy"),
    Column("place", Integer, nullable=False),
    Index("ix_deputies_site", "site_id", "place"),
)

person_events = numbered(
    "person_events",
    _person("person"),
    Column("at", Moment, nullable=False),
    Column("what", Text, nullable=False),
    _person("by", nullable=True),
    Column("detail", Words, nullable=False),
    Index("ix_person_events_person", "person"),
)

vacancies = Table(
    "vacancies",
    metadata,
    Column("site_id", Text, primary_key=True),
    Column("position", Text, primary_key=True),
    Column("begins_at", Moment, primary_key=True),
    Column("ends_at", Moment),
    Column("told_at", Moment, nullable=False),
    Column("told_again_at", Moment),
)
