"""A fire alarm that lasted 200 ms is latched: the scheduler is killed while it is told, and it stands all the same.

It ends only by the reset of the panel and an acknowledgement; nobody can shelve it meanwhile.
"""

import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from facility.domain.alert import Alert, AlertState
from facility.domain.condition import EdgeKind
from facility.domain.errors import Conflict
from facility.flow.acknowledge import acknowledge
from facility.flow.answer import reset
from facility.flow.shelve import shelve
from tests.harness.small_scheduler import SmallEstate
from tests.harness.vendor import Vendor
from tests.harness.wait import until

pytestmark = [pytest.mark.kill, pytest.mark.timeout(300)]


def the_alert(estate: SmallEstate) -> Alert | None:
    with estate.work.reading() as unit:
        return next(iter(unit.alerts.recent(1)), None)


def told(estate: SmallEstate) -> bool:
    with estate.work.reading() as unit:
        return any(deadline.met_at for deadline in unit.alerts.deadlines(1))


def test_a_pulse_of_fire_over_a_kill(work_url: str, tmp_path: Path) -> None:
    with Vendor() as vendor:
        estate = SmallEstate(tmp_path / "estate", vendor, work_url, VENDOR_LATCHED="1")
        try:
            now = datetime.now(UTC)
            estate.edge(EdgeKind.OPENED, "panel-1", "fire_alarm", now)
            estate.edge(EdgeKind.ENDED, "panel-1", "fire_alarm", now + timedelta(milliseconds=200))
            assert estate.start(FACILITY_FAILPOINT="raise.after_commit").wait(90) == -signal.SIGKILL
            second = estate.start()
            until(lambda: told(estate), "the manager is told", within=90)
            alert = the_alert(estate)
            assert alert is not None
            assert alert.state is AlertState.ACTIVE_UNACKNOWLEDGED
            assert alert.returned_at is not None, "the signal is gone"
            acts(estate)
            second.terminate()
            assert second.wait(20) == 0
            last = the_alert(estate)
            assert last is not None
            assert last.state is AlertState.CLOSED
        finally:
            estate.close()


def acts(estate: SmallEstate) -> None:
    """A shelf is refused; the acknowledgement alone does not close it, the reset does."""
    now = datetime.now(UTC)
    with estate.work.writing() as unit:
        chen = next(person.id for person in unit.people.all() if person.login == "chen")
        with pytest.raises(Conflict, match="latched"):
            shelve(unit, 1, chen, now + timedelta(hours=1), "noise", now)
        assert acknowledge(unit, 1, chen, now).state is AlertState.ACTIVE_ACKNOWLEDGED
    with estate.work.writing() as unit:
        assert reset(unit, 1, chen, now, now).state is AlertState.CLOSED
