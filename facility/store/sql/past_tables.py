"""The table of past services."""

from sqlalchemy import Column, Date, Index

from facility.store.sql.columns import Words
from facility.store.sql.schema import numbered, word

past_services = numbered(
    "past_services",
    word("asset"),
    word("plan"),
    word("kind"),
    Column("what", Words, nullable=False),
    Column("finished", Date, nullable=False),
    Column("by", Words, nullable=False),
    Column("remark", Words, nullable=False),
    Index("uq_past_services_row", "site_id", "asset", "plan", "kind", "what", "finished", unique=True),
)
