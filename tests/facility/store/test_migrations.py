"""The migrations make exactly the tables of the program, once, whoever comes first."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Boolean, inspect, text

from facility.domain.alert import Deadline
from facility.domain.errors import SchemaUnknown
from facility.store.sql import SqlWork
from facility.store.sql.engine import open_database
from facility.store.sql.migrate import HEAD, MIGRATIONS, migrate
from facility.store.sql.tables import metadata

T, MINUTE = datetime(2026, 11, 23, 6, 5, 12, tzinfo=UTC), timedelta(minutes=1)
PREPARE = "import sys; from facility.store.sql import SqlWork; SqlWork(sys.argv[1], 'garden').prepare()"


def test_migrated_is_what_the_program_knows(work_url: str) -> None:
    database = open_database(work_url, "work")
    migrate(database)
    with database.reading() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    database.engine.dispose()
    assert differences == []


def test_the_comparison_sees_a_difference(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'work.db'}", "work")
    migrate(database)
    with database.writing("test") as connection:
        connection.execute(text("DROP INDEX uq_alerts_unclosed"))
        connection.execute(text("ALTER TABLE alerts ADD COLUMN more TEXT"))
    with database.reading() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    database.engine.dispose()
    assert {difference[0] for difference in differences} == {"add_index", "remove_column"}


def test_the_newest_script_is_the_one_that_the_program_expects() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_every_table_has_its_site_and_an_index_of_a_promise() -> None:
    assert all("site_id" in table.columns for table in metadata.tables.values())
    promises = {index.name for table in metadata.tables.values() for index in table.indexes if index.unique}
    assert promises == {
        "uq_accounts_login",
        "uq_alerts_unclosed",
        "uq_api_keys_hash",
        "uq_floods_unended",
        "uq_assessments_building",
        "uq_daily_lists_day",
        "uq_reports_period",
        "uq_follow_ups_key",
        "uq_homes_address",
        "uq_home_visits_home",
        "uq_calendar_feeds_token",
        "uq_handover_additions_key",
        "uq_handovers_shift",
        "uq_mornings_day",
        "uq_outside_steps_name",
        "uq_report_places_token",
        "uq_request_events_key",
        "uq_requests_key",
        "uq_residents_pseudonym",
        "uq_folds_unended",
        "uq_orders_tuning",
        "uq_conditions_onset",
        "uq_conditions_open",
        "uq_notices_key",
        "uq_occurrences_slot",
        "uq_past_services_row",
        "uq_renewals_day",
        "uq_order_events_key",
        "uq_order_results_line",
        "uq_orders_alert",
        "uq_orders_line",
        "uq_orders_occurrence",
        "uq_people_login",
        "uq_photos_key",
        "uq_drills_running",
        "uq_plan_steps_step",
        "uq_rosters_position",
        "uq_sessions_token",
        "uq_suppressions_standing",
        "uq_used_things_key",
        "uq_receipts_report",
    }
    assert isinstance(metadata.tables["alerts"].c.late.type, Boolean)


def test_programs_that_start_at_once_do_not_race(work_url: str) -> None:
    programs = [
        subprocess.Popen([sys.executable, "-c", PREPARE, work_url], stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    results = [(program.communicate()[1], program.returncode) for program in programs]
    assert results == [("", 0)] * 2
    database = open_database(work_url, "work")
    with database.reading() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [HEAD]
    database.engine.dispose()


@pytest.mark.kill
def test_a_kill_before_the_commit_leaves_the_database_as_it_was(work_url: str) -> None:
    environment = os.environ | {"FACILITY_FAILPOINT": "migrate.before_commit"}
    killed = subprocess.run([sys.executable, "-c", PREPARE, work_url], env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    database = open_database(work_url, "work")
    with database.reading() as connection:
        assert inspect(connection).get_table_names() == []
    migrate(database)
    with database.reading() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == HEAD
    database.engine.dispose()


def test_promises_of_alerts_survive_when_each_step_gets_a_deadline(work_url: str) -> None:
    """A database of the schema 0002 with a kept, a missed and an open deadline."""
    database = open_database(work_url, "work")
    database.create()
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    moments = {"onset": T.isoformat(timespec="microseconds"), "met": (T + MINUTE).isoformat(timespec="microseconds")}
    with database.writing("migration") as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        for number, asset in enumerate("abc", 1):
            values = {"id": number, "asset": asset, "late": False, **moments}
            connection.execute(
                text(
                    "INSERT INTO alerts (id, site_id, asset, rule, kind, level, state, onset, raised_at, late, point)"
                    " VALUES (:id, 'garden', :asset, 'r', 'k', 1, 'active_unacknowledged', :onset, :onset, :late, '')"
                ),
                values,
            )
            column = {1: "met_at", 2: "missed_at", 3: "due_at"}[number]
            extra = "" if number == 3 else f", {column}"
            connection.execute(
                text(
                    f"INSERT INTO deadlines (alert, site_id, due_at{extra})"
                    f" VALUES (:id, 'garden', :onset{', :met' if extra else ''})"
                ),
                values,
            )
    database.engine.dispose()
    work = SqlWork(work_url, "garden")
    work.prepare()
    with work.reading() as unit:
        assert [unit.alerts.deadline(number) for number in (1, 2, 3)] == [
            Deadline(1, T, met_at=T + MINUTE),
            Deadline(2, T, missed_at=T + MINUTE),
            Deadline(3, T),
        ]
        assert [deadline.alert for deadline in unit.alerts.open_deadlines()] == [3]
        assert unit.alerts.get(1).told_from == T
    work.close()


def test_orders_of_before_learn_where_they_came_from(work_url: str) -> None:
    database = open_database(work_url, "work")
    database.create()
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    moment = T.isoformat(timespec="microseconds")
    columns = "(id, site_id, kind, asset, title_id, state, position, opened_at, due_at, version, alert, occurrence)"
    with database.writing("migration") as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0008")
        for statement in (
            "INSERT INTO alerts (id, site_id, asset, rule, kind, level, state, onset, raised_at, late, point)"
            f" VALUES (5, 'garden', 'a', 'r', 'k', 1, 'closed', '{moment}', '{moment}', false, '')",
            "INSERT INTO occurrences (id, site_id, plan, asset, slot, first, last, state)"
            " VALUES (6, 'garden', 'p', 'a', '2026-W48', '2026-11-23', '2026-11-29', 'open')",
        ):
            connection.execute(text(statement))
        kinds = {
            1: ("repair", "5", "NULL"),
            2: ("maintenance", "NULL", "6"),
            3: ("tuning", "NULL", "NULL"),
            4: ("repair", "NULL", "NULL"),
        }
        for number, (kind, alert, occurrence) in kinds.items():
            values = f"({number}, 'garden', '{kind}', 'a', 't', 'issued', 'p', '{moment}', '{moment}', 1, {alert}, {occurrence})"
            connection.execute(text(f"INSERT INTO orders {columns} VALUES {values}"))
    database.engine.dispose()
    work = SqlWork(work_url, "garden")
    work.prepare()
    with work.reading() as unit:
        assert [unit.orders.get(number).origin for number in kinds] == ["alert", "plan", "tuning", "by_hand"]
        assert unit.orders.get(1).spot_check == ""
    work.close()


def test_a_newer_schema_is_refused(work_url: str) -> None:
    work = SqlWork(work_url, "garden")
    work.prepare()
    database = open_database(work_url, "work")
    with database.writing("test") as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaUnknown, match=r"has schema 9999, this program knows up to .*newer"):
        work.prepare()
    with database.reading() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"
    database.engine.dispose()
    work.close()


def test_a_database_that_nobody_migrated_is_not_used(work_url: str, tmp_path: Path) -> None:
    (tmp_path / "work.db").touch()
    work = SqlWork(work_url, "garden")
    with pytest.raises(SchemaUnknown, match="not those of this program"), work.reading() as unit:
        unit.alerts.recent(1)
    work.close()
