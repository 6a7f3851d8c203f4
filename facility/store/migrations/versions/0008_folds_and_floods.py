"""Consequences that are told by their cause's alert; floods of alerts; one open order to tune a rule."""

from alembic import op
import sqlalchemy as sa


revision = "0008"
down_revision = "0007"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
UNENDED = sa.text("ended_at IS NULL")
TUNING = sa.text("kind = 'tuning' AND state NOT IN ('closed', 'cancelled')")


def upgrade() -> None:
    op.create_table(
        "folds",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("onset", MOMENT, nullable=False),
        sa.Column("cause", NUMBER, nullable=False),
        sa.Column("by_asset", sa.Text(), nullable=False),
        sa.Column("by_rule", sa.Text(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("own", NUMBER, nullable=True),
        sa.Column("doubted_at", MOMENT, nullable=True),
        sa.Column("explained_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("released_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["cause"], ["alerts.id"], name="fk_folds_cause"),
        sa.ForeignKeyConstraint(["own"], ["alerts.id"], name="fk_folds_own"),
        sa.PrimaryKeyConstraint("id", name="pk_folds"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_folds_cause", "folds", ["cause"], unique=False)
    op.create_index("ix_folds_of_rule", "folds", ["site_id", "asset", "rule", "onset"], unique=False)
    op.create_index(
        "uq_folds_unended",
        "folds",
        ["site_id", "asset", "rule"],
        unique=True,
        sqlite_where=UNENDED,
        postgresql_where=UNENDED,
    )
    op.create_table(
        "floods",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("peak", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_floods"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_floods_began", "floods", ["site_id", "began_at"], unique=False)
    op.create_index(
        "uq_floods_unended", "floods", ["site_id"], unique=True, sqlite_where=UNENDED, postgresql_where=UNENDED
    )
    op.create_index(
        "uq_orders_tuning",
        "orders",
        ["site_id", "title_id"],
        unique=True,
        sqlite_where=TUNING,
        postgresql_where=TUNING,
    )
