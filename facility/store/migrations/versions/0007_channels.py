"""Health and monthly use of the message channels; receipts of gateways."""

from alembic import op
import sqlalchemy as sa


revision = "0007"
down_revision = "0006"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "channel_health",
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("accepted_at", MOMENT, nullable=True),
        sa.Column("refused_at", MOMENT, nullable=True),
        sa.Column("refused_code", sa.Text(), nullable=False),
        sa.Column("refused_text", sa.Text(), nullable=False),
        sa.Column("failing_since", MOMENT, nullable=True),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "channel", name="pk_channel_health"),
    )
    op.create_table(
        "receipts",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("notice", NUMBER, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["notice"], ["notices.id"], name="fk_receipts_notice"),
        sa.PrimaryKeyConstraint("id", name="pk_receipts"),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_receipts_report", "receipts", ["notice", "state", "key"], unique=True)
