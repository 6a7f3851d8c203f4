"""Indexes of the board of orders: by state, by due time, by person; the days whose morning messages were made; the shift handover log; calendar feeds."""

from alembic import op
import sqlalchemy as sa


revision = "0016"
down_revision = "0015"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.String(length=32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_index("ix_orders_state", "orders", ["site_id", "state", "due_at"], unique=False)
    op.create_index("ix_orders_person", "orders", ["site_id", "person"], unique=False)
    _table("mornings", sa.Column("day", sa.Date(), nullable=False), sa.Column("made_at", TIME, nullable=False))
    op.create_index("uq_mornings_day", "mornings", ["site_id", "day"], unique=True)
    _handovers()
    _table(
        "calendar_feeds",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("person", NUMBER, nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("revoked_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_calendar_feeds_person"),
    )
    op.create_index("uq_calendar_feeds_token", "calendar_feeds", ["token_hash"], unique=True)


def _handovers() -> None:
    _table(
        "handovers",
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("shift", sa.Text(), nullable=False),
        sa.Column("begins_at", TIME, nullable=False),
        sa.Column("ends_at", TIME, nullable=False),
        sa.Column("giver", NUMBER, nullable=False),
        sa.Column("given_at", TIME, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("taker", NUMBER, nullable=True),
        sa.Column("taken_at", TIME, nullable=True),
        sa.Column("taken_words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["giver"], ["people.id"], name="fk_handovers_giver"),
        sa.ForeignKeyConstraint(["taker"], ["people.id"], name="fk_handovers_taker"),
    )
    op.create_index("uq_handovers_shift", "handovers", ["site_id", "position", "day", "shift"], unique=True)
    op.create_index("ix_handovers_begin", "handovers", ["site_id", "begins_at"], unique=False)
    _table(
        "handover_additions",
        sa.Column("handover", NUMBER, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("person", NUMBER, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["handover"], ["handovers.id"], name="fk_handover_additions_handover"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_handover_additions_person"),
    )
    op.create_index("uq_handover_additions_key", "handover_additions", ["handover", "key"], unique=True)


def _table(name: str, *items: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        *items,
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        sqlite_autoincrement=True,
    )
