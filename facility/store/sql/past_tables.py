"""The tables of what was done before the program was there, and of renewed certificates."""

from sqlalchemy import Column, Date, Index

from facility.store.sql.columns import Words
from facility.store.sql.schema import numbered, reference, time, word

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

renewals = numbered(
    "renewals",
    word("asset"),
    word("kind"),
    Column("expires", Date, nullable=False),
    Column("number", Words, nullable=False),
    Column("document", Words, nullable=False),
    reference("person", "people", nullable=False),
    time("at"),
    Index("uq_renewals_day", "site_id", "asset", "kind", "expires", unique=True),
)
