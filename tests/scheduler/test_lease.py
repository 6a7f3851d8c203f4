"""The lease: followed after ten silent seconds of the reader's own clock, or at once when the holder's process is gone."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from facility.domain.errors import LeaseLost
from facility.store.sql import SqlWork
from scheduler.lease import NAME, StandBy, holder_of_this_process, is_gone
from tests.harness.moved_time import Time


@pytest.fixture
def work(tmp_path: Path) -> Iterator[SqlWork]:
    work = SqlWork(f"sqlite:///{tmp_path / 'work.db'}", "small")
    work.prepare()
    yield work
    work.close()


def test_free_is_taken_at_once_and_a_beating_leader_is_left_alone(work: SqlWork) -> None:
    time = Time()
    lease = StandBy(work, time, "elsewhere:1:1").look()
    assert lease is not None
    assert lease.epoch == 1
    other = StandBy(work, time, "elsewhere:2:2")
    for _ in range(20):
        time.at += 2
        with work.writing(1) as unit:
            assert unit.leases.beat(NAME, 1)
        assert other.look() is None


def test_ten_silent_seconds_and_the_old_leader_writes_nothing(work: SqlWork) -> None:
    time = Time()
    assert StandBy(work, time, "elsewhere:1:1").look() is not None
    other = StandBy(work, time, "elsewhere:2:2")
    assert other.look() is None
    time.at += 9.9
    assert other.look() is None
    time.at += 0.2
    lease = other.look()
    assert lease is not None
    assert (lease.epoch, lease.holder) == (2, "elsewhere:2:2")
    with pytest.raises(LeaseLost), work.writing(1):
        pytest.fail("a stale leader came to write")


def test_a_dead_process_of_this_machine_is_followed_at_once(work: SqlWork) -> None:
    program = "from scheduler.lease import holder_of_this_process as h; print(h())"
    dead = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()
    assert is_gone(dead)
    assert StandBy(work, Time(), dead).look() is not None
    lease = StandBy(work, Time(), holder_of_this_process()).look()
    assert lease is not None
    assert lease.epoch == 2


@pytest.mark.parametrize("holder", ["", "x", "elsewhere:1:1", "elsewhere:x:", "elsewhere:{ours}:1"])
def test_what_cannot_be_known_is_not_gone(holder: str) -> None:
    assert not is_gone(holder.format(ours=os.getpid()))


def test_a_running_process_is_not_gone_and_its_number_used_again_is() -> None:
    mine = holder_of_this_process()
    assert not is_gone(mine)
    assert is_gone(mine.rpartition(":")[0] + ":1")
