"""Tables of planned work: the ledger of occurrences, and how far each plan is expanded into it."""

from sqlalchemy import BigInteger, Column, Date, Float, Index, Integer, Table, text

from facility.store.sql.columns import Json, Words
from facility.store.sql.schema import NAME, metadata, number, numbered, reference, time, word

_UNFINISHED = text("state IN ('planned', 'open', 'merged')")

occurrences = numbered(
    "occurrences",
    word("plan"),
    word("asset"),
    word("slot"),
    Column("first", Date, nullable=False),
    Column("last", Date, nullable=False),
    Column("begins", NAME),  # "08:00", of a shift
    Column("ends", NAME),
    word("state"),
    # No foreign key: orders already point here, and a round's occurrences share one order.
    Column("order_id", BigInteger().with_variant(Integer, "sqlite")),
    number("into_id"),
    Column("day", Date),
    Column("placement", Json),
    time("finished_at", nullable=True),
    Column("used", Float),
    number("ended_by"),
    Column("reason", Words, nullable=False, server_default=text("''")),
    Index("uq_occurrences_slot", "site_id", "plan", "asset", "slot", unique=True),
    Index("ix_occurrences_last", "site_id", "last"),
)
Index(
    "ix_occurrences_unfinished",
    occurrences.c.site_id,
    occurrences.c.first,
    sqlite_where=_UNFINISHED,
    postgresql_where=_UNFINISHED,
)

for _name, _column in (("order", "order_id"), ("into", "into_id")):
    _given = text(f"{_column} IS NOT NULL")
    Index(f"ix_occurrences_{_name}", occurrences.c[_column], sqlite_where=_given, postgresql_where=_given)

expansions = Table(
    "expansions",
    metadata,
    Column("site_id", NAME, primary_key=True),
    Column("plan", NAME, primary_key=True),
    Column("asset", NAME, primary_key=True),
    word("trigger"),
    Column("until", Date, nullable=False),
)

plan_switches = Table(
    "plan_switches",
    metadata,
    Column("site_id", NAME, primary_key=True),
    Column("plan", NAME, primary_key=True),
    Column("off_from", Date),
    Column("reason", Words, nullable=False),
    reference("person", "people", nullable=False),
    time("at"),
    Column("version", Integer, nullable=False),
)

plan_changes = Table(
    "plan_changes",
    metadata,
    Column("site_id", NAME, primary_key=True),
    Column("plan", NAME, primary_key=True),
    Column("falls_due", Json, nullable=False),
    word("side"),
    Column("minutes", Integer),
    Column("reason", Words, nullable=False),
    reference("person", "people", nullable=False),
    time("at"),
    Column("version", Integer, nullable=False),
)

usage = Table(
    "usage",
    metadata,
    Column("site_id", NAME, primary_key=True),
    Column("asset", NAME, primary_key=True),
    Column("point", NAME, primary_key=True),
    time("at"),
    Column("reading", Float, nullable=False),
    Column("total", Float, nullable=False),
)
