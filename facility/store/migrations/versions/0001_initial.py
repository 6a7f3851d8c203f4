"""The work database as it began. Plain types only: a migration never changes when the program does."""

from alembic import op
import sqlalchemy as sa


revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "conditions",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("collector", sa.Text(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("onset", MOMENT, nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("point", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("limit_value", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_conditions"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_conditions_recent", "conditions", ["site_id", "onset"], unique=False)
    op.create_index(
        "uq_conditions_onset", "conditions", ["site_id", "collector", "asset", "rule", "onset"], unique=True
    )
    op.create_index(
        "uq_conditions_open",
        "conditions",
        ["site_id", "collector", "asset", "rule"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )

    op.create_table(
        "edges",
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("collector", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("onset", MOMENT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("point", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("limit_value", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("site_id", "collector", "sequence", name="pk_edges"),
    )
    op.create_table(
        "leases",
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("beat", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "name", name="pk_leases"),
    )
    op.create_table(
        "occurrences",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("order_id", NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_occurrences"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_occurrences_last", "occurrences", ["site_id", "last"], unique=False)
    op.create_index("uq_occurrences_slot", "occurrences", ["site_id", "plan", "asset", "slot"], unique=True)

    op.create_table(
        "people",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("contacts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_people_login", "people", ["site_id", "login"], unique=True)

    op.create_table(
        "revisions",
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("applied_at", MOMENT, nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "number", name="pk_revisions"),
    )
    op.create_table(
        "alerts",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("onset", MOMENT, nullable=False),
        sa.Column("raised_at", MOMENT, nullable=False),
        sa.Column("acknowledged_at", MOMENT, nullable=True),
        sa.Column("acknowledged_by", NUMBER, nullable=True),
        sa.Column("returned_at", MOMENT, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("point", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("limit_value", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["acknowledged_by"], ["people.id"], name="fk_alerts_acknowledged_by"),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alerts_recent", "alerts", ["site_id", "raised_at"], unique=False)
    op.create_index(
        "uq_alerts_unclosed",
        "alerts",
        ["site_id", "asset", "rule"],
        unique=True,
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
    )

    op.create_table(
        "holdings",
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("person", NUMBER, nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_holdings_person"),
        sa.PrimaryKeyConstraint("person", "position", name="pk_holdings"),
    )
    op.create_index("ix_holdings_position", "holdings", ["site_id", "position"], unique=False)

    op.create_table(
        "alert_events",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("alert", NUMBER, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("person", NUMBER, nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["alert"], ["alerts.id"], name="fk_alert_events_alert"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_alert_events_person"),
        sa.PrimaryKeyConstraint("id", name="pk_alert_events"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alert_events_alert", "alert_events", ["alert"], unique=False)

    op.create_table(
        "orders",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("title_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("person", NUMBER, nullable=True),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("alert", NUMBER, nullable=True),
        sa.Column("occurrence", NUMBER, nullable=True),
        sa.Column("finished_by", NUMBER, nullable=True),
        sa.Column("checked_by", NUMBER, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["alert"], ["alerts.id"], name="fk_orders_alert"),
        sa.ForeignKeyConstraint(["checked_by"], ["people.id"], name="fk_orders_checked_by"),
        sa.ForeignKeyConstraint(["finished_by"], ["people.id"], name="fk_orders_finished_by"),
        sa.ForeignKeyConstraint(["occurrence"], ["occurrences.id"], name="fk_orders_occurrence"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_orders_person"),
        sa.PrimaryKeyConstraint("id", name="pk_orders"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_orders_recent", "orders", ["site_id", "opened_at"], unique=False)
    op.create_index("uq_orders_alert", "orders", ["alert"], unique=True)
    op.create_index("uq_orders_occurrence", "orders", ["occurrence"], unique=True)

    op.create_table(
        "notices",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("person", NUMBER, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("params", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("alert", NUMBER, nullable=True),
        sa.Column("order_id", NUMBER, nullable=True),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("answer_code", sa.Text(), nullable=False),
        sa.Column("answer_text", sa.Text(), nullable=False),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["alert"], ["alerts.id"], name="fk_notices_alert"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_notices_order_id"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_notices_person"),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notices_alert", "notices", ["alert"], unique=False)
    op.create_index("ix_notices_order", "notices", ["order_id"], unique=False)
    op.create_index(
        "ix_notices_waiting",
        "notices",
        ["site_id", "next_at"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index("uq_notices_key", "notices", ["site_id", "key"], unique=True)

    op.create_table(
        "order_events",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("order_id", NUMBER, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("person", NUMBER, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("measured", sa.Float(), nullable=True),
        sa.Column("measured_point", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_order_events_order_id"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_order_events_person"),
        sa.PrimaryKeyConstraint("id", name="pk_order_events"),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_order_events_key", "order_events", ["order_id", "key"], unique=True)

    op.create_table(
        "deadlines",
        sa.Column("alert", NUMBER, autoincrement=False, nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("met_at", MOMENT, nullable=True),
        sa.Column("notice", NUMBER, nullable=True),
        sa.Column("missed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["alert"], ["alerts.id"], name="fk_deadlines_alert"),
        sa.ForeignKeyConstraint(["notice"], ["notices.id"], name="fk_deadlines_notice"),
        sa.PrimaryKeyConstraint("alert", name="pk_deadlines"),
    )
    op.create_index(
        "ix_deadlines_open",
        "deadlines",
        ["site_id", "due_at"],
        unique=False,
        sqlite_where=sa.text("met_at IS NULL AND missed_at IS NULL"),
        postgresql_where=sa.text("met_at IS NULL AND missed_at IS NULL"),
    )
