"""The tables of requests, call backs, outside steps, daily lists and places of the public form."""

from sqlalchemy import Boolean, Column, Date, Index, Integer

from facility.store.sql.columns import Json, Words
from facility.store.sql.schema import NAME, number, numbered, reference, time, word

requests = numbered(
    "requests",
    word("key"),
    word("kind"),
    word("category"),
    Column("words", Words, nullable=False),
    word("area"),
    word("came"),
    word("state"),
    time("received_at"),
    time("entered_at"),
    reference("home", "homes"),
    word("asset"),
    Column("place", Words, nullable=False),
    Column("reporter_name", Words, nullable=False),
    word("reporter_phone"),
    number("resident"),
    reference("receiver", "people"),
    word("duty"),
    reference("order_id", "orders"),
    reference("alert", "alerts"),
    number("repeats"),
    time("confirmed_at", nullable=True),
    time("escalated_at", nullable=True),
    time("finished_at", nullable=True),
    time("closed_at", nullable=True),
    reference("responsible", "people"),
    Column("version", Integer, nullable=False),
    Index("uq_requests_key", "site_id", "key", unique=True),
    Index("ix_requests_received", "site_id", "received_at"),
    Index("ix_requests_state", "site_id", "state"),
    Index("ix_requests_order", "order_id"),
    Index("ix_requests_home", "home"),
    Index("ix_requests_resident", "resident"),
)

request_events = numbered(
    "request_events",
    reference("request", "requests", nullable=False),
    word("key"),
    time("at"),
    word("what"),
    reference("person", "people"),
    Column("note", Words, nullable=False),
    Column("detail", Words, nullable=False),
    Index("uq_request_events_key", "request", "key", unique=True),
)

follow_ups = numbered(
    "follow_ups",
    reference("request", "requests", nullable=False),
    word("key"),
    time("at"),
    reference("person", "people", nullable=False),
    Column("satisfied", NAME),
    Column("first_visit", Boolean),
    time("again_at", nullable=True),
    Column("remark", Words, nullable=False),
    Index("uq_follow_ups_key", "request", "key", unique=True),
    Index("ix_follow_ups_at", "site_id", "at"),
)

outside_steps = numbered(
    "outside_steps",
    reference("request", "requests", nullable=False),
    word("name"),
    Column("due_on", Date, nullable=False),
    time("done_at", nullable=True),
    reference("person", "people"),
    Column("words", Words, nullable=False),
    Index("uq_outside_steps_name", "request", "name", unique=True),
)

daily_lists = numbered(
    "daily_lists",
    Column("day", Date, nullable=False),
    time("made_at"),
    Column("rows", Json, nullable=False),
    Index("uq_daily_lists_day", "site_id", "day", unique=True),
)

report_places = numbered(
    "report_places",
    word("token_hash"),
    word("area"),
    word("asset"),
    Column("place", Words, nullable=False),
    time("made_at"),
    time("revoked_at", nullable=True),
    Index("uq_report_places_token", "token_hash", unique=True),
)
