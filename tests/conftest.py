"""Servers for all tests, and at the end which rung of the ladder each of them stood on."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.harness.ladders import INFLUXDB, MOSQUITTO, POSTGRES, Influx, influx_address, postgres_address
from tests.harness.servers import Ladder, NoServer, Server, climb, reports


def _server(ladder: Ladder) -> Iterator[Server]:
    try:
        server = climb(ladder)
    except NoServer as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """PostgreSQL; it can be killed and restarted unless it is `given`."""
    yield from _server(POSTGRES)


@pytest.fixture(scope="session")
def influx_server() -> Iterator[Server]:
    """InfluxDB 2.x."""
    yield from _server(INFLUXDB)


@pytest.fixture(scope="session")
def broker_server() -> Iterator[Server]:
    """mosquitto with the recommended configuration, anonymous on the loopback."""
    yield from _server(MOSQUITTO)


@pytest.fixture
def postgres_url(postgres_server: Server) -> Iterator[str]:
    """A fresh database: postgresql://…"""
    admin = postgres_address(postgres_server, postgres_server.secrets.get("database", "postgres"))
    name = f"facility_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield postgres_address(postgres_server, name)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", "postgres"])
def work_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty work database on each engine: the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "postgres":
        url: str = request.getfixturevalue("postgres_url")
        return url
    reports.setdefault("work, live, history (embedded)", "SQLite in this process")
    return f"sqlite:///{tmp_path / 'work.db'}"


@pytest.fixture
def influx(influx_server: Server) -> Iterator[Influx]:
    """Address, token and organisation of InfluxDB, and a fresh bucket name; the bucket is removed afterwards."""
    address, token, org = influx_address(influx_server), influx_server.secrets["token"], influx_server.secrets["org"]
    name = f"test-{uuid.uuid4().hex[:12]}"
    yield Influx(address, token, org, name, influx_server)
    with httpx.Client(base_url=address, headers={"Authorization": f"Token {token}"}) as client:
        for bucket in client.get("/api/v2/buckets", params={"name": name}).json().get("buckets", []):
            client.delete(f"/api/v2/buckets/{bucket['id']}")


@pytest.fixture
def broker(broker_server: Server) -> Server:
    """host and port of mosquitto; `kill()` and `restart()` keep its address and its saved sessions."""
    return broker_server


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line a server: the rung that ran, or what to install."""
    for name, rung in reports.items():
        terminalreporter.write_line(f"rung: {name} = {rung}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skipped suite is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if os.environ.get("CI") and skipped and session.exitstatus == 0:
        reporter.write_line(f"CI: {len(skipped)} tests were skipped; install what they name")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
