"""G13: the disk is full for half an hour; alerts go on, history is shed and counted, and it recovers by itself."""

from collections.abc import Callable

import pytest

from tests.harness.lengths import length
from tests.harness.wait import until
from tests.torture.gatehouse import Gatehouse

pytestmark = [pytest.mark.kill, pytest.mark.timeout(600)]

MINUTES = 30
STEP = length(20.0, 10.0)  # seconds between two passages


def test_the_disk_is_full(make_gatehouse: Callable[..., Gatehouse], work_url: str) -> None:
    """All stores stand on the full disk, but for a work database on PostgreSQL."""
    house = make_gatehouse(work_url.replace("/work.db", "/data/work.db") if work_url.startswith("sqlite") else work_url)
    house.begin()
    house.tell(house.passage())
    until(house.stored, "a first passage is stored", within=60)
    with house.disk_full():
        house.pass_time(60.0 * MINUTES, STEP, {0.3: 2, 0.6: 3, 0.9: 4}, padding=90_000)
        assert house.late() == []
    before = len(house.sent)
    for _ in range(3):
        house.tell(house.passage())
        house.clock.advance(STEP)
    last = sorted(house.sent.items())[before:]
    until(lambda: set(last) <= set(house.stored()), "passages are stored again", within=60)
    house.jam_and_wait(5)
    until(lambda: house.spooled() == 0, "the spool is empty", within=60)
    stored, wanted = house.stored(), sorted(house.sent.items())
    assert set(stored) < set(wanted), "nothing was shed: the disk was not full"
    until(lambda: shed(house) >= len(wanted) - len(stored), "what is not stored is counted", within=20)
    assert house.late() == []
    assert house.is_exact()


def shed(house: Gatehouse) -> float:
    return house.figure("facility_spool_dropped_lines_total") + house.figure("facility_outflow_shed_lines_total")
