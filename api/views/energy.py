"""Energy and cost as a page shows them: sums by supply, and each meter with its months."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from api.views.places import area_title, thing_title
from facility.domain.asset import Site
from facility.domain.figure import Period
from facility.domain.meter import Used
from facility.domain.text import Title
from facility.domain.unit import Unit
from facility.flow.energy import MeterRow, energy_of
from facility.ports import History

KINDS = ("power", "water", "gas")


@dataclass(frozen=True, slots=True)
class MonthOfMeter:
    """What a meter counted in a month; `known`: the share of its hours that readings cover."""

    amount: float
    known: float
    cost: Decimal | None


@dataclass(frozen=True, slots=True)
class MeterView:
    """A meter; a month is null when nothing was read in it. `summed`: it counts in sums, no meter of its kind stands before it."""

    asset: str
    asset_title: Title
    area_title: Title | None
    unit: Unit
    summed: bool
    by_period: dict[str, float]
    this: MonthOfMeter | None
    last: MonthOfMeter | None
    year_ago: MonthOfMeter | None


@dataclass(frozen=True, slots=True)
class AreaSum:
    """What the meters of an area counted in the month."""

    area_title: Title | None
    amount: float


@dataclass(frozen=True, slots=True)
class SupplyView:
    """A supply: its sum by tariff period, its cost in yuan (null without a tariff), its meters; `last`, `year_ago`: the sums of then."""

    kind: str
    unit: Unit
    by_period: dict[str, float]
    total: float | None
    last: float | None
    year_ago: float | None
    cost: Decimal | None
    areas: tuple[AreaSum, ...]
    meters: tuple[MeterView, ...]


@dataclass(frozen=True, slots=True)
class EnergyView:
    """A month."""

    month: date
    supplies: tuple[SupplyView, ...]


def energy_view(site: Site, history: History, month: Period, now: datetime) -> EnergyView:
    """The report of a month; StoreUnavailable when history is away."""
    rows = energy_of(site, history, month, now)
    return EnergyView(
        month.first,
        tuple(_supply(site, kind, own) for kind in KINDS if (own := [row for row in rows if row.used.kind == kind])),
    )


def _supply(site: Site, kind: str, rows: Sequence[MeterRow]) -> SupplyView:
    summed = [row for row in rows if row.used.summed]
    periods: dict[str, float] = {}
    areas: dict[Title | None, float] = {}
    for row in summed:
        for name, amount in (row.this.by_period if row.this else {}).items():
            periods[name] = periods.get(name, 0.0) + amount
    for row in rows:
        if row.this is not None:
            area = area_title(site, row.asset)
            areas[area] = areas.get(area, 0.0) + row.this.total
    costs = [row.this.cost(site.tariffs.get(kind)) for row in summed if row.this is not None]
    known = [cost for cost in costs if cost is not None]
    return SupplyView(
        kind=kind,
        unit=rows[0].used.unit,
        by_period=periods,
        total=_sum([row.this for row in summed]),
        last=_sum([row.last for row in summed]),
        year_ago=_sum([row.year_ago for row in summed]),
        cost=sum(known, Decimal(0)) if known else None,
        areas=tuple(AreaSum(area, amount) for area, amount in areas.items()),
        meters=tuple(_meter(site, row) for row in rows),
    )


def _sum(months: Sequence[Used | None]) -> float | None:
    known = [month.total for month in months if month is not None]
    return sum(known) if known else None


def _meter(site: Site, row: MeterRow) -> MeterView:
    return MeterView(
        asset=row.asset,
        asset_title=thing_title(site, row.asset),
        area_title=area_title(site, row.asset),
        unit=row.used.unit,
        summed=row.used.summed,
        by_period=dict(row.this.by_period) if row.this else {},
        this=_month(site, row.this),
        last=_month(site, row.last),
        year_ago=_month(site, row.year_ago),
    )


def _month(site: Site, used: Used | None) -> MonthOfMeter | None:
    return None if used is None else MonthOfMeter(used.total, used.known, used.cost(site.tariffs.get(used.kind)))
