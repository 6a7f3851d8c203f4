"""Duties of people: rosters, swaps, absences, deputies, quiet hours, their record; people who left are retired."""

from alembic import op
import sqlalchemy as sa


revision = "0004"
down_revision = "0003"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.add_column("people", sa.Column("quiet", sa.Text(), nullable=True))
    op.add_column("people", sa.Column("verified", sa.Text(), nullable=False, server_default="{}"))
    op.add_column("people", sa.Column("retired_at", MOMENT, nullable=True))
    _rosters()
    op.create_table(
        "absences",
        *_numbered("absences"),
        *_person("absences", "person"),
        sa.Column("begins_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_absences_end", "absences", ["site_id", "ends_at"], unique=False)
    op.create_table(
        "deputies",
        *_numbered("deputies"),
        *_person("deputies", "of_person", nullable=True),
        sa.Column("of_position", sa.Text(), nullable=False),
        *_person("deputies", "deputy"),
        sa.Column("place", sa.Integer(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_deputies_site", "deputies", ["site_id", "place"], unique=False)
    op.create_table(
        "person_events",
        *_numbered("person_events"),
        *_person("person_events", "person"),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        *_person("person_events", "by", nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_person_events_person", "person_events", ["person"], unique=False)


def _rosters() -> None:
    op.create_table(
        "rosters",
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("shifts", sa.Text(), nullable=False),
        sa.Column("turns", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "id", name="pk_rosters"),
    )
    op.create_index("uq_rosters_position", "rosters", ["site_id", "position"], unique=True)
    op.create_table(
        "swaps",
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("roster", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("shift", sa.Text(), nullable=False),
        sa.Column("people", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "roster", "day", "shift", name="pk_swaps"),
    )
    op.create_table(
        "vacancies",
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("begins_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=True),
        sa.Column("told_at", MOMENT, nullable=False),
        sa.Column("told_again_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("site_id", "position", "begins_at", name="pk_vacancies"),
    )


def _numbered(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    ]


def _person(table: str, column: str, nullable: bool = False) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column(column, NUMBER, nullable=nullable),
        sa.ForeignKeyConstraint([column], ["people.id"], name=f"fk_{table}_{column}"),
    ]
