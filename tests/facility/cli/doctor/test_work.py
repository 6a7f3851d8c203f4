"""Work database and present values on real PostgreSQL and SQLite: wrong password, no database, schemas of other programs."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import create_engine, text

from facility.cli.doctor.finding import Severity
from facility.cli.doctor.work import look
from facility.store.sql import SqlWork
from tests.facility.cli.doctor.conftest import ids
from tests.harness.ports import free_port


def test_a_prepared_database_is_fine(prepared_url: str) -> None:
    found = ids(look(prepared_url, "work"))
    assert set(found.values()) == {Severity.FINE}
    assert {"reached", "schema"} <= found.keys()


def test_a_schema_that_is_newer_older_or_missing(prepared_url: str) -> None:
    engine = create_engine(prepared_url.replace("postgresql:", "postgresql+psycopg:"))
    for version, id, severity in (
        ("9999", "schema_newer", Severity.WRONG),
        ("0001", "schema_older", Severity.NOTE),
    ):
        with engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
        assert ids(look(prepared_url, "work"))[id] is severity
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    engine.dispose()
    assert ids(look(prepared_url, "work"))["schema_none"] is Severity.NOTE


def test_a_wrong_password_and_a_database_that_is_not_there(postgres_url: str) -> None:
    password = urlsplit(postgres_url).password
    assert ids(look(re.sub(f":{password}@", ":wrong@", postgres_url), "work")) == {"password": Severity.WRONG}
    assert ids(look(postgres_url + "_none", "work")) == {"no_database": Severity.WRONG}


def test_nobody_there() -> None:
    url = f"postgresql://facility:secret-word@127.0.0.1:{free_port()}/facility"
    findings = list(look(url, "work"))
    assert ids(findings) == {"unavailable": Severity.WRONG}
    assert "secret-word" not in str(findings)


def test_connections_that_run_out(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with psycopg.connect(postgres_url) as connection:
        row = connection.execute("SHOW max_connections").fetchone()
    most = int(row[0]) if row else 0
    monkeypatch.setattr("facility.cli.doctor.work.ROOM", most)
    assert ids(look(postgres_url, "work"))["few_connections"] is Severity.NOTE


def test_an_address_that_is_none_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert ids(look("mysql://x/y", "work")) == {"address": Severity.WRONG}
    assert ids(look(f"sqlite:///{tmp_path / 'work.db'}", "live")) == {"absent": Severity.NOTE}
    assert not (tmp_path / "work.db").exists()


def test_a_file_that_is_damaged(tmp_path: Path) -> None:
    work = SqlWork(f"sqlite:///{tmp_path / 'work.db'}", "x")
    (tmp_path / "work.db").write_bytes(b"no database at all" * 500)
    work.close()
    assert ids(look(f"sqlite:///{tmp_path / 'work.db'}", "work")) == {"unavailable": Severity.WRONG}
