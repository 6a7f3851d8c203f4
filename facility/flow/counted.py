"""What a counting point has counted in each hour or day of a period, from history."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from facility.domain.asset import Asset, Site
from facility.domain.figure import Period
from facility.domain.growth import Bar, Growth, edges, growths
from facility.domain.profile import Point
from facility.domain.rollup import COARSE, FINE
from facility.ports import History

BEFORE = timedelta(days=7)
"""How far back the last reading before the period is looked for."""


def counted(
    site: Site, history: History, asset: Asset, point: Point, period: Period, bar: Bar, now: datetime
) -> Sequence[Growth]:
    """One Growth a bar, up to now; none for a point that is no counter. StoreUnavailable when history is away."""
    since, until = period.since(site.zone), min(period.until(site.zone), now)
    if until <= since or point.counter is None:
        return ()
    bounds = edges(since, until, bar, site.zone)
    level = COARSE if all(COARSE.floor(edge) == edge for edge in bounds) else FINE
    parts = history.rollups(
        asset.profile.asset_class, asset.id, point.name, bounds[0] - BEFORE, bounds[-1], level.width, point.counter
    )
    return growths(parts, bounds, point.counter, max(level.width, 2 * point.every), now)
