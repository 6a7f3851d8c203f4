"""Ended conditions remember whether it was decided that they are news; indexes for looking them and their alerts up."""

from alembic import op
import sqlalchemy as sa


revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("conditions", sa.Column("weighed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_conditions_ended", "conditions", ["site_id", "rule", "ended_at"], unique=False)
    op.create_index("ix_conditions_of_rule", "conditions", ["site_id", "asset", "rule", "ended_at"], unique=False)
    op.create_index(
        "ix_conditions_unweighed",
        "conditions",
        ["site_id", "ended_at"],
        unique=False,
        sqlite_where=sa.text("NOT weighed"),
        postgresql_where=sa.text("NOT weighed"),
    )
    op.create_index("ix_alerts_of_rule", "alerts", ["site_id", "asset", "rule", "onset"], unique=False)
