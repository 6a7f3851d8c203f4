"""`python -m benchmarks [SECTION …] [--seconds 20] [--rounds 3] [--short] [--json]`: all sections, or those that are named.

throughput · many-points · condition · dead-unit · slow-devices · alerts · planning · year. FACILITY_INFLUXD and
FACILITY_TELEGRAF name the programs of InfluxDB 2 and Telegraf; what is missing is said and left out. `--short` shows in a
minute that everything works, no more.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime

from benchmarks import alerts, figures, planning, throughput
from benchmarks.load import Load
from benchmarks.throughput import Figure, Pace, table

Result = Mapping[str, Figure] | Mapping[str, float]

USUAL, MANY, SMALL = Load(), Load(20, 167, 30, 10), Load(2, 5)
WARM_UP = 20.0  # seconds: the first reading of each device, which carries its qualities too, is in the store by then


def section(name: str, pace: Pace, *, short: bool) -> Result:
    """Measure one section."""
    usual = SMALL if short else USUAL
    match name:
        case "throughput":
            return throughput.run(usual, pace)
        case "many-points":
            return figures.many_points(usual, Load(2, 10, 30, 2) if short else MANY, pace)
        case "condition":
            return figures.to_condition(usual, 4 if short else 200, pace)
        case "dead-unit":
            longer = replace(pace, seconds=(1 if short else 4) * pace.seconds)
            return figures.dead_unit(4 if short else 32, 2 if short else 5, longer)
        case "alerts":
            return alerts.to_accepted(40, 1.0) if short else alerts.to_accepted(1000)
        case "planning":
            return planning.reconciled(100 if short else 10_000)
        case "year":
            return planning.simulated_year()
        case _:
            return figures.slow_devices(2 if short else 4, 30 if short else 200, pace)


SECTIONS = ("throughput", "many-points", "condition", "dead-unit", "slow-devices", "alerts", "planning", "year")


def text(name: str, result: Result) -> str:
    """For people, as Markdown."""
    lines = [f"## {name}", ""]
    of_sides = {side: figure for side, figure in result.items() if isinstance(figure, Figure)}
    if of_sides:
        return "\n".join([*lines, *table(of_sides), ""])
    return "\n".join([*lines, *(f"- {key}: {value:.4g}" for key, value in result.items()), ""])


def machine() -> str:
    """What was measured on, and what is missing."""
    missing = [
        name
        for name in ("FACILITY_INFLUXD", "FACILITY_TELEGRAF", "FACILITY_BENCH_POSTGRES_URL")
        if not os.environ.get(name)
    ]
    left_out = f"; not set, so left out: {', '.join(missing)}" if missing else ""
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.platform()}, Python {platform.python_version()},"
        f" {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}{left_out}"
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=" · ".join(SECTIONS))
    parser.add_argument(
        "--seconds",
        type=float,
        default=20.0,
        help="measured seconds a side and round, in tens: stores are written to every 10 s",
    )
    parser.add_argument("--rounds", type=int, default=3, help="the sides take turns so often; medians count")
    parser.add_argument("--short", action="store_true", help="small loads: shows that it works")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if unknown := set(options.sections) - set(SECTIONS):
        parser.error(f"no such section: {', '.join(sorted(unknown))}. There are: {', '.join(SECTIONS)}")
    warm_up, settle = (1.0, 3.0) if options.short else (WARM_UP, 12.0)
    pace = Pace(options.seconds, options.rounds, warm_up, settle)
    results: dict[str, dict[str, object]] = {}
    if not options.json:
        sys.stdout.write(f"{machine()}\n\n")
    for name in options.sections or SECTIONS:
        result = section(name, pace, short=options.short)
        results[name] = {key: asdict(value) if isinstance(value, Figure) else value for key, value in result.items()}
        if not options.json:
            sys.stdout.write(text(name, result) + "\n")
            sys.stdout.flush()
    if options.json:
        sys.stdout.write(json.dumps({"machine": machine(), **results}, indent=2) + "\n")


if __name__ == "__main__":
    main()
