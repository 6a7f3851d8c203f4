"""Tariffs: each instant lies in one period; meters that stand behind others are not counted twice."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from facility.domain.growth import Growth
from facility.domain.meter import Used, before, by_period, known_share, meter_of
from facility.domain.tariff import FLAT, Hours, Tariff, TariffPeriod
from facility.domain.unit import Unit
from tests.harness.small_site import small_site

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
PEAK = TariffPeriod("peak", Decimal("1.2"), (Hours(time(10), time(12)), Hours(time(14), time(19))), frozenset({7, 8}))
VALLEY = TariffPeriod("valley", Decimal("0.3"), (Hours(time(22), time(6)),))
POWER = Tariff(Decimal("0.6"), (PEAK, VALLEY))


def test_hours_over_midnight_and_to_the_end_of_the_day() -> None:
    night = Hours(time(22), time(6))
    assert [night.holds(time(hour)) for hour in (21, 22, 0, 5, 6)] == [False, True, True, True, False]
    late = Hours(time(20), time(0))
    assert [late.holds(time(hour)) for hour in (19, 20, 23, 0)] == [False, True, True, False]


def test_a_period_holds_in_its_months() -> None:
    at = datetime(2026, 7, 1, 3, 30, tzinfo=UTC)  # 11:30 in the estate
    assert POWER.period_at(at, SHANGHAI) == "peak"
    assert POWER.period_at(at.replace(month=6), SHANGHAI) == FLAT
    assert POWER.period_at(datetime(2026, 7, 1, 14, tzinfo=UTC), SHANGHAI) == "valley"
    assert POWER.names == ("peak", "valley", FLAT)


@given(st.integers(0, 8760), st.sampled_from([SHANGHAI, BERLIN]), st.lists(st.floats(0, 1000), min_size=1, max_size=60))
def test_what_is_counted_is_in_one_period_and_nothing_is_lost(start: int, zone: ZoneInfo, amounts: list[float]) -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC) + start * HOUR
    bars = [Growth(begin + n * HOUR, begin + (n + 1) * HOUR, amount, True) for n, amount in enumerate(amounts)]
    found = by_period(bars, POWER, zone)
    assert set(found) == set(POWER.names)
    assert abs(sum(found.values()) - sum(amounts)) < 1e-6
    assert (
        by_period(bars, None, zone) == {FLAT: sum(found.values())}
        or abs(by_period(bars, None, zone)[FLAT] - sum(amounts)) < 1e-6
    )


def test_cost_is_exact_and_needs_a_tariff() -> None:
    used = Used("m", "power", Unit.KILOWATT_HOUR, {"peak": 10.1, "valley": 3.0, FLAT: 0.5}, 1.0, True)
    assert used.cost(POWER) == Decimal("13.32")
    assert used.cost(None) is None


def test_hours_without_readings_are_a_share_not_a_guess() -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    bars = [Growth(begin + n * HOUR, begin + (n + 1) * HOUR, 1.0 if n else None, n != 1) for n in range(4)]
    assert known_share(bars, begin + 3 * HOUR) == 2 / 3
    assert known_share([], begin) == 1.0


def test_a_meter_is_what_counts_energy_or_volume() -> None:
    site = small_site()
    assert [asset.id for asset in site.assets.values() if meter_of(asset)] == [
        asset.id
        for asset in site.assets.values()
        if any(p.counter and p.unit is Unit.KILOWATT_HOUR for p in asset.profile.points.values())
    ]
    for asset in site.assets.values():
        assert asset.id not in before(site.assets, asset.id)
