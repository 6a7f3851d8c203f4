"""The supervisor: starts, restarts what dies, leaves nothing behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.harness.wait import until

PROGRAM = """
import os, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
pathlib.Path(os.environ["PIDS"]).open("a").write(f"{os.getpid()}\\n")
while True: time.sleep(0.05)
"""
SUPERVISE = "from facility.cli.supervisor import Supervisor; Supervisor(['steady', 'other'], {}).run()"


@pytest.fixture
def supervisor(tmp_path: Path):  # type: ignore[no-untyped-def]
    for name in ("steady", "other"):
        (tmp_path / f"{name}.py").write_text(PROGRAM)
    environment = {**os.environ, "PIDS": str(tmp_path / "pids"), "PYTHONPATH": f"{tmp_path}:{Path.cwd()}"}
    process = subprocess.Popen([sys.executable, "-c", SUPERVISE], env=environment, start_new_session=True)
    yield (
        process,
        lambda: [int(line) for line in (tmp_path / "pids").read_text().split()] if (tmp_path / "pids").exists() else [],
    )
    process.kill()
    process.wait()


def gone(pids: list[int]) -> bool:
    return not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE for pid in pids)


def test_what_dies_is_started_again_and_ctrl_c_leaves_no_process(supervisor) -> None:  # type: ignore[no-untyped-def]
    process, pids = supervisor
    until(lambda: len(pids()) == 2, "both programs run")
    os.kill(pids()[0], signal.SIGKILL)
    until(lambda: len(pids()) == 3, "the dead one runs again")
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
    assert gone(pids())


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux")
def test_a_killed_supervisor_takes_its_programs_along(supervisor) -> None:  # type: ignore[no-untyped-def]
    process, pids = supervisor
    until(lambda: len(pids()) == 2, "both programs run")
    process.kill()
    until(lambda: gone(pids()), "no program is left")
    assert gone(pids())
