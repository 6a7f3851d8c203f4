"""Work that was done before the program was there; plans that people switch off; renewed certificates."""

from alembic import op
import sqlalchemy as sa


revision = "0015"
down_revision = "0014"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.String(length=32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "past_services",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("finished", sa.Date(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_past_services"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_past_services_row",
        "past_services",
        ["site_id", "asset", "plan", "kind", "what", "finished"],
        unique=True,
    )
    op.create_table(
        "plan_switches",
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("off_from", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("person", NUMBER, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_plan_switches_person"),
        sa.PrimaryKeyConstraint("site_id", "plan", name="pk_plan_switches"),
    )
    op.create_table(
        "renewals",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("expires", sa.Date(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("person", NUMBER, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_renewals_person"),
        sa.PrimaryKeyConstraint("id", name="pk_renewals"),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_renewals_day", "renewals", ["site_id", "asset", "kind", "expires"], unique=True)
