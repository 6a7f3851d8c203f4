"""How quickly a chart reads a year of one point: from readings, and from roll-ups, one after the other on the same store.

`python -m benchmarks.history [--days 365] [--seconds 10] [--stores sqlite influxdb influxdb-1] [--json]`. InfluxDB comes from the ladder
of the tests: an address in the environment, a container, or a program on this machine.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from facility.domain.counter import Counter
from facility.domain.errors import StoreUnavailable
from facility.ports import History
from facility.store.influx import InfluxHistory
from facility.store.sqlite_history import SqliteHistory
from tests.harness.ladders import INFLUXDB, INFLUXDB_1, influx_address
from tests.harness.servers import Ladder, climb

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CHARTS = {"day": (DAY, timedelta(minutes=5)), "month": (31 * DAY, 2 * HOUR), "year": (365 * DAY, DAY)}
LADDERS = {"influxdb": INFLUXDB, "influxdb-1": INFLUXDB_1}
COUNTERS = {("meter", "m-1"): {"energy": Counter()}}
BATCH = 20_000  # lines of one write
TIMES = 5  # each chart is read this often; the median counts


@contextmanager
def opened(store: str) -> Iterator[History]:
    """An empty history; what it needs is removed afterwards."""
    if store == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            history = SqliteHistory(Path(folder) / "history.db", "bench")
            history.prepare()
            yield history
            history.close()
    else:
        yield from _on_influx(LADDERS[store])


def _on_influx(ladder: Ladder) -> Iterator[History]:
    server = climb(ladder)
    history = InfluxHistory(
        url=influx_address(server),
        org=server.secrets.get("org", ""),
        bucket=f"bench-{uuid.uuid4().hex[:8]}",
        token=server.secrets["token"],
        retention_days=0,
        site="bench",
    )
    try:
        history.prepare()
        yield history
    finally:
        history.close()
        server.stop()


def fill(history: History, now: datetime, days: int, seconds: int) -> int:
    """Readings of one meter: a power that swings and a total that grows; returns how many lines."""
    count = days * 86_400 // seconds
    first = int(now.timestamp()) - count * seconds
    for start in range(0, count, BATCH):
        lines = (
            f"meter,site=bench,asset=m-1 power={50 + n * 37 % 1013 / 20},energy={n / 100} {first + n * seconds}000000000\n"
            for n in range(start, min(start + BATCH, count))
        )
        history.write("".join(lines).encode())
    return count


def measured(history: History, now: datetime, until: datetime) -> dict[str, float]:
    """Milliseconds of each chart, and of a year's bars of a counter."""

    def chart(length: timedelta, every: timedelta) -> Callable[[], int]:
        return lambda: len(history.windows("meter", "m-1", "power", until - length, until, every))

    reads = {name: chart(*what) for name, what in CHARTS.items()}
    counter = COUNTERS["meter", "m-1"]["energy"]
    reads["bars of a year"] = lambda: len(
        history.rollups("meter", "m-1", "energy", until - 365 * DAY, until, HOUR, counter)
    )
    return {name: _median(read) for name, read in reads.items()}


def _median(read: Callable[[], int]) -> float:
    times: list[float] = []
    while len(times) < TIMES and sum(times) < 20:
        began = time.perf_counter()
        try:
            assert read() > 0
        except StoreUnavailable:  # longer than our patience: no chart at all
            return float("inf")
        times.append(time.perf_counter() - began)
    return round(statistics.median(times) * 1000, 1)


def run(store: str, days: int, seconds: int) -> dict[str, object]:
    """One store: filled, read, rolled up, read again."""
    now = datetime.now(UTC)
    until = now.replace(minute=0, second=0, microsecond=0)
    with opened(store) as history:
        lines = fill(history, now, days, seconds)
        raw = measured(history, now, until)
        began, steps = time.perf_counter(), 1
        longest = 0.0
        more = True
        while more:
            step = time.perf_counter()
            more = history.roll_up(now, COUNTERS).more
            longest = max(longest, time.perf_counter() - step)
            steps += 1
        took = time.perf_counter() - began
        if isinstance(history, InfluxHistory):
            history._known_until = 0.0  # a reader of its own would not wait either
        rolled = measured(history, now, until)
    return {
        "lines": lines,
        "raw_ms": raw,
        "rolled_ms": rolled,
        "rolling_up_s": round(took, 1),
        "steps": steps,
        "longest_step_s": round(longest, 2),
    }


def table(results: dict[str, dict[str, object]]) -> str:
    """The results for people."""
    rows = [f"{'':12}{'chart':>16}{'readings ms':>14}{'roll-ups ms':>14}"]
    for store, result in results.items():
        raw, rolled = result["raw_ms"], result["rolled_ms"]
        assert isinstance(raw, dict)
        assert isinstance(rolled, dict)
        rows += [f"{store:12}{chart:>16}{raw[chart]:14.1f}{rolled[chart]:14.1f}" for chart in raw]
        rows.append(
            f"{store:12}{result['lines']} lines rolled up in {result['rolling_up_s']} s, {result['steps']} steps, "
            f"the longest {result['longest_step_s']} s"
        )
    rows.append(f"{os.cpu_count()} cores; load {os.getloadavg()[0]:.1f}")
    return "\n".join(rows)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seconds", type=int, default=10, help="between two readings")
    parser.add_argument("--stores", nargs="+", default=["sqlite", *LADDERS], choices=["sqlite", *LADDERS])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    results = {store: run(store, options.days, options.seconds) for store in options.stores}
    sys.stdout.write((json.dumps(results, indent=2) if options.json else table(results)) + "\n")


if __name__ == "__main__":
    main()
