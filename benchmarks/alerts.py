"""From a condition's row to a notice that the vendor accepted: 1 000 conditions in 10 s, the scheduler's own loop, a real work database.

FACILITY_BENCH_POSTGRES_URL names an empty PostgreSQL database; without it only SQLite is measured.
"""

import logging
import os
import tempfile
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median, quantiles

from facility.clock import SystemClock
from facility.domain.asset import Site
from facility.domain.condition import Edge, EdgeKind
from facility.domain.errors import StoreUnavailable
from facility.domain.person import Person
from facility.domain.text import Language
from facility.site import load
from facility.store.live import SqlLive
from facility.store.sql import SqlWork
from facility.store.sqlite_history import SqliteHistory
from scheduler.channels import open_channel
from scheduler.leader import Leader
from scheduler.lease import StandBy, holder_of_this_process
from scheduler.texts import Writer

SECONDS = 10.0  # in which the conditions come
PORTION = 0.1  # seconds between two portions
UNITS = 200  # assets on one gateway
LEVEL_1 = 10  # of a hundred
LOST_AFTER = 300.0
LOOKS = 0.25  # seconds between two looks at the promises

HEAD = """
site: bench
title: {en: Bench, zh: 测试}
zone: Asia/Shanghai
language: en
teams: {all: {title: {en: All, zh: 全体}}}
positions:
  manager: {title: {en: Manager, zh: 经理}, team: all, role: manager}
  owner: {title: {en: Administrator, zh: 管理员}, team: all, role: administrator}
  hand: {title: {en: Technician, zh: 维修员}, team: all, role: technician}
areas: {room: {title: {en: Room, zh: 房}, owner: owner}}
ladders:
  1: [{position: manager, channels: [hook]}]
  2: [{position: "@area_owner", channels: [hook]}]
  3: [{position: "@maintaining", channels: [hook]}]
channels: {hook: {kind: webhook, url: "URL", secret_file: hook.secret, timeout: 15s}}
"""


class Accepts(BaseHTTPRequestHandler):
    """A vendor that accepts everything at once."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """200."""
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def serve(told: Connection) -> None:
    """The vendor's process: tells its port and serves until it is ended."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Accepts)
    told.send(server.server_address[1])
    server.serve_forever()


@contextmanager
def vendor() -> Iterator[str]:
    """Address of a vendor in a process of its own."""
    here, there = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=serve, args=[there], daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{here.recv()}/hook"
    finally:
        process.terminate()
        process.join()


class Timed(Leader):
    """A leader that knows how long each of its ticks took, seconds."""

    took: list[float]

    def _tick(self, at: float) -> None:
        begun = time.perf_counter()
        super()._tick(at)
        self.took.append(time.perf_counter() - begun)


