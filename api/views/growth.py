"""What a counter counted in each hour, day or month of the site's zone, as columns for bars."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from api.views.chart import Span, window
from facility.domain.asset import Asset
from facility.domain.counter import Counter
from facility.domain.growth import Bar, edges, growths
from facility.domain.profile import Point
from facility.domain.rollup import COARSE, FINE
from facility.domain.text import Title
from facility.domain.unit import Unit
from facility.ports import History

BARS = {Span.HOUR: Bar.HOUR, Span.DAY: Bar.HOUR, Span.MONTH: Bar.DAY, Span.YEAR: Bar.MONTH}
BEFORE = timedelta(days=7)
"""How far back the last reading before the first bar is looked for."""


@dataclass(frozen=True, slots=True)
class GrowthBars:
    """Columns of equal length, one row a bar: start and end in seconds since 1970, what was counted in the point's unit (null:
    nothing is known), per hour, and whether readings cover it wholly. The last bar may still be growing.
    """

    asset: str
    asset_title: Title
    point: str
    point_title: Title
    unit: Unit
    zone: str
    span: Span
    back: int
    bar: Bar
    since: list[float]
    until: list[float]
    increase: list[float | None]
    per_hour: list[float | None]
    whole: list[bool]


def growth_bars(
    history: History, asset: Asset, point: Point, counter: Counter, zone: ZoneInfo, span: Span, back: int, now: datetime
) -> GrowthBars:
    """A counter's growth over one span; StoreUnavailable when history is away."""
    first, last = window(span, back, now, zone)
    bar = BARS[span]
    bounds = edges(first, min(last, now), bar, zone)
    level = COARSE if all(COARSE.floor(edge) == edge for edge in bounds) else FINE
    parts = history.rollups(
        asset.profile.asset_class, asset.id, point.name, bounds[0] - BEFORE, bounds[-1], level.width, counter
    )
    rows = growths(parts, bounds, counter, max(level.width, 2 * point.every), now)
    return GrowthBars(
        asset=asset.id,
        asset_title=asset.title,
        point=point.name,
        point_title=point.title,
        unit=point.unit,
        zone=zone.key,
        span=span,
        back=back,
        bar=bar,
        since=[row.since.timestamp() for row in rows],
        until=[row.until.timestamp() for row in rows],
        increase=[row.increase for row in rows],
        per_hour=[row.per_hour(now) for row in rows],
        whole=[row.whole for row in rows],
    )
