"""The other figures: many points, from a register to a condition, one dead unit, slow devices. Each runs the whole collectors."""

import random
import sqlite3
import struct
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from statistics import median, quantiles

from benchmarks.load import HOLD, Load, asset_id
from benchmarks.servers import Gateways, gateways
from benchmarks.sides import Loop, Ours, end
from benchmarks.throughput import Figure, Pace, measure, middle

TOO_HIGH = struct.unpack(">2H", struct.pack(">f", 450.0))  # words of a value that the rule `high` (p1) finds
LOOKS = 0.01  # seconds between two looks at the work database
LOST_AFTER = 30.0  # seconds for a condition to come
DEVICE_TAKES = 0.02  # seconds


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def many_points(usual: Load, many: Load, pace: Pace) -> dict[str, Figure]:
    """The usual load and one with many more points a longer period apart, in turn; a point counts when it was read."""
    seen: dict[str, list[Figure]] = {}
    with _folder() as folder, gateways(max(usual.gateways, many.gateways)) as running:
        for number in range(pace.rounds):
            for load in (usual, many):
                points = load.gateways * load.units * load.points
                place = folder / f"{number}-{points}"
                figure = measure(Ours(), load, running, place, pace.whole(load.every), by_answers=True)
                seen.setdefault(f"{points:,} points every {load.every} s", []).append(figure)
    return {name: middle(figures) for name, figures in seen.items()}


def to_condition(load: Load, changes: int, pace: Pace) -> dict[str, float]:
    """Seconds from a register's change to the condition's row in the work database, beyond the rule's hold."""
    with _folder() as folder, gateways(load.gateways) as running:
        process = Ours().start(load, running.ports, folder)
        try:
            running.await_connections(load.gateways)
            time.sleep(pace.warm_up)
            _await_table(folder / "data" / "work.db")
            took = sorted(_watch(running, load, changes, folder / "data" / "work.db").values())
        finally:
            end(process)
    return {
        "changes": changes,
        "seen": len(took),
        "p50_s": median(took),
        "p99_s": quantiles(took, n=100, method="inclusive")[98],
        "most_s": took[-1],
    }


def _await_table(work: Path) -> None:
    """The collectors make the work database beside their first readings; RuntimeError when they do not."""
    end_at = time.monotonic() + LOST_AFTER
    query = "SELECT 1 FROM sqlite_master WHERE name = 'conditions'"
    while time.monotonic() < end_at:
        with (
            suppress(sqlite3.OperationalError),
            closing(sqlite3.connect(f"file:{work}?mode=ro", uri=True)) as connection,
        ):
            if connection.execute(query).fetchone():
                return
        time.sleep(LOOKS)
    raise RuntimeError(f"there is no table of conditions in {work}")


def _watch(running: Gateways, load: Load, changes: int, work: Path) -> Mapping[str, float]:
    """By asset: seconds from the change to the row, without the hold."""
    units = [(gateway, unit) for gateway in range(load.gateways) for unit in range(1, load.units + 1)]
    chosen = random.Random(1).sample(units, changes)
    changed: dict[str, float] = {}

    def change() -> None:
        for gateway, unit in chosen:
            time.sleep(random.uniform(0.0, 0.4))
            changed[asset_id(gateway, unit)] = running.set(gateway, unit, 2, TOO_HIGH)

    hand = threading.Thread(target=change)
    hand.start()
    took: dict[str, float] = {}
    end_at = time.monotonic() + 0.4 * changes + LOST_AFTER
    with sqlite3.connect(f"file:{work}?mode=ro", uri=True) as connection:
        while len(took) < changes and time.monotonic() < end_at:
            rows = connection.execute("SELECT asset FROM conditions WHERE rule = 'high'").fetchall()
            now = time.monotonic()
            for (asset,) in rows:
                if asset in changed and asset not in took:
                    took[asset] = now - changed[asset] - HOLD
            time.sleep(LOOKS)
    hand.join()
    return took


def dead_unit(units: int, every: int, pace: Pace) -> dict[str, float]:
    """Share of their polls that the others keep while one unit behind their gateway is silent."""
    load = Load(1, units, 30, every)
    with _folder() as folder, gateways(1, dead=units) as running:
        figure = measure(Ours(), load, running, folder / "dead", pace.whole(every))
    return {"units": units, "kept": figure.points_per_second / ((units - 1) * load.points / every)}


def slow_devices(connections: int, units: int, pace: Pace) -> dict[str, float]:
    """Points a second from devices that take 20 ms an answer: ours over several connections, pymodbus one after the other."""
    load = Load(1, units, 30, 1, connections)
    with _folder() as folder, gateways(1, delay=DEVICE_TAKES) as running:
        ours = measure(Ours(), load, running, folder / "ours", pace)
        pymodbus = measure(Loop("pymodbus"), load, running, folder / "pymodbus", pace)
    return {
        "connections": connections,
        "ours_points_per_second": ours.points_per_second,
        "pymodbus_points_per_second": pymodbus.points_per_second,
        "ratio": ours.points_per_second / pymodbus.points_per_second,
    }
