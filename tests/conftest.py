"""Servers for all tests, and at the end which rung of the ladder each of them stood on."""

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from facility.store.sql import SqlWork
from tests.harness.ladders import INFLUXDB, INFLUXDB_1, MOSQUITTO, POSTGRES, Influx, influx_address, postgres_address
from tests.harness.lengths import FULL
from tests.harness.servers import Ladder, NoServer, Server, climb, reports
from tests.harness.small_site import staff
from tests.harness.tables import lay_tables, migrate


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
def influx_1_server() -> Iterator[Server]:
    """InfluxDB 1.6 of Debian, which knows only /write and /query."""
    yield from _server(INFLUXDB_1)


@pytest.fixture(scope="session")
def broker_server() -> Iterator[Server]:
    """mosquitto with the recommended configuration, anonymous on the loopback."""
    yield from _server(MOSQUITTO)


@pytest.fixture(scope="session")
def postgres_admin(postgres_server: Server) -> Callable[[str], None]:
    """Runs one statement on the server, outside of any transaction."""
    address = postgres_address(postgres_server, postgres_server.secrets.get("database", "postgres"))

    def run(statement: str) -> None:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement.encode())

    return run


@contextmanager
def _database(server: Server, admin: Callable[[str], None], template: str = "template1") -> Iterator[str]:
    name = f"facility_{uuid.uuid4().hex[:12]}"
    admin(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield postgres_address(server, name)
    admin(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_url(postgres_server: Server, postgres_admin: Callable[[str], None]) -> Iterator[str]:
    """A fresh database: postgresql://…"""
    with _database(postgres_server, postgres_admin) as url:
        yield url


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Server, postgres_admin: Callable[[str], None]) -> Iterator[str]:
    """Name of a database with the tables of Work, to be copied."""
    with _database(postgres_server, postgres_admin) as url:
        migrate(url)
        yield url.rpartition("/")[2]


@pytest.fixture(params=["sqlite", "postgres"])
def work_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty work database on each engine: the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "postgres":
        url: str = request.getfixturevalue("postgres_url")
        return url
    reports["stores, embedded"] = "SQLite in this process"
    return f"sqlite:///{tmp_path / 'work.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def prepared_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """As work_url, with the tables of Work in place: quicker where a test is not about making them."""
    with _prepared(request, request.param, tmp_path / "work.db") as url:
        yield url


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`engine` is SQLite; and PostgreSQL too in a test marked `two_engines`, or in any that asks for it at full length."""
    if "engine" in metafunc.fixturenames:
        both = FULL or metafunc.definition.get_closest_marker("two_engines") is not None
        metafunc.parametrize("engine", ["sqlite", "postgres"] if both else ["sqlite"])


@pytest.fixture
def staffed_work(request: pytest.FixtureRequest, engine: str, tmp_path: Path) -> Iterator[Callable[[], SqlWork]]:
    """Makes work databases of the small estate with its staff, on `engine`: each call another one."""
    with ExitStack() as stack:

        def make() -> SqlWork:
            url = stack.enter_context(_prepared(request, engine, tmp_path / f"{uuid.uuid4().hex}.db"))
            work = SqlWork(url, "small")
            stack.callback(work.close)
            with work.writing() as unit:
                for person in staff():
                    unit.people.put(person)
            return work

        yield make


@contextmanager
def _prepared(request: pytest.FixtureRequest, engine: str, path: Path) -> Iterator[str]:
    """A database with the tables of Work: a copy of the engine's template."""
    if engine == "sqlite":
        reports["stores, embedded"] = "SQLite in this process"
        yield lay_tables(path)
        return
    server, admin = request.getfixturevalue("postgres_server"), request.getfixturevalue("postgres_admin")
    with _database(server, admin, request.getfixturevalue("postgres_template")) as url:
        yield url


@pytest.fixture
def influx(influx_server: Server) -> Iterator[Influx]:
    """Address, token and organisation of InfluxDB, and a fresh bucket name; the bucket is removed afterwards."""
    address, token, org = influx_address(influx_server), influx_server.secrets["token"], influx_server.secrets["org"]
    name = f"test-{uuid.uuid4().hex[:12]}"
    yield Influx(address, token, org, name, influx_server)
    with httpx.Client(base_url=address, headers={"Authorization": f"Token {token}"}) as client:
        for bucket in client.get("/api/v2/buckets", params={"limit": 100}).json().get("buckets", []):
            if bucket["name"].startswith(name):
                client.delete(f"/api/v2/buckets/{bucket['id']}")


@pytest.fixture
def influx_1(influx_1_server: Server) -> Iterator[Influx]:
    """As `influx`, of InfluxDB 1.6; the token is user:password."""
    address, token = influx_address(influx_1_server), influx_1_server.secrets["token"]
    name = f"test-{uuid.uuid4().hex[:12]}"
    yield Influx(address, token, "", name, influx_1_server)
    user, _, password = token.partition(":")
    with httpx.Client(base_url=address, auth=(user, password)) as client:
        for suffix in ("", "_5m", "_1h"):
            client.post("/query", params={"q": f'DROP DATABASE "{name}{suffix}"'})


@pytest.fixture
def broker(broker_server: Server) -> Server:
    """host and port of mosquitto; `kill()` and `restart()` keep its address and its saved sessions."""
    return broker_server


def pytest_configure() -> None:
    """A test process that runs beside others is told the width of the terminal; our tables would be cut to it."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        os.environ.pop("COLUMNS", None)


SLOW_FIRST = (
    "docker",
    "end_to_end",
    "kill",
    "torture",
    "benchmarks",
    "scheduler",
    "api",
    "collectors",
    "recordings",
    "simulators",
    "scenarios",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Folders with long tests come first, so that test processes that run side by side end together."""
    order = {name: place for place, name in enumerate(SLOW_FIRST)}
    root = Path(__file__).parent
    items.sort(key=lambda item: order.get(item.path.relative_to(root).parts[0], len(order)))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A test process that ran beside others hands over which rungs it used."""
    for name, rung in getattr(node, "workeroutput", {}).get("rungs", {}).items():
        reports.setdefault(name, rung)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line a server: the rung that ran, or what to install."""
    for name, rung in sorted(reports.items()):
        terminalreporter.write_line(f"rung: {name} = {rung}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skipped suite is a failure."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["rungs"] = dict(reports)
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if os.environ.get("CI") and skipped and session.exitstatus == 0:
        reporter.write_line(f"\nCI: {len(skipped)} tests were skipped; install what they name")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
