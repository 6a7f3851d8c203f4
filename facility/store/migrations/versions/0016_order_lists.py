"""Indexes of the board of orders: by state, by due time, by person."""

from alembic import op


revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_index("ix_orders_state", "orders", ["site_id", "state", "due_at"], unique=False)
    op.create_index("ix_orders_person", "orders", ["site_id", "person"], unique=False)
