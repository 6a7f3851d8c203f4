"""Energy of the demo's meters from recorded history: by tariff period, three months apart, gaps as they are."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from facility.domain.figure import Period
from facility.domain.meter_line import MonthSum, amounts_by_period, sum_of
from facility.domain.moment import nanoseconds
from facility.domain.tariff import FLAT, Hours, Tariff, TariffPeriod
from facility.flow.energy import energy_of, lines_of
from facility.site import load
from facility.store.sqlite_history import SqliteHistory

DEMO = Path(__file__).resolve().parents[3] / "examples" / "demo" / "site.yaml"
SITE = load(DEMO)
NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
NOVEMBER = Period.month(2026, 11)


@pytest.fixture
def history(tmp_path: Path) -> Iterator[SqliteHistory]:
    """Incomer 1 counts 10 kWh an hour from 1 November, building 1 behind it 4; nothing on the 10th; October at the end alone."""
    store = SqliteHistory(tmp_path / "history.db", SITE.id)
    store.prepare()
    lines = []
    begin = datetime(2026, 10, 30, 16, 0, tzinfo=UTC)
    hours = int((NOW - begin) / timedelta(hours=1))
    for asset, rate in (("incomer-1", 10), ("building-1", 4)):
        for hour in range(hours + 1):
            at = begin + timedelta(hours=hour)
            if at.astimezone(SITE.zone).day == 10:
                continue
            lines.append(f"meter,site={SITE.id},asset={asset} energy={1000 + rate * hour} {nanoseconds(at)}\n")
    store.write("".join(lines).encode())
    yield store
    store.close()


def test_each_meter_by_period_beside_the_month_before(history: SqliteHistory) -> None:
    valley = TariffPeriod("valley", Decimal("0.3"), (Hours(time(0), time(8)),))
    site = replace(SITE, tariffs={"power": Tariff(Decimal("0.6"), (valley,))})
    rows = {row.asset: row for row in energy_of(site, history, NOVEMBER, NOW)}
    incomer, building = rows["incomer-1"], rows["building-1"]
    assert incomer.this is not None
    assert building.this is not None
    days = (NOW - NOVEMBER.since(SITE.zone)) / timedelta(days=1)
    assert incomer.this.total == pytest.approx(240 * days, rel=0.01)
    assert building.this.total == pytest.approx(96 * days, rel=0.01)
    silence = 240  # what was counted on the 10th stands in the hour in which the readings came back
    assert incomer.this.by_period["valley"] == pytest.approx(80 * 19 + silence)
    assert incomer.this.known < 1.0
    assert incomer.this.known > 0.9
    assert incomer.last is not None
    assert incomer.last.total == pytest.approx(240, rel=0.1)
    assert incomer.year_ago is None, "no data is no zero"
    assert (incomer.this.summed, building.this.summed) == (True, False), "building 1 stands behind incomer 1"
    power = [line for line in lines_of(site, list(rows.values())) if line.kind == "power"]
    assert amounts_by_period(power) == incomer.this.by_period
    assert rows["incomer-2"].this is None
    summed = [line for line in power if line.summed]
    then = sum_of([line.last for line in summed])
    assert (then.read, then.meters, then.partial) == (1, 3, True), "incomer 2 was not read in October"
    assert sum_of([line.year_ago for line in summed]) == MonthSum(None, 0, 3)
    assert FLAT in incomer.this.by_period
