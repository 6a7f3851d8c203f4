"""The benchmarks run, on each of their sides, and count good values in the stores; how fast is not a test's business."""

import json
import os
import subprocess
import sys

import pytest

SECTIONS = os.environ.get("FACILITY_BENCH_SECTIONS", "throughput,condition").split(",")


@pytest.mark.timeout(900)
def test_the_benchmarks_measure_on_each_side() -> None:
    command = [sys.executable, "-m", "benchmarks", *SECTIONS, "--short", "--seconds", "1", "--rounds", "1", "--json"]
    results = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    sides = results["throughput"]
    assert set(sides) >= {"facility → SQLite", "pymodbus → nowhere", "facility, reading → nowhere"}
    assert ("facility → InfluxDB" in sides) == bool(os.environ.get("FACILITY_INFLUXD"))
    for side in sides.values():
        assert side["points_per_second"] > 0
        assert side["cpu_us_per_point"] > 0
    assert results["condition"]["seen"] == results["condition"]["changes"]
