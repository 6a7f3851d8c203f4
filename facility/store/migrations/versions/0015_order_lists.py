"""Indexes of the board of orders: by state, by due time, by person; the days whose morning messages were made."""

from alembic import op
import sqlalchemy as sa


revision = "0015"
down_revision = "0013"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.String(length=32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_index("ix_orders_state", "orders", ["site_id", "state", "due_at"], unique=False)
    op.create_index("ix_orders_due", "orders", ["site_id", "due_at"], unique=False)
    op.create_index("ix_orders_person", "orders", ["site_id", "person"], unique=False)
    _table("mornings", sa.Column("day", sa.Date(), nullable=False), sa.Column("made_at", TIME, nullable=False))
    op.create_index("uq_mornings_day", "mornings", ["site_id", "day"], unique=True)


def _table(name: str, *items: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        *items,
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        sqlite_autoincrement=True,
    )
