"""What a message costs from the broker to the disk: QoS 1 → durable, beside Telegraf and beside a consumer that only counts.

`python -m benchmarks.mqtt [--messages 50000] [--json]`: a mosquitto of its own with our recommended configuration keeps the
messages for one persistent session a side; then each side takes them, alone and in a process of its own. Durable is: the
message was acknowledged, which ours does after the spool's commit and Telegraf after its output was written and answered.
CPU counts user and system time of the consumer alone. Telegraf is FACILITY_TELEGRAF or on PATH; without it, its row is missing.
"""

import argparse
import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zoneinfo import ZoneInfo

import uvloop

from collectors.journal import Journal
from collectors.monitor import Monitor
from collectors.mqtt import MqttLink
from collectors.outflow import Outflow
from collectors.spool import Spool
from collectors.worker import Worker
from facility.clock import SystemClock
from facility.domain.asset import Asset, Link, LinkKind, Site
from facility.domain.mqtt import Stream
from facility.domain.profile import JsonField, Point, Profile, System
from facility.domain.rule import Compare, Comparison, Rule
from facility.domain.text import Language, Title
from facility.domain.unit import Unit

DEVICES = 20
VALUES = ("voltage", "current", "power", "energy")
NO_TITLE = Title("", "")
HOST = "127.0.0.1"
WITHIN = 120.0  # seconds for one side
Result = dict[str, float]

BROKER = """
listener {port} 127.0.0.1
allow_anonymous true
max_queued_messages 0
max_inflight_messages {inflight}
log_type error
user root
"""
TELEGRAF = """
[agent]
  interval = "1s"
  flush_interval = "250ms"
  metric_batch_size = 1000
  metric_buffer_limit = 200000
  omit_hostname = true
[[inputs.mqtt_consumer]]
  servers = ["tcp://127.0.0.1:{port}"]
  topics = ["bench/+/state"]
  qos = 1
  client_id = "telegraf"
  persistent_session = true
  max_undelivered_messages = 1000
  data_format = "json_v2"
  [[inputs.mqtt_consumer.json_v2]]
    measurement_name = "meter"
    timestamp_path = "time"
    timestamp_format = "2006-01-02T15:04:05.999999999Z07:00"
{fields}
[[outputs.influxdb_v2]]
  urls = ["http://127.0.0.1:{sink}"]
  token = "t"
  organization = "o"
  bucket = "b"
  content_encoding = "identity"
"""


FIELD = '    [[inputs.mqtt_consumer.json_v2.field]]\n      path = "{name}"\n      type = "float"'


class Meter:
    """Messages and CPU of one process from now on."""

    def __init__(self, pid: int, count: int) -> None:
        self._pid, self._count, self._cpu, self._at = pid, count, cpu_of(pid), time.monotonic()

    def read(self, count: int) -> Result:
        """Messages/s and CPU µs a message since the start, and peak memory in MB."""
        taken = max(1, count - self._count)
        status = Path(f"/proc/{self._pid}/status").read_text(encoding="ascii")
        return {
            "messages_per_second": taken / (time.monotonic() - self._at),
            "cpu_us_per_message": (cpu_of(self._pid) - self._cpu) / taken * 1e6,
            "peak_mb": int(status.split("VmHWM:")[1].split()[0]) / 1024,
        }


