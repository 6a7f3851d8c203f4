"""Alerts are told in rounds, latched, hidden, announced; a deadline a step; suppressions, announced outages; the audit chain."""

from alembic import op
import sqlalchemy as sa

from facility.store.sql.columns import Json, Moment, Words


revision = "0006"
down_revision = "0005"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN = "met_at IS NULL AND missed_at IS NULL AND waived_at IS NULL"
STANDING = "ended_at IS NULL"


def upgrade() -> None:
    _widen()
    _deadline_a_step()
    _suppressions()
    _announcements()
    _audit()


def _widen() -> None:
    for column in (
        sa.Column("area", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("note", Words(), nullable=False, server_default=sa.text("''")),
        sa.Column("raised_by", NUMBER),
        sa.Column("latched", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("hidden", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("round", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("round_at", Moment(length=32)),
        sa.Column("announced", NUMBER),
        sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
    ):
        op.add_column("alerts", column)
    op.add_column("notices", sa.Column("round", sa.Integer(), nullable=False, server_default="0"))


def _deadline_a_step() -> None:
    """SQLite cannot change a primary key: the rows wait in a copy."""
    op.execute("CREATE TABLE deadlines_before AS SELECT * FROM deadlines")
    op.drop_table("deadlines")
    op.create_table(
        "deadlines",
        sa.Column("alert", NUMBER, autoincrement=False, nullable=False),
        sa.Column("round", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("due_at", Moment(length=32), nullable=False),
        sa.Column("met_at", Moment(length=32)),
        sa.Column("notice", NUMBER),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("missed_at", Moment(length=32)),
        sa.Column("waived_at", Moment(length=32)),
        sa.ForeignKeyConstraint(["alert"], ["alerts.id"], name=op.f("fk_deadlines_alert")),
        sa.ForeignKeyConstraint(["notice"], ["notices.id"], name=op.f("fk_deadlines_notice")),
        sa.PrimaryKeyConstraint("alert", "round", "step", name=op.f("pk_deadlines")),
    )
    op.execute(
        "INSERT INTO deadlines (alert, round, step, site_id, position, due_at, met_at, notice, proof, missed_at)"
        " SELECT alert, 0, 0, site_id, '', due_at, met_at, notice, '', missed_at FROM deadlines_before"
    )
    op.execute("DROP TABLE deadlines_before")
    where = sa.text(OPEN)
    op.create_index(
        "ix_deadlines_open", "deadlines", ["site_id", "due_at"], sqlite_where=where, postgresql_where=where
    )


def _suppressions() -> None:
    op.create_table(
        "suppressions",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("since", Moment(length=32), nullable=False),
        sa.Column("until", Moment(length=32)),
        sa.Column("reason", Words(), nullable=False),
        sa.Column("person", NUMBER, nullable=False),
        sa.Column("ended_at", Moment(length=32)),
        sa.Column("ended_by", NUMBER),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_suppressions_person")),
        sa.ForeignKeyConstraint(["ended_by"], ["people.id"], name=op.f("fk_suppressions_ended_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppressions")),
        sqlite_autoincrement=True,
    )
    where = sa.text(STANDING)
    op.create_index(
        "uq_suppressions_standing",
        "suppressions",
        ["site_id", "kind", "asset", "rule"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )


def _announcements() -> None:
    op.create_table(
        "announcements",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("supply", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("starts_at", Moment(length=32), nullable=False),
        sa.Column("ends_at", Moment(length=32), nullable=False),
        sa.Column("source", Words(), nullable=False),
        sa.Column("person", NUMBER, nullable=False),
        sa.Column("entered_at", Moment(length=32), nullable=False),
        sa.Column("cancelled_at", Moment(length=32)),
        sa.Column("cancelled_by", NUMBER),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_announcements_person")),
        sa.ForeignKeyConstraint(["cancelled_by"], ["people.id"], name=op.f("fk_announcements_cancelled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_announcements_ends", "announcements", ["site_id", "ends_at"])


def _audit() -> None:
    """Append-only: the database itself refuses to change or delete a row."""
    op.create_table(
        "audit",
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", Moment(length=32), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", Json(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "number", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_subject", "audit", ["site_id", "subject"])
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_is_append_only_{change.lower()} BEFORE {change} ON audit"
            " BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
        )
