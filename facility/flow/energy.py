"""Energy: what each meter counted in a month, by tariff period, beside the month before and the same month of last year."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from facility.domain.asset import Asset, Site
from facility.domain.figure import Period
from facility.domain.growth import Bar
from facility.domain.meter import Used, before, by_period, kind_of_meter, known_share, meter_of
from facility.domain.meter_line import MeterLine, MonthOfMeter
from facility.domain.profile import Point
from facility.domain.tariff import Tariff
from facility.flow.counted import counted
from facility.ports import History


@dataclass(frozen=True, slots=True)
class MeterRow:
    """A meter in the three months; a month without any reading is None: no data, never nothing."""

    asset: str
    used: Used
    this: Used | None
    last: Used | None
    year_ago: Used | None


def energy_of(
    site: Site, history: History, month: Period, now: datetime, progress: Callable[[str], None] = lambda _asset: None
) -> Sequence[MeterRow]:
    """All meters by kind, then by their place in the site file. StoreUnavailable when history is away."""
    meters = {asset.id: point for asset in site.assets.values() if not asset.retired and (point := meter_of(asset))}
    last = Period.month(*_month_before(month))
    year_ago = Period.month(month.first.year - 1, month.first.month)
    rows = []
    for id, point in meters.items():
        progress(id)
        asset = site.assets[id]
        kind = kind_of_meter(asset, point)
        tariff = site.tariffs.get(kind)
        summed = not any(
            name in meters and kind_of_meter(site.assets[name], meters[name]) == kind
            for name in before(site.assets, id)
        )
        months = [
            _used(site, history, asset, point, kind, tariff, each, now, summed=summed)
            for each in (month, last, year_ago)
        ]
        empty = Used(id, kind, point.unit, {}, 0.0, summed)
        rows.append(MeterRow(id, months[0] or empty, *months))
    return sorted(rows, key=lambda row: ("power", "water", "gas").index(row.used.kind))


def lines_of(site: Site, rows: Sequence[MeterRow]) -> list[MeterLine]:
    """The same with its cost by today's tariffs and where each meter stands."""
    return [
        MeterLine(
            asset=row.asset,
            area=site.assets[row.asset].area,
            kind=row.used.kind,
            unit=row.used.unit,
            summed=row.used.summed,
            by_period=dict(row.this.by_period) if row.this else {},
            this=_month(site, row.this),
            last=_month(site, row.last),
            year_ago=_month(site, row.year_ago),
        )
        for row in rows
    ]


def _month(site: Site, used: Used | None) -> MonthOfMeter | None:
    return None if used is None else MonthOfMeter(used.total, used.known, used.cost(site.tariffs.get(used.kind)))


def _used(
    site: Site,
    history: History,
    asset: Asset,
    point: Point,
    kind: str,
    tariff: Tariff | None,
    month: Period,
    now: datetime,
    *,
    summed: bool,
) -> Used | None:
    bars = counted(site, history, asset, point, month, Bar.HOUR, now)
    if not any(bar.increase is not None for bar in bars):
        return None
    return Used(asset.id, kind, point.unit, by_period(bars, tariff, site.zone), known_share(bars, now), summed)


def _month_before(month: Period) -> tuple[int, int]:
    last = month.first - timedelta(days=1)
    return last.year, last.month
