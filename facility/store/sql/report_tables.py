"""The tables of frozen reports and of assessments of buildings."""

from sqlalchemy import Column, Date, Index, Integer

from facility.store.sql.columns import Json, Words
from facility.store.sql.schema import numbered, reference, time, word

assessments = numbered(
    "assessments",
    Column("building", Words, nullable=False),
    Column("month", Date, nullable=False),
    Column("looked_at", Integer, nullable=False),
    Column("sound", Integer, nullable=False),
    Column("remark", Words, nullable=False),
    reference("person", "people", nullable=False),
    time("at"),
    Index("uq_assessments_building", "site_id", "building", "month", unique=True),
)

reports = numbered(
    "reports",
    word("kind"),
    word("team"),
    Column("first", Date, nullable=False),
    Column("last", Date, nullable=False),
    time("made_at"),
    Column("content", Json, nullable=False),
    Index("uq_reports_period", "site_id", "kind", "team", "first", unique=True),
    Index("ix_reports_made", "site_id", "made_at"),
)
