"""The sides of the comparison: each is one process that reads the same gateways, and a way to count what it has stored."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from benchmarks.load import CLASS, Load
from benchmarks.servers import ORG, TOKEN, Influx
from facility.store.sqlite_kinds import Kinds

FLUSH = 10  # seconds between two writes of Telegraf to its store: its default, and what ours takes at this load
ENDS_WITHIN = 20.0  # seconds


class Side(Protocol):
    """A collecting process."""

    def start(self, load: Load, ports: Sequence[int], folder: Path) -> subprocess.Popen[bytes]:
        """Begin; `folder` is empty."""
        ...

    def arrived(self, since_ns: int, until_ns: int) -> int:
        """Points of [since, until) in its store; asked when the process has ended."""
        ...


@dataclass
class Ours:
    """`python -m collectors`, the whole program: quality, state, deadbands, rules, spool, journal, present values."""

    influx: Influx | None = None  # None: SQLite
    _folder: Path = field(default=Path(), init=False)

    def start(self, load: Load, ports: Sequence[int], folder: Path) -> subprocess.Popen[bytes]:
        self._folder = folder
        environment = {name: value for name, value in os.environ.items() if not name.startswith("FACILITY_")}
        environment |= {"FACILITY_SITE": str(load.write_site(ports, folder)), "FACILITY_DATA": str(folder / "data")}
        if self.influx:
            environment |= {
                "FACILITY_HISTORY": self.influx.url,
                "FACILITY_INFLUX_ORG": ORG,
                "FACILITY_INFLUX_BUCKET": self._bucket,
                "FACILITY_INFLUX_TOKEN": TOKEN,
            }
        return _begin([sys.executable, "-m", "collectors"], folder, environment)

    def arrived(self, since_ns: int, until_ns: int) -> int:
        if self.influx:
            return self.influx.count(self._bucket, CLASS, since_ns, until_ns)
        kinds = Kinds()
        with sqlite3.connect(f"file:{self._folder / 'data' / 'history.db'}?mode=ro", uri=True) as connection:
            query = "SELECT numbers FROM lines WHERE at >= ? AND at < ?"
            return sum(len(kinds.fields(connection, row[0])) for row in connection.execute(query, (since_ns, until_ns)))

    @property
    def _bucket(self) -> str:
        return f"ours-{self._folder.name}"


@dataclass
class Telegraf:
    """Telegraf's modbus plugin: one request a unit, the same points, the same period, into InfluxDB."""

    binary: str
    influx: Influx
    _bucket: str = field(default="", init=False)

    def start(self, load: Load, ports: Sequence[int], folder: Path) -> subprocess.Popen[bytes]:
        self._bucket = f"telegraf-{folder.name}"
        self.influx.make_bucket(self._bucket)
        config = folder / "telegraf.conf"
        config.write_text(self._config(load, ports), encoding="utf-8")
        return _begin([self.binary, "--config", str(config)], folder, dict(os.environ))

    def arrived(self, since_ns: int, until_ns: int) -> int:
        return self.influx.count(self._bucket, CLASS, since_ns, until_ns)

    def _config(self, load: Load, ports: Sequence[int]) -> str:
        parts = [
            f'[agent]\n  interval = "{load.every}s"\n  flush_interval = "{FLUSH}s"\n  metric_batch_size = 5000\n'
            "  metric_buffer_limit = 100000\n  omit_hostname = true\n  quiet = true\n",
            f'[[outputs.influxdb_v2]]\n  urls = ["{self.influx.url}"]\n  token = "{TOKEN}"\n'
            f'  organization = "{ORG}"\n  bucket = "{self._bucket}"\n',
        ]
        fields = "".join(
            f'      {{ address = {2 * i}, name = "p{i}", type = "FLOAT32" }},\n' for i in range(load.points)
        )
        for gateway, port in enumerate(ports):
            parts.append(
                f'[[inputs.modbus]]\n  name = "g{gateway}"\n  timeout = "1s"\n  controller = "tcp://127.0.0.1:{port}"\n'
                '  configuration_type = "request"\n  exclude_register_type_tag = true\n'
            )
            parts += [
                f'  [[inputs.modbus.request]]\n    slave_id = {unit}\n    byte_order = "ABCD"\n    register = "holding"\n'
                f'    measurement = "{CLASS}"\n    fields = [\n{fields}    ]\n'
                for unit in range(1, load.units + 1)
            ]
        return "".join(parts)


@dataclass
class Loop:
    """One of the bare loops of `benchmarks.loops`; it stores nothing and says itself how many points it read when."""

    name: str
    _log: Path = field(default=Path(), init=False)

    def start(self, load: Load, ports: Sequence[int], folder: Path) -> subprocess.Popen[bytes]:
        self._log = folder / "log"
        what = [self.name, json.dumps(list(ports)), str(load.units), str(load.points), str(load.every)]
        return _begin([sys.executable, "-m", "benchmarks.loops", *what], folder, dict(os.environ))

    def arrived(self, since_ns: int, until_ns: int) -> int:
        polls = json.loads(self._log.read_text(encoding="utf-8").splitlines()[-1])
        return sum(points for at, points in polls if since_ns <= at < until_ns)


def end(process: subprocess.Popen[bytes]) -> None:
    """Let it end by itself, and make it when it does not."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _begin(command: list[str], folder: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, env=environment, stdout=log, stderr=log)
