"""A stage on a fresh SQLite work database with the small estate's staff."""

from pathlib import Path

import pytest

from facility.store.sql import SqlWork
from tests.harness.flow_stage import Stage
from tests.harness.small_site import small_site, staff


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database with people, made once and copied."""
    path = tmp_path_factory.mktemp("work") / "work.db"
    work = SqlWork(f"sqlite:///{path}", "small")
    work.prepare()
    with work.writing() as unit:
        for person in staff():
            unit.people.put(person)
    work.close()
    return path


@pytest.fixture
def stage(tmp_path: Path, empty_database: Path):
    """The stage."""
    path = tmp_path / "work.db"
    path.write_bytes(empty_database.read_bytes())
    work = SqlWork(f"sqlite:///{path}", "small")
    yield Stage(small_site(), work)
    work.close()
