"""Requests, complaints, call backs, daily lists; orders that belong to a request, and why an order waits."""

from alembic import op
import sqlalchemy as sa


revision = "0013"
down_revision = "0012"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.String(length=32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.add_column("orders", sa.Column("place", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("orders", sa.Column("request", NUMBER, nullable=True))
    op.create_index("ix_orders_request", "orders", ["request"], unique=False)
    op.add_column("order_events", sa.Column("detail", sa.Text(), server_default=sa.text("''"), nullable=False))
    _requests()
    _of_requests()
    _table(
        "daily_lists",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("rows", sa.Text(), nullable=False),
    )
    op.create_index("uq_daily_lists_day", "daily_lists", ["site_id", "day"], unique=True)
    _table(
        "report_places",
        *_words("token_hash", "area", "asset", "place"),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("revoked_at", TIME, nullable=True),
    )
    op.create_index("uq_report_places_token", "report_places", ["token_hash"], unique=True)


def _requests() -> None:
    _table(
        "requests",
        *_words("key", "kind", "category", "words", "area", "came", "state"),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("entered_at", TIME, nullable=False),
        sa.Column("home", NUMBER, nullable=True),
        *_words("asset", "place", "reporter_name", "reporter_phone"),
        sa.Column("resident", NUMBER, nullable=True),
        sa.Column("receiver", NUMBER, nullable=True),
        *_words("duty"),
        sa.Column("order_id", NUMBER, nullable=True),
        sa.Column("alert", NUMBER, nullable=True),
        sa.Column("repeats", NUMBER, nullable=True),
        *(
            sa.Column(name, TIME, nullable=True)
            for name in ("confirmed_at", "escalated_at", "finished_at", "closed_at")
        ),
        sa.Column("responsible", NUMBER, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=f"fk_requests_{column}")
            for column, table in (
                ("home", "homes"), ("receiver", "people"), ("order_id", "orders"), ("alert", "alerts"), ("responsible", "people")
            )
        ),
    )
    op.create_index("uq_requests_key", "requests", ["site_id", "key"], unique=True)
    op.create_index("ix_requests_received", "requests", ["site_id", "received_at"], unique=False)
    op.create_index("ix_requests_state", "requests", ["site_id", "state"], unique=False)
    for name, column in (("order", "order_id"), ("home", "home"), ("resident", "resident")):
        op.create_index(f"ix_requests_{name}", "requests", [column], unique=False)


def _of_requests() -> None:
    _of_request(
        "request_events",
        *_words("key"),
        sa.Column("at", TIME, nullable=False),
        *_words("what"),
        sa.Column("person", NUMBER, nullable=True),
        *_words("note", "detail"),
    )
    op.create_index("uq_request_events_key", "request_events", ["request", "key"], unique=True)
    _of_request(
        "follow_ups",
        *_words("key"),
        sa.Column("at", TIME, nullable=False),
        sa.Column("person", NUMBER, nullable=False),
        sa.Column("satisfied", sa.Text(), nullable=True),
        sa.Column("first_visit", sa.Boolean(), nullable=True),
        sa.Column("again_at", TIME, nullable=True),
        *_words("remark"),
    )
    op.create_index("uq_follow_ups_key", "follow_ups", ["request", "key"], unique=True)
    op.create_index("ix_follow_ups_at", "follow_ups", ["site_id", "at"], unique=False)
    _of_request(
        "outside_steps",
        *_words("name"),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_at", TIME, nullable=True),
        sa.Column("person", NUMBER, nullable=True),
        *_words("words"),
    )
    op.create_index("uq_outside_steps_name", "outside_steps", ["request", "name"], unique=True)


def _of_request(name: str, *columns: sa.schema.SchemaItem) -> None:
    _table(
        name,
        sa.Column("request", NUMBER, nullable=False),
        *columns,
        sa.ForeignKeyConstraint(["request"], ["requests.id"], name=f"fk_{name}_request"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=f"fk_{name}_person"),
    )


def _words(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _table(name: str, *items: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        *items,
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        sqlite_autoincrement=True,
    )