def estate(folder: Path, assets: int, url: str) -> Site:
    """So many assets, one in ten a fire panel (level 1), the others pumps (level 2, with an order)."""
    lines = [HEAD.replace("URL", url), "links:"]
    for link in range((assets - 1) // UNITS + 1):
        lines.append(
            f"  l{link}: {{title: {{en: L, zh: 网关}}, kind: modbus_tcp, host: 127.0.0.1, port: {20000 + link}}}"
        )
    lines.append("assets:")
    for number in range(assets):
        profile = "fire_panel" if number % LEVEL_1 == 0 else "booster_pump"
        lines.append(
            f"  a{number}: {{title: {{en: A{number}, zh: 设备{number}}}, profile: {profile}, area: room, operating: hand,"
            f" maintaining: hand, link: l{number // UNITS}, unit: {number % UNITS + 1}}}"
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "hook.secret").write_text(f"whsec_{b64encode(b'a secret of the benchmark').decode()}")
    (folder / "site.yaml").write_text("\n".join(lines), encoding="utf-8")
    return load(folder / "site.yaml")


def to_accepted(conditions: int, seconds: float = SECONDS) -> dict[str, float]:
    """The figures of each engine that is at hand, by `<engine> <figure>`."""
    logging.getLogger("facility").setLevel(logging.CRITICAL)  # a line an alert is not the benchmark's
    addresses = {"SQLite": ""}
    if url := os.environ.get("FACILITY_BENCH_POSTGRES_URL"):
        addresses["PostgreSQL"] = url
    found: dict[str, float] = {}
    for engine, address in addresses.items():
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place, vendor() as hook:
            folder = Path(place)
            site = estate(folder / "site", conditions, hook)
            work = SqlWork(address or f"sqlite:///{folder / 'work.db'}", site.id)
            figures = _measure(site, work, folder, conditions, seconds)
        found |= {f"{engine}, {name}": value for name, value in figures.items()}
    return found


def _measure(site: Site, work: SqlWork, folder: Path, conditions: int, seconds: float) -> dict[str, float]:
    clock, stopping = SystemClock(), threading.Event()
    work.prepare()
    live, history = SqlLive(f"sqlite:///{folder / 'live.db'}", site.id), SqliteHistory(folder / "history.db", site.id)
    live.prepare()
    history.prepare()
    with work.writing() as unit:
        for position in site.positions:
            unit.people.put(Person(0, position, position, Language.EN, (position,), {"hook": position}))
    lease = None
    stand_by = StandBy(work, clock, holder_of_this_process())
    while lease is None:
        lease = stand_by.look()
    writer = Writer(site, "http://127.0.0.1:1", b"secret")
    leader = Timed(
        site, work, live, history, clock, lambda spec: open_channel(spec, clock.now), writer, lease.epoch, ()
    )
    leader.took = []
    loop = threading.Thread(target=leader.lead, args=[stopping])
    loop.start()
    try:
        _feed(site, work, clock, seconds)
        _await_told(work, conditions)
    finally:
        stopping.set()
        loop.join()
        for store in (live, history):
            store.close()
    figures = _figures(work, leader.took, conditions)
    work.close()
    return figures


def _feed(site: Site, work: SqlWork, clock: SystemClock, seconds: float) -> None:
    """One condition an asset, in portions, as the collectors' journals bring them."""
    assets = list(site.assets.values())
    portions = max(1, round(seconds / PORTION))
    begun = time.monotonic()
    for portion in range(portions):
        share = assets[portion * len(assets) // portions : (portion + 1) * len(assets) // portions]
        now = clock.now()
        rules = {"fire_panel": "fire_alarm", "pump": "pump_fault"}
        edges = [
            Edge(
                "bench", assets.index(asset) + 1, asset.id, rules[asset.profile.asset_class], EdgeKind.OPENED, now, now
            )
            for asset in share
        ]
        _take(work, edges)
        time.sleep(max(0.0, begun + (portion + 1) * PORTION - time.monotonic()))


def _take(work: SqlWork, edges: list[Edge]) -> None:
    """As the collectors' journals do: again, when the database is held by another."""
    while True:
        try:
            with work.writing() as unit:
                unit.conditions.take(edges)
        except StoreUnavailable:
            continue
        return


def _await_told(work: SqlWork, conditions: int) -> None:
    end = time.monotonic() + LOST_AFTER
    while time.monotonic() < end:
        with work.reading() as unit:
            if len(unit.alerts.unclosed()) == conditions and not unit.alerts.open_deadlines():
                return
        time.sleep(LOOKS)


def _figures(work: SqlWork, took: list[float], conditions: int) -> dict[str, float]:
    waited: dict[int, list[float]] = {1: [], 2: []}
    with work.reading() as unit:
        opened = {(found.asset, found.rule): found.opened_at for found in unit.conditions.open()}
        for alert in unit.alerts.unclosed():
            met = unit.alerts.deadline(alert.id).met_at
            if met is not None:
                waited[alert.level].append((met - opened[alert.asset, alert.rule]).total_seconds())
    every = sorted(waited[1] + waited[2])
    figures: dict[str, float] = {"conditions": conditions, "told": len(every), **_spread("row → accepted", every)}
    figures |= _spread("level 1", sorted(waited[1]))
    return figures | _spread("tick", sorted(took))


def _spread(name: str, values: list[float]) -> dict[str, float]:
    if len(values) < 2:
        return {}
    return {
        f"{name} p50_s": median(values),
        f"{name} p99_s": quantiles(values, n=100, method="inclusive")[98],
        f"{name} most_s": values[-1],
    }
