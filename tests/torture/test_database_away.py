"""G14: the work database is locked or its server restarted; no condition is lost or invented, level 1 is told in time."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing

import pytest

from tests.harness.lengths import length
from tests.harness.servers import Server
from tests.harness.wait import until
from tests.torture.gatehouse import Gatehouse

pytestmark = [pytest.mark.kill, pytest.mark.timeout(600)]


@pytest.mark.parametrize("seconds", length([8], [30, 120]))
def test_another_program_locks_the_database(make_gatehouse: Callable[..., Gatehouse], seconds: int) -> None:
    house = make_gatehouse()
    house.begin()
    house.jam_and_wait(1)
    blocker = sqlite3.connect(house.data / "work.db", isolation_level=None, timeout=20)
    with closing(blocker):
        blocker.execute("BEGIN IMMEDIATE")
        jam_meanwhile(house, seconds)
        blocker.execute("ROLLBACK")
    judge(house)


@pytest.mark.parametrize("seconds", length([3], [30, 120]))
def test_postgresql_is_killed_and_restarted(
    make_gatehouse: Callable[..., Gatehouse], postgres_server: Server, postgres_url: str, seconds: int
) -> None:
    if postgres_server.given:
        pytest.skip("install PostgreSQL: this server is not ours to kill")
    house = make_gatehouse(postgres_url)
    house.begin()
    house.jam_and_wait(1)
    postgres_server.kill()
    jam_meanwhile(house, seconds)
    postgres_server.restart()
    judge(house)


def jam_meanwhile(house: Gatehouse, seconds: int) -> None:
    """Two gates jam, and so much real time passes."""
    end = time.monotonic() + seconds
    house.jam(2)
    until(lambda: time.monotonic() > end - seconds / 2, "half of it", within=seconds + 10)
    house.jam(3)
    until(lambda: time.monotonic() > end, "all of it", within=seconds + 10)


def judge(house: Gatehouse) -> None:
    """All are told once, in time, and it goes on."""
    until(lambda: house.told(2) and house.told(3), "both are told when it is back", within=60)
    house.jam_and_wait(4)
    until(lambda: house.late() == [], "each in time")
    assert house.is_exact()
    assert [house.times_told(gate) for gate in (1, 2, 3, 4)] == [1, 1, 1, 1]