def cpu_of(pid: int) -> float:
    """Seconds of CPU, user and system, of all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def estate(port: int) -> Site:
    """Devices with four values a message, a time, a sequence and two rules."""
    points = {
        name: Point(
            name,
            NO_TITLE,
            Unit.NONE,
            JsonField("state", f"$.{name}", "number", time_path="$.time"),
            timedelta(seconds=30),
            low=0.0,
            high=1e9,
            deadband=0.01,
        )
        for name in VALUES
    }
    rules = {
        "low": Rule("low", NO_TITLE, Compare("voltage", Comparison.BELOW, -1.0, 1.0), level=2),
        "high": Rule("high", NO_TITLE, Compare("current", Comparison.ABOVE, 1e8, 1.0), level=2),
    }
    topics, streams = {"state": "{prefix}/state"}, {"state": Stream(sequence="$.n")}
    profile = Profile("bench", NO_TITLE, "meter", System.POWER, "mqtt", points, rules, topics=topics, streams=streams)
    assets = {
        f"d{i}": Asset(f"d{i}", NO_TITLE, profile, "a", "p", "p", "broker", prefix=f"bench/d{i}", rules=rules)
        for i in range(DEVICES)
    }
    links = {"broker": Link("broker", NO_TITLE, LinkKind.MQTT, HOST, port)}
    return Site("bench", NO_TITLE, ZoneInfo("UTC"), Language.EN, {}, {}, {}, links, assets, {}, {}, {}, {})


async def ours(port: int, messages: int, folder: Path) -> Result:
    """The collectors' path: payloads, sequence, present state, rules, durable spool, acknowledgement."""
    clock, site = SystemClock(), estate(port)
    outflow = Outflow(Spool(folder / "spool.db", clock), Journal(folder / "journal.db", "main", clock))
    monitor = Monitor(site, clock, outflow)
    worker = Worker("flush", clock, outflow.step)
    outflow.wake = worker.wake
    link = MqttLink(site.links["broker"], list(site.assets.values()), site.id, monitor, outflow, clock)
    worker.start()
    task = asyncio.create_task(link.run())

    def durable() -> int:
        return int(link.metrics()['facility_bus_messages_total{link="broker"}']) - len(outflow.acknowledgements)

    while not durable():  # noqa: ASYNC110 - a counter wakes nobody
        await asyncio.sleep(0.002)
    meter = Meter(os.getpid(), durable())
    while durable() < messages:
        monitor.tick()
        await asyncio.sleep(0.05)
    result = meter.read(durable())
    task.cancel()
    worker.stop(2.0)
    return result


def payloads(device: int, count: int) -> Iterator[str]:
    """Messages of one device, of the last 20 s, so that none is a backlog; every value changes."""
    now = time.time()
    for n in range(count):
        at = now - 20 * (count - n) / count
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at % 1 * 1e6):06d}Z"
        values = {name: round(100 + n % 997 + i / 10, 1) for i, name in enumerate(VALUES)}
        yield json.dumps({"n": n, "time": stamp, **values})


