"""Failpoints kill the process with SIGKILL, at the passage asked for and nowhere else."""

import os
import signal
import subprocess
import sys

import pytest

PASSAGES = (
    'from facility.failpoint import failpoint\nfor n in range(3):\n    failpoint("here")\n    print(n, flush=True)\n'
)


@pytest.mark.parametrize(
    ("wanted", "printed", "code"),
    [("here:2", "0\n", -signal.SIGKILL), ("elsewhere:1", "0\n1\n2\n", 0), ("", "0\n1\n2\n", 0)],
)
def test_kills_at_the_nth_passage(wanted: str, printed: str, code: int) -> None:
    run = subprocess.run(
        [sys.executable, "-c", PASSAGES],
        env={**os.environ, "FACILITY_FAILPOINT": wanted},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.stdout, run.returncode) == (printed, code)
