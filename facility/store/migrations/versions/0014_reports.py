"""Frozen reports, assessments of buildings; orders by when they are due, steps by when they were taken."""

from alembic import op
import sqlalchemy as sa


revision = "0014"
down_revision = "0013"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.String(length=32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_index("ix_orders_due", "orders", ["site_id", "due_at"], unique=False)
    op.create_index("ix_order_events_at", "order_events", ["site_id", "at"], unique=False)
    op.create_table(
        "assessments",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("building", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("looked_at", sa.Integer(), nullable=False),
        sa.Column("sound", sa.Integer(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("person", NUMBER, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_assessments_person"),
        sa.PrimaryKeyConstraint("id", name="pk_assessments"),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_assessments_building", "assessments", ["site_id", "building", "month"], unique=True)
    op.create_table(
        "reports",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reports"),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_reports_period", "reports", ["site_id", "kind", "team", "first"], unique=True)
    op.create_index("ix_reports_made", "reports", ["site_id", "made_at"], unique=False)
