"""Alert and outbox are one transaction: the scheduler is killed at each of its failpoints and started again.

The vendor outside is the oracle: each level-1 message is delivered at least once, at most once more for each kill
between the vendor's answer and our mark; one alert, one order.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from facility.domain.alert import AlertState
from facility.domain.condition import EdgeKind
from facility.domain.notice import NoticeState
from scheduler.program import FAILPOINTS
from tests.harness.small_scheduler import SmallEstate, count
from tests.harness.vendor import Vendor
from tests.harness.wait import until

pytestmark = pytest.mark.kill

WHILE_SENDING = ("send.", "settle.")  # a kill there may fall between an answer and its mark
PLANNED = 3  # orders of the calendar: two pumps weekly, one quarterly


def told(estate: SmallEstate) -> bool:
    """Every notice of every alert has been accepted, and the planned orders are there."""
    with estate.work.reading() as unit:
        alerts = unit.alerts.recent(10)
        states = [notice.state for alert in alerts for notice in unit.notices.of_alert(alert.id)]
        waiting = unit.notices.waiting()
        orders = len(unit.orders.recent(10))
    return bool(states) and set(states) == {NoticeState.SENT} and not waiting and orders == PLANNED + 1


@pytest.mark.parametrize("failpoint", FAILPOINTS)
def test_killed_at(failpoint: str, tmp_path: Path) -> None:
    with Vendor() as vendor:
        estate = SmallEstate(tmp_path, vendor)
        try:
            onset = datetime.now(UTC)
            estate.edge(EdgeKind.OPENED, "panel-1", "fire_alarm", onset)
            assert estate.start(FACILITY_FAILPOINT=failpoint).wait(30) == -9, f"never came to {failpoint}"
            estate.start()
            until(lambda: told(estate), "everybody is told", within=40)
            oracle(estate, vendor, kills=int(failpoint.startswith(WHILE_SENDING)))
        finally:
            estate.close()


def oracle(estate: SmallEstate, vendor: Vendor, kills: int) -> None:
    """What was delivered against what was to be told."""
    with estate.work.reading() as unit:
        (alert,) = unit.alerts.recent(10)
        notices = [*unit.notices.of_alert(alert.id)]
        order = unit.orders.of_alert(alert.id)
        deadline = unit.alerts.deadline(alert.id)
    assert (alert.kind, alert.state) == ("fire_alarm", AlertState.ACTIVE_UNACKNOWLEDGED)
    assert order is not None
    assert "secret-key" not in estate.log()
    assert count(estate.work) == (1, PLANNED + 1)
    assert deadline.met_at is not None
    assert deadline.met_at <= deadline.due_at
    assert [notice.rung for notice in notices] == [0]
    delivered = sum("【一级信息】火警" in request.text for request in vendor.accepted())
    assert 1 <= delivered <= 1 + kills
