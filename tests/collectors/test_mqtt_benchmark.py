"""The benchmark of MQTT takes all messages on its own sides; how fast is not a test's business."""

import json
import os
import shutil
import subprocess
import sys

import pytest


@pytest.mark.skipif(shutil.which("mosquitto_pub") is None, reason="install mosquitto and mosquitto-clients")
def test_the_benchmark_takes_every_message_on_each_side() -> None:
    command = [sys.executable, "-m", "benchmarks.mqtt", "--messages", "400", "--json"]
    environment = {**os.environ, "FACILITY_TELEGRAF": ""}
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=100, env=environment)
    results = json.loads(done.stdout)
    assert {"only counts", "ours"} <= set(results)
    assert results["ours"]["messages_per_second"] > 1
    assert results["ours"]["cpu_us_per_message"] >= 0
