"""Alert and outbox are one transaction: the scheduler is killed at each of its failpoints, on each engine, and started again.

The vendor outside is the oracle: a level-1 message is delivered at least once, and at most once more for a kill that may
have fallen between the vendor's answer and our mark; one alert, one order, no planned order twice.
"""

import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from facility.domain.condition import EdgeKind
from facility.domain.notice import NoticeState
from scheduler.program import FAILPOINTS
from tests.harness.small_scheduler import SmallEstate
from tests.harness.vendor import Vendor
from tests.harness.wait import until

pytestmark = [pytest.mark.kill, pytest.mark.timeout(300)]

PLANNED = {("weekly-check", "pump-1"), ("weekly-check", "pump-2")}  # open from the first day of their week
BEFORE_ANYTHING_IS_SENT = ("raise.before_commit",)  # at all others the sender, a thread beside, may be sending


def test_killed_at_every_failpoint(work_url: str, tmp_path: Path) -> None:
    """Each failpoint has an estate of its own in one database."""

    def case(failpoint: str) -> None:
        with Vendor() as vendor:
            estate = SmallEstate(tmp_path / failpoint, vendor, work_url, site=failpoint.replace(".", "-"))
            try:
                kill_and_restart(estate, failpoint)
                judge(estate, vendor, kills=int(failpoint not in BEFORE_ANYTHING_IS_SENT))
            finally:
                estate.close()

    with ThreadPoolExecutor(4) as pool:
        assert [*pool.map(case, FAILPOINTS)] == [None] * len(FAILPOINTS)


def kill_and_restart(estate: SmallEstate, failpoint: str) -> None:
    """A fire; the first scheduler dies at the failpoint; the second tells everybody, and stops when it is told to."""
    estate.edge(EdgeKind.OPENED, "panel-1", "fire_alarm", datetime.now(UTC))
    assert estate.start(FACILITY_FAILPOINT=failpoint).wait(90) == -signal.SIGKILL, f"never came to {failpoint}"
    second = estate.start()
    estate.leads(2, within=90)  # the first may have stored every answer before it died
    until(lambda: everybody_told(estate), f"{failpoint}: everybody is told", within=90)
    second.terminate()
    assert second.wait(20) == 0


def everybody_told(estate: SmallEstate) -> bool:
    """Every notice has been accepted, and every order is there."""
    with estate.work.reading() as unit:
        states = [notice.state for alert in unit.alerts.recent(9) for notice in unit.notices.of_alert(alert.id)]
        orders, waiting = unit.orders.recent(9), unit.notices.waiting()
    opened = {(order.title_id, order.asset) for order in orders}
    return states == [NoticeState.SENT] and opened > PLANNED and not waiting


def judge(estate: SmallEstate, vendor: Vendor, kills: int) -> None:
    """What was delivered, against what was to be told."""
    with estate.work.reading() as unit:
        (alert,) = unit.alerts.recent(9)
        events = [event.what for event in unit.alerts.events(alert.id)]
        orders = unit.orders.recent(9)
        deadline = unit.alerts.deadline(alert.id)
    assert events == ["raised", "order_opened", "told"]
    assert deadline.met_at is not None
    assert deadline.met_at <= deadline.due_at
    assert [order.alert for order in orders if order.alert is not None] == [alert.id]
    assert set(Counter((order.title_id, order.asset) for order in orders).values()) == {1}, "no planned order twice"
    fires = [request.text for request in vendor.accepted() if "【一级信息】火警" in request.text]
    assert 1 <= len(fires) <= 1 + kills
    assert "secret-key" not in estate.log()
