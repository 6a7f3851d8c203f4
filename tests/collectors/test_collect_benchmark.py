"""The benchmark runs and reads good values on each of its sides; how fast is not a test's business."""

import json
import subprocess
import sys

from benchmarks.collect import GATEWAYS, SIDES


def test_the_benchmark_reads_on_each_side() -> None:
    command = [sys.executable, "-m", "benchmarks.collect", "--seconds", "0.5", "--json"]
    results = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=100).stdout)
    assert list(results) == list(SIDES)
    for side in results.values():
        assert side["points_per_second"] > GATEWAYS
        assert side["cpu_us_per_point"] > 0
