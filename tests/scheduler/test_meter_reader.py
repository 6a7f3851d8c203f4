"""The meter reader: a month is read beside the leader's loop, and a history that stays away is given up in the end."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from facility.clock import SystemClock
from facility.domain.figure import Period
from facility.domain.meter_line import MonthRead
from facility.site import load
from facility.store.sqlite_history import SqliteHistory
from scheduler import meter_reader
from scheduler.meter_reader import MeterReader
from tests.harness.wait import until

DEMO = load(Path(__file__).resolve().parents[2] / "examples" / "demo" / "site.yaml")
NOVEMBER = Period.month(2025, 11)


def test_a_month_is_read_beside_the_loop(tmp_path: Path) -> None:
    history = SqliteHistory(tmp_path / "history.db", DEMO.id)
    history.prepare()
    begin = datetime(2025, 11, 3, tzinfo=UTC)
    hours = (int((begin + hour * timedelta(hours=1)).timestamp()) * 10**9 for hour in range(25))
    history.write(
        b"".join(f"meter,site={DEMO.id},asset=incomer-1 energy={10 * n} {at}\n".encode() for n, at in enumerate(hours))
    )
    reader = MeterReader(DEMO, history, SystemClock())
    reader.start()
    assert reader.month(NOVEMBER) is None, "nobody waits for it"
    until(reader.has_news, "it was read")
    read = reader.month(NOVEMBER)
    assert read is not None
    (incomer,) = [line for line in read.lines if line.asset == "incomer-1"]
    assert incomer.this is not None
    assert incomer.this.amount == 240
    assert read.answered
    reader.stop()
    history.close()


def test_a_history_that_stays_away_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meter_reader, "PATIENCE", timedelta(0))
    reader = MeterReader(DEMO, SqliteHistory(tmp_path / "nowhere" / "history.db", DEMO.id), SystemClock())
    reader.start()
    assert reader.month(NOVEMBER) is None
    until(reader.has_news, "it was given up")
    assert reader.month(NOVEMBER) == MonthRead((), answered=False)
    reader.stop()
