"""The tables of the work database. Unique indexes carry the promises; every row belongs to one site."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    false,
    text,
)
from sqlalchemy.sql.schema import SchemaItem

from facility.store.sql.columns import Json, Measured, Words
from facility.store.sql.schema import NAME
from facility.store.sql.schema import metadata as metadata
from facility.store.sql.schema import number as _number
from facility.store.sql.schema import numbered as _numbered
from facility.store.sql.schema import reference as _reference
from facility.store.sql.schema import time as _time
from facility.store.sql.schema import word as _word


def _shown() -> list[SchemaItem]:
    return [_word("point"), Column("value", Measured), Column("limit_value", Measured)]


people = _numbered(
    "people",
    _word("login"),
    Column("name", Words, nullable=False),
    _word("language"),
    Column("contacts", Json, nullable=False),
    Column("quiet", NAME),  # "22:00-07:00"
    Column("verified", Json, nullable=False, server_default="{}"),
    _time("retired_at", nullable=True),
    Column("skills", Json, nullable=False, server_default="{}"),  # with the last day of each licence, or null
    Index("uq_people_login", "site_id", "login", unique=True),
)

holdings = Table(
    "holdings",
    metadata,
    Column("site_id", NAME, nullable=False),
    Column("person", BigInteger().with_variant(Integer, "sqlite"), ForeignKey("people.id"), primary_key=True),
    Column("position", NAME, primary_key=True),
    Column("place", Integer, nullable=False),
    Index("ix_holdings_position", "site_id", "position"),
)

edges = Table(
    "edges",
    metadata,
    Column("site_id", NAME, primary_key=True),
    Column("collector", NAME, primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    _word("asset"),
    _word("rule"),
    _word("kind"),
    _time("onset"),
    _time("at"),
    *_shown(),
)

conditions = _numbered(
    "conditions",
    _word("collector"),
    _word("asset"),
    _word("rule"),
    _time("onset"),
    _time("opened_at"),
    _time("ended_at", nullable=True),
    *_shown(),
    # after its end: it was decided whether it is news that nobody was told of
    Column("weighed", Boolean, nullable=False, server_default=false()),
)
Index(
    "uq_conditions_onset", *(conditions.c[n] for n in ("site_id", "collector", "asset", "rule", "onset")), unique=True
)
Index(
    "uq_conditions_open",
    *(conditions.c[n] for n in ("site_id", "collector", "asset", "rule")),
    unique=True,
    sqlite_where=text("ended_at IS NULL"),
    postgresql_where=text("ended_at IS NULL"),
)
Index("ix_conditions_recent", conditions.c.site_id, conditions.c.onset)
Index("ix_conditions_ended", *(conditions.c[n] for n in ("site_id", "rule", "ended_at")))
Index("ix_conditions_of_rule", *(conditions.c[n] for n in ("site_id", "asset", "rule", "ended_at")))
Index(
    "ix_conditions_unweighed",
    *(conditions.c[n] for n in ("site_id", "ended_at")),
    sqlite_where=text("NOT weighed"),
    postgresql_where=text("NOT weighed"),
)

alerts = _numbered(
    "alerts",
    _word("asset"),
    _word("rule"),
    _word("kind"),
    Column("level", Integer, nullable=False),
    _word("state"),
    _time("onset"),
    _time("raised_at"),
    _time("acknowledged_at", nullable=True),
    _reference("acknowledged_by", "people"),
    _time("returned_at", nullable=True),
    _time("closed_at", nullable=True),
    Column("late", Boolean, nullable=False),
    *_shown(),
    Column("drill", BigInteger().with_variant(Integer, "sqlite")),  # no foreign key: SQLite adds none to a table
    _word("area", server_default=text("''")),
    Column("note", Words, nullable=False, server_default=text("''")),
    _number("raised_by"),
    Column("latched", Boolean, nullable=False, server_default=false()),
    _word("hidden", server_default=text("''")),
    Column("round", Integer, nullable=False, server_default="0"),
    _time("round_at", nullable=True),
    _number("announced"),
    Column("version", Integer, nullable=False, server_default="0"),
)
Index(
    "uq_alerts_unclosed",
    *(alerts.c[n] for n in ("site_id", "asset", "rule")),
    unique=True,
    sqlite_where=text("state <> 'closed'"),
    postgresql_where=text("state <> 'closed'"),
)
Index("ix_alerts_recent", alerts.c.site_id, alerts.c.raised_at)
Index("ix_alerts_of_rule", *(alerts.c[n] for n in ("site_id", "asset", "rule", "onset")))

alert_events = _numbered(
    "alert_events",
    _reference("alert", "alerts", nullable=False),
    _time("at"),
    _word("what"),
    _reference("person", "people"),
    Column("detail", Words, nullable=False),
    Index("ix_alert_events_alert", "alert"),
)

orders = _numbered(
    "orders",
    _word("kind"),
    _word("asset"),
    _word("title_id"),
    _word("state"),
    _word("position"),
    _reference("person", "people"),
    _time("opened_at"),
    _time("due_at"),
    _reference("alert", "alerts"),
    _reference("occurrence", "occurrences"),
    _reference("finished_by", "people"),
    _reference("checked_by", "people"),
    _time("closed_at", nullable=True),
    Column("version", Integer, nullable=False),
    _word("origin", server_default=text("'by_hand'")),
    _number("parent"),
    _word("spot_check", server_default=text("''")),
    _number("spot_checked_by"),
    _time("held_until", nullable=True),
    Column("subject", Json),
    _word("line", server_default=text("''")),
    Column("place", Words, nullable=False, server_default=text("''")),
    _number("request"),
    Index("uq_orders_alert", "alert", unique=True),
    Index("uq_orders_occurrence", "occurrence", unique=True),
    Index("ix_orders_recent", "site_id", "opened_at"),
    Index("ix_orders_finisher", "site_id", "finished_by"),
    Index("ix_orders_state", "site_id", "state", "due_at"),
    Index("ix_orders_due", "site_id", "due_at"),
    Index("ix_orders_person", "site_id", "person"),
    Index("ix_orders_parent", "parent"),
    Index("ix_orders_request", "request"),
)
_FOUND = text("line <> ''")
Index("uq_orders_line", orders.c.parent, orders.c.line, unique=True, sqlite_where=_FOUND, postgresql_where=_FOUND)

order_events = _numbered(
    "order_events",
    _reference("order_id", "orders", nullable=False),
    _word("key"),
    _time("at"),
    _word("step"),
    _reference("person", "people"),
    Column("note", Words, nullable=False),
    Column("measured", Float),
    _word("measured_point"),
    _word("detail", server_default=text("''")),
    Index("uq_order_events_key", "order_id", "key", unique=True),
    Index("ix_order_events_at", "site_id", "at"),
)

mornings = _numbered(
    "mornings",
    Column("day", Date, nullable=False),
    _time("made_at"),
    Index("uq_mornings_day", "site_id", "day", unique=True),
)

notices = _numbered(
    "notices",
    _word("key"),
    _reference("person", "people", nullable=False),
    _word("channel"),
    _word("message_id"),
    Column("params", Json, nullable=False),
    Column("level", Integer, nullable=False),
    _time("created_at"),
    _time("next_at"),
    _word("state"),
    Column("attempts", Integer, nullable=False),
    _reference("alert", "alerts"),
    _reference("order_id", "orders"),
    Column("rung", Integer, nullable=False),
    Column("round", Integer, nullable=False, server_default="0"),
    Column("answer_code", Words, nullable=False),
    Column("answer_text", Words, nullable=False),
    _time("done_at", nullable=True),
    Index("uq_notices_key", "site_id", "key", unique=True),
    Index("ix_notices_alert", "alert"),
    Index("ix_notices_order", "order_id"),
)
Index(
    "ix_notices_waiting",
    notices.c.site_id,
    notices.c.next_at,
    sqlite_where=text("state = 'waiting'"),
    postgresql_where=text("state = 'waiting'"),
)

receipts = _numbered(
    "receipts",
    _reference("notice", "notices", nullable=False),
    _word("state"),
    Column("key", Words, nullable=False),
    _time("at"),
    _time("received_at"),
    Index("uq_receipts_report", "notice", "state", "key", unique=True),
)

channel_health = Table(
    "channel_health",
    metadata,
    Column("site_id", NAME, primary_key=True),
    Column("channel", NAME, primary_key=True),
    _time("accepted_at", nullable=True),
    _time("refused_at", nullable=True),
    Column("refused_code", Words, nullable=False),
    Column("refused_text", Words, nullable=False),
    _time("failing_since", nullable=True),
    _word("month"),
    Column("used", Integer, nullable=False),
)

deadlines = Table(
    "deadlines",
    metadata,
    Column(
        "alert",
        BigInteger().with_variant(Integer, "sqlite"),
        ForeignKey("alerts.id"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("round", Integer, primary_key=True, autoincrement=False),
    Column("step", Integer, primary_key=True, autoincrement=False),
    Column("site_id", NAME, nullable=False),
    _word("position"),
    _time("due_at"),
    _time("met_at", nullable=True),
    _reference("notice", "notices"),
    _word("proof"),
    _time("missed_at", nullable=True),
    _time("waived_at", nullable=True),
)
Index(
    "ix_deadlines_open",
    deadlines.c.site_id,
    deadlines.c.due_at,
    sqlite_where=text("met_at IS NULL AND missed_at IS NULL AND waived_at IS NULL"),
    postgresql_where=text("met_at IS NULL AND missed_at IS NULL AND waived_at IS NULL"),
)

suppressions = _numbered(
    "suppressions",
    _word("kind"),
    _word("asset"),
    _word("rule"),
    _time("since"),
    _time("until", nullable=True),
    Column("reason", Words, nullable=False),
    _reference("person", "people", nullable=False),
    _time("ended_at", nullable=True),
    _reference("ended_by", "people"),
)
Index(
    "uq_suppressions_standing",
    *(suppressions.c[n] for n in ("site_id", "kind", "asset", "rule")),
    unique=True,
    sqlite_where=text("ended_at IS NULL"),
    postgresql_where=text("ended_at IS NULL"),
)

announcements = _numbered(
    "announcements",
    _word("supply"),
    _word("area"),
    _time("starts_at"),
    _time("ends_at"),
    Column("source", Words, nullable=False),
    _reference("person", "people", nullable=False),
    _time("entered_at"),
    _time("cancelled_at", nullable=True),
    _reference("cancelled_by", "people"),
    Index("ix_announcements_ends", "site_id", "ends_at"),
)

audit = Table(
    "audit",
    metadata,
    Column("site_id", NAME, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    _time("at"),
    _word("actor"),
    _word("action"),
    _word("subject"),
    Column("detail", Json, nullable=False),
    _word("before"),
    _word("hash"),
    Index("ix_audit_subject", "site_id", "subject"),
)

plan_steps = _numbered(
    "plan_steps",
    _reference("alert", "alerts", nullable=False),
    Column("step", Integer, nullable=False),
    _time("at"),
    _reference("person", "people", nullable=False),
    Column("title", Json, nullable=False),
    Column("note", Words, nullable=False),
    Index("uq_plan_steps_step", "alert", "step", unique=True),
)

drills = _numbered(
    "drills",
    _word("scenario"),
    Column("title", Json, nullable=False),
    _time("started_at"),
    _reference("started_by", "people", nullable=False),
    _time("ends_at"),
    _time("ended_at", nullable=True),
    Column("participants", Json, nullable=False),
    Column("evaluation", Words, nullable=False),
    _reference("evaluated_by", "people"),
)
Index(
    "uq_drills_running",
    drills.c.site_id,
    unique=True,
    sqlite_where=text("ended_at IS NULL"),
    postgresql_where=text("ended_at IS NULL"),
)

revisions = Table(
    "revisions",
    metadata,
    Column("site_id", NAME, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    _word("digest"),
    _time("applied_at"),
    Column("files", Json, nullable=False),
    Column("changes", Json, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("site_id", NAME, primary_key=True),
    Column("name", NAME, primary_key=True),
    _word("holder"),
    Column("epoch", BigInteger, nullable=False),
    Column("beat", BigInteger, nullable=False),
)

folds = _numbered(
    "folds",
    _word("asset"),
    _word("rule"),
    _time("onset"),
    _reference("cause", "alerts", nullable=False),
    _word("by_asset"),
    _word("by_rule"),
    _time("since"),
    _reference("own", "alerts"),
    _time("doubted_at", nullable=True),
    _time("explained_at", nullable=True),
    _time("ended_at", nullable=True),
    _time("released_at", nullable=True),
    Index("ix_folds_cause", "cause"),
)
Index("ix_folds_of_rule", *(folds.c[n] for n in ("site_id", "asset", "rule", "onset")))
Index(
    "uq_folds_unended",
    *(folds.c[n] for n in ("site_id", "asset", "rule")),
    unique=True,
    sqlite_where=text("ended_at IS NULL"),
    postgresql_where=text("ended_at IS NULL"),
)

floods = _numbered(
    "floods",
    _time("began_at"),
    _time("ended_at", nullable=True),
    Column("peak", Integer, nullable=False),
    Index("ix_floods_began", "site_id", "began_at"),
)
Index(
    "uq_floods_unended",
    floods.c.site_id,
    unique=True,
    sqlite_where=text("ended_at IS NULL"),
    postgresql_where=text("ended_at IS NULL"),
)
Index(
    "uq_orders_tuning",
    *(orders.c[n] for n in ("site_id", "title_id")),
    unique=True,
    sqlite_where=text("kind = 'tuning' AND state NOT IN ('closed', 'cancelled')"),
    postgresql_where=text("kind = 'tuning' AND state NOT IN ('closed', 'cancelled')"),
)
