"""Servers of the benchmark: gateways in a process of their own, and an InfluxDB of a local binary. Only 127.0.0.1."""

import json
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

ORG, TOKEN = "bench", "a-token-of-the-benchmark"
UP_WITHIN = 90.0  # seconds


class Gateways:
    """Gateways that serve at `ports`; `connections`: how many were made to them so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.process = process
        self.ports: tuple[int, ...] = tuple(json.loads(process.stdout.readline()))
        self.connections = 0
        self._answers: SimpleQueue[int] = SimpleQueue()
        threading.Thread(target=self._count, daemon=True).start()

    def await_connections(self, wanted: int) -> None:
        """Until so many were made; TimeoutError."""
        end = time.monotonic() + UP_WITHIN
        while self.connections < wanted:
            if time.monotonic() > end:
                raise TimeoutError(f"{self.connections} of {wanted} connections within {UP_WITHIN:g} s")
            time.sleep(0.05)

    def _count(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("answers "):
                self._answers.put(int(line.split()[1]))
            else:
                self.connections += 1

    def answers(self) -> int:
        """How many were given so far, of all gateways."""
        assert self.process.stdin is not None
        self.process.stdin.write("answers\n")
        self.process.stdin.flush()
        return self._answers.get(timeout=UP_WITHIN)

    def set(self, gateway: int, unit: int, first: int, words: Sequence[int]) -> float:
        """Hold these registers of a unit at these words (none: let go); the monotonic time when it was asked for."""
        assert self.process.stdin is not None
        at = time.monotonic()
        self.process.stdin.write(json.dumps([self.ports[gateway], unit, first, list(words)]) + "\n")
        self.process.stdin.flush()
        return at


@contextmanager
def gateways(count: int, *, delay: float = 0.0, dead: int = 0) -> Iterator[Gateways]:
    """`delay`: seconds that each answer takes; `dead`: a unit that never answers."""
    command = [sys.executable, "-m", "benchmarks.gateways", str(count), "--delay", str(delay), "--dead", str(dead)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        try:
            yield Gateways(process)
        finally:
            process.stdin.close()
            _await_end(process)


@dataclass(frozen=True, slots=True)
class Influx:
    """A running InfluxDB 2."""

    url: str

    def make_bucket(self, name: str) -> None:
        """A bucket that keeps for ever."""
        orgs = self._call("GET", f"/api/v2/orgs?org={ORG}")["orgs"]
        self._call("POST", "/api/v2/buckets", {"orgID": orgs[0]["id"], "name": name, "retentionRules": []})

    def count(self, bucket: str, measurement: str, since_ns: int, until_ns: int) -> int:
        """Numbers stored in [since, until), of all fields."""
        query = f'SELECT count(*) FROM "{measurement}" WHERE time >= {since_ns} AND time < {until_ns}'
        answer = self._call("GET", f"/query?{urllib.parse.urlencode({'db': bucket, 'q': query})}")
        series = answer["results"][0].get("series", [])
        return sum(
            number
            for found in series
            for name, number in zip(found["columns"], found["values"][0], strict=True)
            if name != "time" and not name.endswith(("_quality", "_text"))
        )

    def set_up(self) -> None:
        """Wait until it is up, and make the first user."""
        body = {"username": "bench", "password": "bench-password", "org": ORG, "bucket": "first", "token": TOKEN}
        end = time.monotonic() + UP_WITHIN
        while True:
            try:
                self._call("POST", "/api/v2/setup", body)
            except (urllib.error.URLError, OSError):
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)
            else:
                return

    def _call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Token {TOKEN}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            found: dict[str, Any] = json.loads(answer.read() or "{}")
            return found


@contextmanager
def influx(binary: str, folder: Path) -> Iterator[Influx]:
    """An InfluxDB of its own in `folder`."""
    folder.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        binary,
        "--bolt-path",
        str(folder / "bolt"),
        "--engine-path",
        str(folder / "engine"),
        "--http-bind-address",
        f"127.0.0.1:{port}",
        "--reporting-disabled",
        "--log-level",
        "error",
    ]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            server = Influx(f"http://127.0.0.1:{port}")
            server.set_up()
            yield server
        finally:
            process.terminate()
            _await_end(process)


def _await_end(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    """One that was told to end, and is made to when it does not."""
    try:
        process.wait(UP_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
