"""Planned work: days within windows, shifts, work that a larger order does, excuses; how far plans are expanded."""

from alembic import op
import sqlalchemy as sa


revision = "0009"
down_revision = "0008"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
UNFINISHED = sa.text("state IN ('planned', 'open', 'merged')")


def upgrade() -> None:
    op.add_column("occurrences", sa.Column("begins", sa.Text(), nullable=True))
    op.add_column("occurrences", sa.Column("ends", sa.Text(), nullable=True))
    op.add_column("occurrences", sa.Column("into_id", NUMBER, nullable=True))
    op.add_column("occurrences", sa.Column("day", sa.Date(), nullable=True))
    op.add_column("occurrences", sa.Column("placement", sa.Text(), nullable=True))
    op.add_column("occurrences", sa.Column("finished_at", MOMENT, nullable=True))
    op.add_column("occurrences", sa.Column("used", sa.Float(), nullable=True))
    op.add_column("occurrences", sa.Column("ended_by", NUMBER, nullable=True))
    op.add_column("occurrences", sa.Column("reason", sa.Text(), nullable=False, server_default=sa.text("''")))
    for name, column in (("order", "order_id"), ("into", "into_id")):
        given = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_occurrences_{name}", "occurrences", [column], unique=False, sqlite_where=given, postgresql_where=given
        )
    op.create_index(
        "ix_occurrences_unfinished",
        "occurrences",
        ["site_id", "first"],
        unique=False,
        sqlite_where=UNFINISHED,
        postgresql_where=UNFINISHED,
    )
    op.create_table(
        "expansions",
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "plan", "asset", name="pk_expansions"),
    )
    op.create_table(
        "usage",
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("point", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("reading", sa.Float(), nullable=False),
        sa.Column("total", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "asset", "point", name="pk_usage"),
    )
