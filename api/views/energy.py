"""Energy and cost as a page shows them: sums by supply, and each meter with its months."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from api.views.places import plain, thing_title
from facility.domain.asset import Site
from facility.domain.figure import Period
from facility.domain.meter_line import MeterLine, MonthOfMeter, amounts_by_period, cost_of, sum_of
from facility.domain.text import Title
from facility.domain.unit import Unit
from facility.flow.energy import energy_of, lines_of
from facility.ports import History

KINDS = ("power", "water", "gas")


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
    """A supply: its sum by tariff period, its cost in yuan (null without a tariff), its meters; `last`, `year_ago`: the sums of then.

    `counted`: how many meters the sums are of; `read`: how many of them were read in each of the months.
    """

    kind: str
    unit: Unit
    by_period: dict[str, float]
    total: float | None
    last: float | None
    year_ago: float | None
    counted: int
    read: dict[str, int]
    cost: Decimal | None
    areas: tuple[AreaSum, ...]
    meters: tuple[MeterView, ...]

    def partly(self, month: str) -> bool:
        """Some of its meters were read in that month, and some were not."""
        return 0 < self.read[month] < self.counted


@dataclass(frozen=True, slots=True)
class EnergyView:
    """A month."""

    month: date
    supplies: tuple[SupplyView, ...]


def energy_view(site: Site, history: History, month: Period, now: datetime) -> EnergyView:
    """The table of a month as history has it now; StoreUnavailable when history is away."""
    return view_of_lines(site, month, lines_of(site, energy_of(site, history, month, now)))


def view_of_lines(site: Site, month: Period, lines: Sequence[MeterLine]) -> EnergyView:
    """The table of a month, read now or frozen in a report."""
    return EnergyView(
        month.first,
        tuple(_supply(site, kind, own) for kind in KINDS if (own := [line for line in lines if line.kind == kind])),
    )


def _supply(site: Site, kind: str, lines: Sequence[MeterLine]) -> SupplyView:
    summed = [line for line in lines if line.summed]
    this = sum_of([line.this for line in summed])
    last = sum_of([line.last for line in summed])
    year_ago = sum_of([line.year_ago for line in summed])
    areas: dict[Title | None, float] = {}
    for line in lines:
        if line.this is not None:
            area = _area(site, line)
            areas[area] = areas.get(area, 0.0) + line.this.amount
    return SupplyView(
        kind=kind,
        unit=lines[0].unit,
        by_period=amounts_by_period(lines),
        total=this.amount,
        last=last.amount,
        year_ago=year_ago.amount,
        counted=len(summed),
        read={"this": this.read, "last": last.read, "year_ago": year_ago.read},
        cost=cost_of(lines),
        areas=tuple(AreaSum(area, amount) for area, amount in areas.items()),
        meters=tuple(_meter(site, line) for line in lines),
    )


def _meter(site: Site, line: MeterLine) -> MeterView:
    return MeterView(
        asset=line.asset,
        asset_title=thing_title(site, line.asset),
        area_title=_area(site, line),
        unit=line.unit,
        summed=line.summed,
        by_period=dict(line.by_period),
        this=line.this,
        last=line.last,
        year_ago=line.year_ago,
    )


def _area(site: Site, line: MeterLine) -> Title | None:
    """Where it stood; the bare id of an area that the site file no longer has."""
    area = site.areas.get(line.area)
    return area.title if area else plain(line.area) if line.area else None
