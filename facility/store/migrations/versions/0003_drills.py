"""Drills, alerts that are of one, and the steps of emergency plans that were ticked off."""

from alembic import op
import sqlalchemy as sa


revision = "0003"
down_revision = "0002"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "drills",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("scenario", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("started_by", NUMBER, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("participants", sa.Text(), nullable=False),
        sa.Column("evaluation", sa.Text(), nullable=False),
        sa.Column("evaluated_by", NUMBER, nullable=True),
        sa.ForeignKeyConstraint(["started_by"], ["people.id"], name="fk_drills_started_by"),
        sa.ForeignKeyConstraint(["evaluated_by"], ["people.id"], name="fk_drills_evaluated_by"),
        sa.PrimaryKeyConstraint("id", name="pk_drills"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_drills_running",
        "drills",
        ["site_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "plan_steps",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("alert", NUMBER, nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("person", NUMBER, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["alert"], ["alerts.id"], name="fk_plan_steps_alert"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_plan_steps_person"),
        sa.PrimaryKeyConstraint("id", name="pk_plan_steps"),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_plan_steps_step", "plan_steps", ["alert", "step"], unique=True)
    op.add_column("alerts", sa.Column("drill", NUMBER, nullable=True))
