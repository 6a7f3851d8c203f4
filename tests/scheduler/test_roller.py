"""The roller: rolls up beside the leader's loop, waits for a history that is away, says how far behind it is."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from facility.clock import SystemClock
from facility.site import load
from facility.store.sqlite_history import SqliteHistory
from scheduler.roller import Roller, counters_of
from tests.harness.small_scheduler import SmallEstate
from tests.harness.vendor import Vendor
from tests.harness.wait import until

DEMO = load(Path(__file__).resolve().parents[2] / "examples" / "demo" / "site.yaml")
HOUR = timedelta(hours=1)
START = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - 5 * HOUR


def lines(site: str) -> bytes:
    stamps = (int((START + n * timedelta(minutes=1)).timestamp()) * 10**9 for n in range(240))
    return b"".join(f"meter,site={site},asset=incomer-1 energy={n} {at}\n".encode() for n, at in enumerate(stamps))


@pytest.fixture
def history(tmp_path: Path) -> Iterator[SqliteHistory]:
    history = SqliteHistory(tmp_path / "history.db", DEMO.id)
    history.prepare()
    yield history
    history.close()


@pytest.fixture
def roller(history: SqliteHistory) -> Iterator[Roller]:
    roller = Roller(DEMO, history, SystemClock())
    roller.start()
    yield roller
    roller.stop()


def counted(history: SqliteHistory) -> list[float | None]:
    """What a counter counted in each rolled-up hour."""
    found = history.rollups("meter", "incomer-1", "energy", START, START + 4 * HOUR, HOUR)
    return [each.increase for each in found]


def test_it_catches_up_when_woken_and_says_so(
    roller: Roller, history: SqliteHistory, caplog: pytest.LogCaptureFixture
) -> None:
    history.write(lines(DEMO.id))
    with caplog.at_level(logging.INFO, "scheduler.roller"):
        roller.wake()
        until(lambda: roller.figures().get("facility_rollup_lag_seconds", 1e9) < 400, "it has caught up")
        until(lambda: "is rolled up until" in caplog.text, "it says so")
    assert "behind, from" in caplog.text
    assert roller.figures()["facility_rollup_windows_total"] >= 48
    assert counted(history) == [59.0, 59.0, 59.0, 59.0]


def test_a_history_that_is_away_is_waited_for(
    roller: Roller, history: SqliteHistory, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    history.write(lines(DEMO.id))
    history.close()
    path, aside = tmp_path / "history.db", tmp_path / "aside"
    roller._prepared = True  # it had been there
    path.rename(aside)
    roller.wake()
    until(lambda: roller.figures()["facility_rollup_failures_total"] >= 1, "it was tried")
    aside.rename(path)
    until(lambda: roller.figures()["facility_rollup_windows_total"] >= 48, "it goes on by itself")
    assert "trying again until it is back" in caplog.text


def test_it_stops_while_history_is_away(history: SqliteHistory, tmp_path: Path) -> None:
    history.close()
    roller = Roller(DEMO, SqliteHistory(tmp_path / "nowhere" / "history.db", DEMO.id), SystemClock())
    roller.start()
    roller.wake()
    until(lambda: roller.figures()["facility_rollup_failures_total"] >= 1, "it was tried")
    roller.stop()
    assert not roller._thread.is_alive()


def test_counters_are_those_of_the_profiles() -> None:
    found = counters_of(DEMO)
    assert set(found["meter", "incomer-1"]) == {"energy"}
    assert set(found["pump", "pump-1"]) == {"running_hours", "starts"}
    assert ("tank", "tank-1") not in found


def test_the_scheduler_rolls_up_while_it_leads(tmp_path: Path) -> None:
    history = SqliteHistory(tmp_path / "history.db", "small")
    history.prepare()
    history.write(lines("small"))
    with Vendor() as vendor:
        estate = SmallEstate(tmp_path, vendor)
        process = estate.start()
        until(lambda: "history is rolled up until" in estate.log(), "it has caught up", within=60)
        process.terminate()
        assert process.wait(20) == 0
        estate.close()
    assert history._connect("ro").execute("SELECT count(*) FROM rolled_1h").fetchone() == (4,)
    history.close()
