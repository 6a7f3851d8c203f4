"""CPU, rate and memory of whole collecting processes over real Modbus TCP, side by side in one run.

Each side runs alone, several times in turn, against the same gateways. Its CPU is that of all its threads over the measured
seconds after a warm-up, without gateways and servers; its points are those that were found in its store afterwards.
"""

import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from statistics import median

from benchmarks.load import Load
from benchmarks.servers import Gateways, Influx, gateways, influx
from benchmarks.sides import Loop, Ours, Side, Telegraf, end
from benchmarks.usage import Usage, peak_mb

BETWEEN = 0.6  # of a second: polls of long periods come together at whole ones, and none may fall on an edge of what is measured


@dataclass(frozen=True, slots=True)
class Pace:
    """`seconds` are measured, `warm_up` seconds after all gateways were connected to; sides take `rounds` turns.

    What was read goes to its store within `settle` seconds.
    """

    seconds: float = 20.0
    rounds: int = 3
    warm_up: float = 6.0
    settle: float = 20.0

    def whole(self, every: int) -> "Pace":
        """With whole periods, and the first round, which is all at once, in the warm-up."""
        return replace(self, seconds=every * ceil(self.seconds / every), warm_up=self.warm_up + every)


@dataclass(frozen=True, slots=True)
class Figure:
    """One side, one time."""

    cpu_us_per_point: float
    points_per_second: float  # stored; of `by_answers` read
    peak_mb: float


def measure(side: Side, load: Load, running: Gateways, folder: Path, pace: Pace, *, by_answers: bool = False) -> Figure:
    """Run the side once; RuntimeError when it ends by itself. `by_answers`: its points are those that the gateways gave."""
    folder.mkdir()
    known = running.connections
    process = side.start(load, running.ports[: load.gateways], folder)
    try:
        running.await_connections(known + load.gateways)
        time.sleep(pace.warm_up)
        time.sleep((BETWEEN - time.monotonic()) % 1.0)
        first, answers, before, began = time.time_ns(), running.answers(), Usage.of(process.pid), time.monotonic()
        time.sleep(pace.seconds)
        last, after, took = time.time_ns(), Usage.of(process.pid), time.monotonic() - began
        answers = running.answers() - answers
        memory = peak_mb(process.pid)
        time.sleep(pace.settle)
    except (FileNotFoundError, TimeoutError):
        raise RuntimeError(f"{side} ended: {(folder / 'log').read_text()[-2000:]}") from None
    finally:
        end(process)
    points = load.points * answers if by_answers else side.arrived(first, last)
    return Figure(after.since(before) / max(1, points) * 1e6, points / took, memory)


def sides(server: Influx | None, telegraf: str | None) -> dict[str, Side]:
    """All that can be run here, by the name in the table."""
    found: dict[str, Side] = {}
    if server:
        found["facility → InfluxDB"] = Ours(server)
    found["facility → SQLite"] = Ours()
    if server and telegraf:
        found[TELEGRAF] = Telegraf(telegraf, server)
    found["pymodbus → nowhere"] = Loop("pymodbus")
    found["facility, reading → nowhere"] = Loop("reading")
    return found


TELEGRAF = "Telegraf → InfluxDB"


def run(load: Load, pace: Pace) -> dict[str, Figure]:
    """The medians of each side."""
    seen: dict[str, list[Figure]] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        binary = os.environ.get("FACILITY_INFLUXD")
        server = stack.enter_context(influx(binary, folder / "influx")) if binary else None
        running = stack.enter_context(gateways(load.gateways))
        telegraf = os.environ.get("FACILITY_TELEGRAF")
        for number in range(pace.rounds):
            for turn, (name, side) in enumerate(sides(server, telegraf).items()):
                place = folder / f"{number}-{turn}"
                seen.setdefault(name, []).append(measure(side, load, running, place, pace))
    return {name: middle(figures) for name, figures in seen.items()}


def middle(figures: Sequence[Figure]) -> Figure:
    """The median of each column."""
    return Figure(
        median(f.cpu_us_per_point for f in figures),
        median(f.points_per_second for f in figures),
        max(f.peak_mb for f in figures),
    )


def table(figures: Mapping[str, Figure]) -> list[str]:
    """Markdown."""
    reference = figures.get(TELEGRAF)
    lines = ["| side | CPU µs a point | points/s stored | peak MB | points per CPU second |", "|---|---|---|---|---|"]
    for name, figure in figures.items():
        ratio = f", {reference.cpu_us_per_point / figure.cpu_us_per_point:.2f} × Telegraf" if reference else ""
        lines.append(
            f"| {name} | {figure.cpu_us_per_point:.2f} | {figure.points_per_second:,.0f} | {figure.peak_mb:.0f} |"
            f" {1e6 / figure.cpu_us_per_point:,.0f}{ratio} |"
        )
    return lines
