"""The ladders of PostgreSQL, InfluxDB and mosquitto (see servers.py)."""

import os
import pwd
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg

from tests.harness.ports import free_port
from tests.harness.servers import LOOPBACK, Container, Ladder, Process, Server, as_user, folder, image

PASSWORD = "facility-test"
TOKEN = "facility-test-token"
ORG = "facility"

ACCOUNT = "facility", PASSWORD  # of InfluxDB 1.x

INFLUX_1 = """
bind-address = "{bind}:{inner}"
reporting-disabled = true
[meta]
  dir = "{data}/meta"
[data]
  dir = "{data}/data"
  wal-dir = "{data}/wal"
  query-log-enabled = false
[http]
  bind-address = "{bind}:{port}"
  auth-enabled = true
  log-enabled = false
[logging]
  level = "warn"
"""

BROKER = """
listener {port} {bind}
allow_anonymous true
persistence true
persistence_location {data}/
autosave_on_changes true
autosave_interval 1
max_queued_messages 100000
queue_qos0_messages true
{user}
"""


@dataclass(frozen=True)
class Influx:
    """An InfluxDB server and the name of a bucket that does not exist yet."""

    url: str
    token: str
    org: str
    bucket: str
    server: Server


def postgres_address(server: Server, database: str = "postgres") -> str:
    """URL of a database on the server."""
    given = server.secrets.get("url")
    if given:
        parts = urlsplit(given)
        return parts._replace(scheme="postgresql", path=f"/{database}").geturl()
    return f"postgresql://postgres:{PASSWORD}@{server.host}:{server.port}/{database}"


def _postgres_ready(server: Server) -> bool:
    try:
        with psycopg.connect(postgres_address(server), connect_timeout=2) as connection:
            return connection.execute("SELECT 1").fetchone() is not None
    except psycopg.OperationalError:
        return False


def _postgres_given() -> Server | None:
    url = os.environ.get("FACILITY_TEST_POSTGRES_URL")
    if not url:
        return None
    url = url.replace("postgresql+psycopg:", "postgresql:")
    parts = urlsplit(url)
    server = Server(
        "postgres", "address from the environment", parts.hostname or "", parts.port or 5432, {"url": url}, True
    )
    psycopg.connect(postgres_address(server, parts.path.lstrip("/") or "postgres"), connect_timeout=5).close()
    server.secrets["database"] = parts.path.lstrip("/") or "postgres"
    return server


def _postgres_container() -> Server | None:
    container = image("postgres:17")
    if container is None:
        return None
    container.with_env("POSTGRES_PASSWORD", PASSWORD).with_command("postgres -c fsync=off -c max_connections=200")
    server = Container("postgres", "container postgres:17", LOOPBACK, free_port())
    return server.begin(container, 5432, _postgres_ready)