def publish(port: int, messages: int) -> None:
    """All messages, with QoS 1, by mosquitto's own publisher."""
    for device in range(DEVICES):
        text = "\n".join(payloads(device, messages // DEVICES)) + "\n"
        command = ["mosquitto_pub", "-p", str(port), "-q", "1", "-t", f"bench/d{device}/state", "-l", "-M", "1000"]
        subprocess.run(command, input=text, text=True, check=True)


@contextmanager
def broker(folder: Path, inflight: int) -> Iterator[int]:
    """A mosquitto of our own; its port."""
    program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if program is None or shutil.which("mosquitto_pub") is None:
        sys.exit("install mosquitto and mosquitto-clients")
    port = free_port()
    (folder / "mosquitto.conf").write_text(BROKER.format(port=port, inflight=inflight), encoding="utf-8")
    with subprocess.Popen([program, "-c", str(folder / "mosquitto.conf")], stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(lambda: listens(port), "mosquitto", 10)
            yield port
        finally:
            process.terminate()


def free_port() -> int:
    """A port of the loopback that is free now."""
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Somebody takes connections there."""
    with closing(socket.socket()) as probe:
        return probe.connect_ex((HOST, port)) == 0


def wait_for(probe: Callable[[], object], what: str, within: float = WITHIN) -> None:
    """Until the probe is true; the program ends when that takes too long."""
    end = time.monotonic() + within
    while not probe():
        if time.monotonic() > end:
            sys.exit(f"{what}: not within {within:g} s")
        time.sleep(0.002)


class Sink(ThreadingHTTPServer):
    """Takes line protocol as InfluxDB does: counts the lines and forces them to the disk before it answers."""

    daemon_threads = True

    def __init__(self, path: Path) -> None:
        super().__init__((HOST, 0), Answer)
        self.lines = 0
        self.file = path.open("ab", buffering=0)
        self.lock = threading.Lock()

    def keep(self, body: bytes) -> None:
        """Store a batch durably."""
        with self.lock:
            self.file.write(body)
            os.fsync(self.file.fileno())
            self.lines += body.count(b"\n")


class Answer(BaseHTTPRequestHandler):
    """204 when the lines are on the disk."""

    protocol_version = "HTTP/1.1"
    server: Sink

    def do_POST(self) -> None:
        self.server.keep(b"".join(self._chunks()))
        self.send_response(204)
        self.end_headers()

    def _chunks(self) -> Iterator[bytes]:
        if length := self.headers["Content-Length"]:
            yield self.rfile.read(int(length))
            return
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is said."""


def subscribe(port: int, client: str, *topics: str) -> None:
    """Make a persistent session, so that the broker keeps what comes."""
    wanted = [part for topic in topics for part in ("-t", topic)]
    subprocess.run(["mosquitto_sub", "-p", str(port), "-c", "-i", client, "-q", "1", "-E", *wanted], check=True)


def run_ours(port: int, messages: int, folder: Path) -> Result:
    """Our side in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.mqtt", "--side", str(port), "--messages", str(messages)]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, check=True, timeout=WITHIN)
    result: Result = json.loads(done.stdout)
    return result


def run_telegraf(program: str, port: int, messages: int, folder: Path) -> Result:
    """Telegraf's mqtt_consumer into a sink that forces each batch to the disk."""
    sink = Sink(folder / "lines")
    threading.Thread(target=sink.serve_forever, daemon=True).start()
    fields = "\n".join(FIELD.format(name=name) for name in VALUES)
    config = TELEGRAF.format(port=port, sink=sink.server_address[1], fields=fields)
    (folder / "telegraf.conf").write_text(config, encoding="utf-8")
    with (folder / "telegraf.log").open("wb") as log:
        process = subprocess.Popen([program, "--config", folder / "telegraf.conf"], stdout=log, stderr=log)
    try:
        wait_for(lambda: sink.lines or process.poll() is not None, "the first batch of Telegraf")
        if process.poll() is not None:
            sys.exit(f"Telegraf ended: {(folder / 'telegraf.log').read_text(encoding='utf-8')[-500:]}")
        meter = Meter(process.pid, sink.lines)
        wait_for(lambda: sink.lines >= messages, "all messages of Telegraf")
        return meter.read(sink.lines)
    finally:
        process.terminate()
        process.wait()
        sink.shutdown()
        sink.server_close()
        sink.file.close()


def run_counter(port: int, messages: int, folder: Path) -> Result:
    """mosquitto's own subscriber, which acknowledges and forgets: what the broker can give."""
    command = ["mosquitto_sub", "-p", str(port), "-c", "-i", "counter", "-q", "1", "-t", "bench/+/state"]
    began = time.monotonic()
    with subprocess.Popen([*command, "-C", str(messages)], stdout=subprocess.DEVNULL) as process:
        _, _, usage = os.wait4(process.pid, 0)
    took = time.monotonic() - began
    return {
        "messages_per_second": messages / took,
        "cpu_us_per_message": (usage.ru_utime + usage.ru_stime) / messages * 1e6,
        "peak_mb": usage.ru_maxrss / 1024,
    }


def run_all(messages: int, inflight: int) -> dict[str, Result]:
    """Each side alone, over the same messages."""
    telegraf = os.environ.get("FACILITY_TELEGRAF") or shutil.which("telegraf")
    results = {}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name, broker(Path(name), inflight) as port:
        folder = Path(name)
        subscribe(port, "facility-bench-broker", *(f"bench/d{i}/state" for i in range(DEVICES)))
        subscribe(port, "counter", "bench/+/state")
        if telegraf:
            subscribe(port, "telegraf", "bench/+/state")
        publish(port, messages)
        results["only counts"] = run_counter(port, messages, folder)
        results["ours"] = run_ours(port, messages, folder)
        if telegraf:
            results["Telegraf"] = run_telegraf(telegraf, port, messages, folder)
    return results


def table(results: dict[str, Result], messages: int, inflight: int) -> str:
    """The results for people."""
    lines = [f"{'QoS 1 → durable':18}{'messages/s':>12}{'CPU µs/message':>16}{'peak MB':>10}"]
    for name, r in results.items():
        lines.append(f"{name:18}{r['messages_per_second']:12.0f}{r['cpu_us_per_message']:16.1f}{r['peak_mb']:10.1f}")
    if "Telegraf" not in results:
        lines.append("no Telegraf: name its program in FACILITY_TELEGRAF")
    load = os.getloadavg()[0]
    lines.append(
        f"{messages} messages of {len(VALUES)} values; max_inflight_messages {inflight}; {os.cpu_count()} cores; load {load:.1f}"
    )
    return "\n".join(lines)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=50_000, help=f"a multiple of {DEVICES}")
    parser.add_argument(
        "--inflight", type=int, default=1000, help="the broker's max_inflight_messages; its default is 20"
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--side", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    messages = max(1, options.messages // DEVICES) * DEVICES
    if options.side:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            result = uvloop.run(ours(options.side, messages, Path(folder)))
        sys.stdout.write(json.dumps(result))
        sys.stdout.flush()
        os._exit(0)  # the session stays; nothing is left to do
    results = run_all(messages, options.inflight)
    shown = json.dumps(results, indent=2) if options.json else table(results, messages, options.inflight)
    sys.stdout.write(shown + "\n")


if __name__ == "__main__":
    main()
