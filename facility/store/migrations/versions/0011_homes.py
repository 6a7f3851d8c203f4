"""Homes, and who lives there."""

from alembic import op
import sqlalchemy as sa


revision = "0011"
down_revision = "0010"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "homes",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("building", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("vacant_since", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_homes"),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_homes_address", "homes", ["site_id", "building", "unit", "number"], unique=True)
    op.create_table(
        "residents",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("home", NUMBER, nullable=False),
        sa.Column("pseudonym", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("plates", sa.Text(), nullable=False),
        sa.Column("came_on", sa.Date(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["home"], ["homes.id"], name="fk_residents_home"),
        sa.PrimaryKeyConstraint("id", name="pk_residents"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_residents_home", "residents", ["home"], unique=False)
    op.create_index("uq_residents_pseudonym", "residents", ["site_id", "pseudonym"], unique=True)
