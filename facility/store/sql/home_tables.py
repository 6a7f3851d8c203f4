"""The tables of homes and their people."""

from sqlalchemy import Column, Date, Index, Integer

from facility.store.sql.columns import Words
from facility.store.sql.schema import numbered, reference, word

homes = numbered(
    "homes",
    Column("building", Words, nullable=False),
    Column("unit", Words, nullable=False),
    Column("number", Words, nullable=False),
    Column("vacant_since", Date, nullable=True),
    Column("version", Integer, nullable=False),
    Index("uq_homes_address", "site_id", "building", "unit", "number", unique=True),
)

residents = numbered(
    "residents",
    reference("home", "homes", nullable=False),
    word("pseudonym"),
    Column("name", Words, nullable=False),
    word("standing"),
    word("phone"),
    Column("plates", Words, nullable=False),  # with a blank between them: searched as text
    Column("came_on", Date, nullable=True),
    Column("left_on", Date, nullable=True),
    Index("ix_residents_home", "home"),
    Index("uq_residents_pseudonym", "site_id", "pseudonym", unique=True),
)
