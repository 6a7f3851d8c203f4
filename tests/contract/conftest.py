"""The implementations of the ports: History in a SQLite file, InfluxDB 2 and 1.6; Work on SQLite and PostgreSQL."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from facility.ports import History, Work
from facility.store.influx import InfluxHistory
from facility.store.sql import SqlWork
from facility.store.sqlite_history import SqliteHistory
from tests.harness.ladders import Influx


@pytest.fixture(params=["sqlite", "influxdb", "influxdb 1"])
def again(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], History]]:
    """Makes programs' own History of one and the same store."""
    made: list[SqliteHistory | InfluxHistory] = []

    def history() -> History:
        if request.param == "sqlite":
            made.append(SqliteHistory(tmp_path / "history.db", "garden", 400, (800, 4000)))
        else:
            fixture = "influx" if request.param == "influxdb" else "influx_1"
            influx: Influx = request.getfixturevalue(fixture)
            made.append(influx_history(influx))
        return made[-1]

    yield history
    for each in made:
        each.close()


def influx_history(influx: Influx) -> InfluxHistory:
    return InfluxHistory(
        url=influx.url,
        org=influx.org,
        bucket=influx.bucket,
        token=influx.token,
        retention_days=400,
        rolled_days=(800, 4000),
        site="garden",
    )


@pytest.fixture
def history(again: Callable[[], History]) -> History:
    stored = again()
    stored.prepare()
    return stored


@pytest.fixture
def work(prepared_url: str) -> Iterator[Work]:
    """The work database of one estate."""
    work = SqlWork(prepared_url, "garden")
    yield work
    work.close()


@pytest.fixture
def other_site(prepared_url: str, work: Work) -> Iterator[Work]:
    """Another estate in the same database."""
    other = SqlWork(prepared_url, "river")
    yield other
    other.close()