def _postgres_local() -> Server | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    programs = found[-1].parent if found else _folder_of("initdb")
    if programs is None:
        return None
    user = _unprivileged("postgres")
    place = folder("postgres", user)
    data = place / "data"
    (place / "password").write_text(PASSWORD)
    (place / "password").chmod(0o644)
    initdb = [str(programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8"]
    subprocess.run(
        [*as_user(user), *initdb, "--locale=C.UTF-8", "--no-sync", f"--pwfile={place / 'password'}"],
        check=True,
        capture_output=True,
        cwd=place,
    )
    server = Process("postgres", f"local binary {programs / 'postgres'}", LOOPBACK, free_port())
    options = {
        "listen_addresses": LOOPBACK,
        "unix_socket_directories": str(place),
        "fsync": "off",
        "max_connections": 200,
    }
    settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    command = [*as_user(user), str(programs / "postgres"), "-D", str(data), "-p", str(server.port), *settings]
    return server.begin(command, place, _postgres_ready)


def _postgres_version(server: Server) -> str:
    with psycopg.connect(postgres_address(server, server.secrets.get("database", "postgres"))) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    return f"server {row[0] if row else '?'}"


def influx_address(server: Server) -> str:
    """URL of the server."""
    return server.secrets.get("url") or f"http://{server.host}:{server.port}"


def _influx_health(server: Server) -> dict[str, str]:
    try:
        answer = httpx.get(f"{influx_address(server)}/health", timeout=2)
        found: dict[str, str] = answer.json()
    except (httpx.HTTPError, ValueError):
        return {}
    return found


def _influx_ready(server: Server) -> bool:
    if _influx_health(server).get("status") != "pass":
        return False
    setup = httpx.get(f"{influx_address(server)}/api/v2/setup", timeout=5).json()
    if setup.get("allowed"):
        if server.rung.startswith("container"):
            return False  # its entry point sets it up
        body = {"username": "test", "password": PASSWORD, "org": ORG, "bucket": "first", "token": TOKEN}
        return httpx.post(f"{influx_address(server)}/api/v2/setup", json=body, timeout=10).is_success
    headers = {"Authorization": f"Token {TOKEN}"}
    return httpx.get(f"{influx_address(server)}/api/v2/buckets", headers=headers, timeout=5).is_success


def _influx_given() -> Server | None:
    url = os.environ.get("FACILITY_TEST_INFLUX_URL")
    if not url:
        return None
    secrets = {
        "url": url.rstrip("/"),
        "token": os.environ.get("FACILITY_TEST_INFLUX_TOKEN", ""),
        "org": os.environ.get("FACILITY_TEST_INFLUX_ORG", ORG),
    }
    parts = urlsplit(url)
    server = Server("influxdb", "address from the environment", parts.hostname or "", parts.port or 8086, secrets, True)
    if _influx_health(server).get("status") != "pass":
        raise ConnectionError(f"{url} gives no health")
    return server


def _influx_container() -> Server | None:
    container = image("influxdb:2.9.1")
    if container is None:
        return None
    setup = {
        "MODE": "setup",
        "USERNAME": "test",
        "PASSWORD": PASSWORD,
        "ORG": ORG,
        "BUCKET": "first",
        "ADMIN_TOKEN": TOKEN,
    }
    for name, value in setup.items():
        container.with_env(f"DOCKER_INFLUXDB_INIT_{name}", value)
    server = Container("influxdb", "container influxdb:2.9.1", LOOPBACK, free_port(), {"token": TOKEN, "org": ORG})
    return server.begin(container, 8086, _influx_ready)


def _influx_local() -> Server | None:
    program = _influxd("2")
    if program is None:
        return None
    place = folder("influxdb")
    server = Process("influxdb", "local binary influxd", LOOPBACK, free_port(), {"token": TOKEN, "org": ORG})
    paths = {"bolt": "bolt", "engine": "engine", "sqlite": "sqlite"}
    command = [program, *(f"--{name}-path={place / path}" for name, path in paths.items())]
    command += [f"--http-bind-address={LOOPBACK}:{server.port}", "--reporting-disabled"]
    return server.begin(command, place, _influx_ready)


def _influx_version(server: Server) -> str:
    return f"server {_influx_health(server).get('version', '?')}"


def _influxd(major: str) -> str | None:
    """The program of this major version: Debian's influxd is 1.x, a build of one's own says "dev"."""
    for program in (os.environ.get("FACILITY_INFLUXD"), shutil.which("influxd"), "/usr/bin/influxd"):
        if program and Path(program).exists():
            said = subprocess.run([program, "version"], capture_output=True, text=True, timeout=20, check=False).stdout
            if ("v1." in said) == (major == "1"):
                return program
    return None


def _influx_1_ready(server: Server) -> bool:
    """It answers, and the account is there (the first one may be made by anybody)."""
    user, password = ACCOUNT
    make = f"CREATE USER {user} WITH PASSWORD '{password}' WITH ALL PRIVILEGES"
    try:
        httpx.post(f"{influx_address(server)}/query", params={"q": make}, timeout=2)
        answer = httpx.get(f"{influx_address(server)}/query", params={"q": "SHOW DATABASES"}, auth=ACCOUNT, timeout=2)
    except httpx.HTTPError:
        return False
    return answer.is_success and b"error" not in answer.content


def _influx_1_given() -> Server | None:
    url = os.environ.get("FACILITY_TEST_INFLUX_1_URL")
    if not url:
        return None
    parts = urlsplit(url)
    secrets = {"url": url.rstrip("/"), "token": os.environ.get("FACILITY_TEST_INFLUX_1_TOKEN", ":".join(ACCOUNT))}
    server = Server(
        "influxdb 1", "address from the environment", parts.hostname or "", parts.port or 8086, secrets, True
    )
    if not httpx.get(f"{url}/ping", timeout=5).is_success:
        raise ConnectionError(f"{url} does not answer")
    return server


def _influx_1_local() -> Server | None:
    program = _influxd("1")
    if program is None:
        return None
    place = folder("influxdb-1")
    server = Process("influxdb 1", f"local binary {program}", LOOPBACK, free_port(), {"token": ":".join(ACCOUNT)})
    text = INFLUX_1.format(bind=LOOPBACK, inner=free_port(), port=server.port, data=place)
    (place / "influxdb.conf").write_text(text)
    return server.begin([program, "-config", str(place / "influxdb.conf")], place, _influx_1_ready)


def _influx_1_version(server: Server) -> str:
    answer = httpx.get(f"{influx_address(server)}/ping", timeout=5)
    return f"server {answer.headers.get('X-Influxdb-Version', '?')}"


def _broker_ready(server: Server) -> bool:
    """CONNECT of MQTT 3.1.1 is answered by CONNACK."""
    try:
        with socket.create_connection((server.host, server.port), timeout=2) as wire:
            wire.sendall(b"\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04ping")
            return wire.recv(4)[:1] == b"\x20"
    except OSError:
        return False


def _broker_given() -> Server | None:
    address = os.environ.get("FACILITY_TEST_MQTT")
    if not address:
        return None
    parts = urlsplit(address if "//" in address else f"//{address}")
    server = Server("mosquitto", "address from the environment", parts.hostname or "", parts.port or 1883, given=True)
    if not _broker_ready(server):
        raise ConnectionError(f"{address} does not answer")
    return server


def _broker_container() -> Server | None:
    container = image("eclipse-mosquitto:2")
    if container is None:
        return None
    place = folder("mosquitto")
    text = BROKER.format(port=1883, bind="0.0.0.0", data="/mosquitto/data", user="")
    (place / "mosquitto.conf").write_text(text)
    container.with_volume_mapping(str(place), "/mosquitto/config", "ro")
    server = Container("mosquitto", "container eclipse-mosquitto:2", LOOPBACK, free_port())
    return server.begin(container, 1883, _broker_ready, place)


def _broker_local() -> Server | None:
    program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if program is None:
        return None
    place = folder("mosquitto")
    server = Process("mosquitto", f"local binary {program}", LOOPBACK, free_port())
    user = f"user {pwd.getpwuid(os.getuid()).pw_name}"
    (place / "mosquitto.conf").write_text(BROKER.format(port=server.port, bind=LOOPBACK, data=place, user=user))
    return server.begin([program, "-c", str(place / "mosquitto.conf")], place, _broker_ready)


def _folder_of(program: str) -> Path | None:
    found = shutil.which(program)
    return Path(found).parent if found else None


def _unprivileged(preferred: str) -> str | None:
    """Whom to run as when we are root; None: as we are."""
    if os.getuid() != 0:
        return None
    return preferred if any(entry.pw_name == preferred for entry in pwd.getpwall()) else "nobody"


POSTGRES = Ladder(
    "postgres",
    _postgres_given,
    _postgres_container,
    _postgres_local,
    "PostgreSQL (Debian: postgresql) or Docker, or set FACILITY_TEST_POSTGRES_URL",
    _postgres_version,
)
INFLUXDB = Ladder(
    "influxdb",
    _influx_given,
    _influx_container,
    _influx_local,
    "influxd 2.x on PATH (or FACILITY_INFLUXD=/path/influxd) or Docker, or set FACILITY_TEST_INFLUX_URL and _TOKEN",
    _influx_version,
)
INFLUXDB_1 = Ladder(
    "influxdb 1",
    _influx_1_given,
    lambda: None,
    _influx_1_local,
    "InfluxDB 1.6 (Debian: influxdb), or set FACILITY_TEST_INFLUX_1_URL and _TOKEN (user:password)",
    _influx_1_version,
)
MOSQUITTO = Ladder(
    "mosquitto",
    _broker_given,
    _broker_container,
    _broker_local,
    "mosquitto (Debian: mosquitto) or Docker, or set FACILITY_TEST_MQTT",
    lambda server: "persistent sessions, autosave on changes",
)
