"""The tables of homes and their people, and of the vacant homes that orders list."""

from sqlalchemy import Column, Date, Index, Integer

from facility.store.sql.columns import Words
from facility.store.sql.schema import numbered, reference, time, word

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

home_visits = numbered(
    "home_visits",
    reference("order", "orders", nullable=False),
    reference("home", "homes", nullable=False),
    Column("building", Words, nullable=False),
    Column("unit", Words, nullable=False),
    Column("number", Words, nullable=False),
    time("left_out_at", nullable=True),
    Index("uq_home_visits_home", "order", "home", unique=True),
    Index("ix_home_visits_home", "home"),
)
