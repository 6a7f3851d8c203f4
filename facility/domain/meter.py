"""Meters: which counter an asset is read for, what it counted by tariff period, and which meters count in a sum."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from facility.domain.asset import Asset
from facility.domain.growth import Growth
from facility.domain.profile import Point
from facility.domain.tariff import FLAT, Tariff
from facility.domain.unit import Unit

KINDS: Mapping[Unit, str] = {Unit.KILOWATT_HOUR: "power", Unit.CUBIC_METRE: "water"}
"""The supply that a counter's unit means; a gas meter's is gas."""


@dataclass(frozen=True, slots=True)
class Used:
    """What a meter counted in a month: by tariff period; `known`: the share of the hours that readings cover."""

    asset: str
    kind: str
    unit: Unit
    by_period: Mapping[str, float]
    known: float
    summed: bool  # it counts in sums: no meter of the kind stands before it

    @property
    def total(self) -> float:
        """Of all periods."""
        return sum(self.by_period.values())

    def cost(self, tariff: Tariff | None) -> Decimal | None:
        """Yuan, rounded to fen; None without a tariff."""
        if tariff is None:
            return None
        cost = sum(
            (Decimal(repr(amount)) * tariff.price_of(name) for name, amount in self.by_period.items()), Decimal(0)
        )
        return cost.quantize(Decimal("0.01"))


def meter_of(asset: Asset) -> Point | None:
    """The counter that a meter is read for: energy taken, water, gas; None for an asset that is no meter."""
    counters = [point for point in asset.profile.points.values() if point.counter is not None and point.unit in KINDS]
    taken = [point for point in counters if not any(word in point.name for word in ("export", "reactive", "reverse"))]
    return next(iter([point for point in taken if point.main] or taken), None)


def kind_of_meter(asset: Asset, point: Point) -> str:
    """power, water or gas."""
    return "gas" if asset.profile.asset_class.startswith("gas") else KINDS[point.unit]


def before(assets: Mapping[str, Asset], asset: str) -> frozenset[str]:
    """All assets by which this one is fed or supplied, however far away."""
    found: set[str] = set()
    waiting = [asset]
    while waiting:
        known = assets.get(waiting.pop())
        for name in (*known.fed_by, *known.supplied_by) if known else ():
            if name not in found:
                found.add(name)
                waiting.append(name)
    return frozenset(found)


def by_period(hours: Sequence[Growth], tariff: Tariff | None, zone: ZoneInfo) -> dict[str, float]:
    """Hourly growth added up by tariff period; all of it is flat without a tariff."""
    found = dict.fromkeys(tariff.names if tariff else (FLAT,), 0.0)
    for hour in hours:
        if hour.increase is not None:
            found[tariff.period_at(hour.since, zone) if tariff else FLAT] += hour.increase
    return found


def known_share(bars: Iterable[Growth], now: datetime) -> float:
    """The share of the bars that are over and wholly covered by readings; 1 where none is over."""
    over = [bar.whole for bar in bars if bar.until <= now]
    return sum(over) / len(over) if over else 1.0
