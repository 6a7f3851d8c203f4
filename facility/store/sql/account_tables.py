"""The tables of signing in: accounts, sessions, keys of machines, the record and the pauses against guessing."""

from sqlalchemy import Boolean, Column, Float, Index, Table

from facility.store.sql.columns import Json, Words
from facility.store.sql.schema import NAME, metadata, numbered, reference, time, word

accounts = numbered(
    "accounts",
    word("login"),
    Column("name", Words, nullable=False),
    reference("person", "people"),
    Column("roles", Json, nullable=False),
    word("password"),
    Column("must_change", Boolean, nullable=False),
    Column("disabled", Boolean, nullable=False),
    time("made_at"),
    time("changed_at"),
    Index("uq_accounts_login", "site_id", "login", unique=True),
)

sessions = numbered(
    "sessions",
    reference("account", "accounts", nullable=False),
    word("token_hash"),
    time("made_at"),
    time("seen_at"),
    time("expires_at"),
    word("address"),
    Column("agent", Words, nullable=False),
    Index("uq_sessions_token", "site_id", "token_hash", unique=True),
    Index("ix_sessions_account", "account"),
)

api_keys = numbered(
    "api_keys",
    Column("name", Words, nullable=False),
    word("key_hash"),
    Column("scopes", Json, nullable=False),
    time("made_at"),
    time("expires_at"),
    time("revoked_at", nullable=True),
    time("used_at", nullable=True),
    Index("uq_api_keys_hash", "site_id", "key_hash", unique=True),
)

sign_in_events = numbered(
    "sign_in_events",
    time("at"),
    word("step"),
    Column("login", Words, nullable=False),
    Column("address", Words, nullable=False),
    Column("agent", Words, nullable=False),
    Column("detail", Words, nullable=False),
    Index("ix_sign_in_events_at", "site_id", "at"),
)

sign_in_attempts = Table(
    "sign_in_attempts",
    metadata,
    Column("site_id", NAME, primary_key=True),
    Column("subject", NAME, primary_key=True),
    Column("tries", Float, nullable=False),
    time("at"),
)
