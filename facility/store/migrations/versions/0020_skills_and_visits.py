"""What people have learnt; the vacant homes that orders list."""

from alembic import op
import sqlalchemy as sa


revision = "0020"
down_revision = "0019"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.String(length=32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.add_column("people", sa.Column("skills", sa.Text(), server_default="{}", nullable=False))
    op.create_table(
        "home_visits",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("order", NUMBER, nullable=False),
        sa.Column("home", NUMBER, nullable=False),
        sa.Column("building", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("left_out_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["order"], ["orders.id"], name="fk_home_visits_order"),
        sa.ForeignKeyConstraint(["home"], ["homes.id"], name="fk_home_visits_home"),
        sa.PrimaryKeyConstraint("id", name="pk_home_visits"),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_home_visits_home", "home_visits", ["order", "home"], unique=True)
    op.create_index("ix_home_visits_home", "home_visits", ["home"], unique=False)
