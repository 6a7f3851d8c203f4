"""A point and an asset as people see them now; a row that nobody writes any more is judged stale here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from facility.domain.asset import Asset, Site, fresh_for
from facility.domain.profile import Point
from facility.domain.reading import BadReason, Quality, Value
from facility.domain.state import AssetState, PointState
from facility.domain.text import Title
from facility.domain.unit import Unit

UNKNOWN = "unknown"
"""Quality of a point that nobody has read yet; the others are those of `facility.domain.reading.Quality`."""


@dataclass(frozen=True, slots=True)
class PointView:
    """One point. `value` is null unless the quality is good; `last_value` then is the last good one, taken at `at`."""

    name: str
    title: Title
    unit: Unit
    kind: str  # number, bit, enum, text
    value: Value | None
    last_value: Value | None
    quality: str
    reason: BadReason
    at: datetime | None
    low: float | None
    high: float | None
    main: bool
    labels: Mapping[str, Title]

    @property
    def drawable(self) -> bool:
        """History holds numbers of it."""
        return self.kind in ("number", "bit")


@dataclass(frozen=True, slots=True)
class AssetView:
    """An asset with points (all, or the main ones). `online` is null when nothing was heard of it yet."""

    id: str
    title: Title
    profile: Title
    system: str
    area: str
    area_title: Title
    online: bool | None
    at: datetime | None
    fresh_for: float  # seconds after which its readings are stale
    points: tuple[PointView, ...]
    level: int | None = None  # most severe alert that is not closed


def point_view(point: Point, state: PointState | None, *, silent: bool) -> PointView:
    """One point; `silent`: its asset's row has grown too old to be believed."""
    if state is None:
        value, last, quality, reason, at = None, None, UNKNOWN, BadReason.NONE, None
    else:
        good = state.quality is Quality.GOOD
        quality = Quality.STALE if good and silent else state.quality
        value = state.value if quality is Quality.GOOD else None
        last = None if quality is Quality.GOOD else state.value
        reason, at = state.reason, state.at
    return PointView(
        name=point.name,
        title=point.title,
        unit=point.unit,
        kind=point.kind,
        value=value,
        last_value=last,
        quality=str(quality),
        reason=reason,
        at=at,
        low=point.low,
        high=point.high,
        main=point.main,
        labels=point.labels,
    )


def main_points(asset: Asset) -> list[Point]:
    """The points that an overview shows: those marked main (the first three of a profile that marks none)."""
    points = list(asset.profile.points.values())
    return [point for point in points if point.main] or points[:3]


def point_views(asset: Asset, state: AssetState | None, now: datetime, *, every: bool) -> tuple[PointView, ...]:
    """All points of an asset, or the main ones, as they are known at `now`."""
    silent = state is not None and now - state.at > fresh_for(asset)
    points = list(asset.profile.points.values()) if every else main_points(asset)
    return tuple(point_view(point, state.points.get(point.name) if state else None, silent=silent) for point in points)


def asset_view(
    site: Site, asset: Asset, state: AssetState | None, now: datetime, *, every: bool, level: int | None = None
) -> AssetView:
    """An asset as it is known at `now`."""
    silent = state is not None and now - state.at > fresh_for(asset)
    return AssetView(
        id=asset.id,
        title=asset.title,
        profile=asset.profile.title,
        system=str(asset.profile.system),
        area=asset.area,
        area_title=site.areas[asset.area].title,
        online=None if state is None else state.online and not silent,
        at=state.at if state else None,
        fresh_for=fresh_for(asset).total_seconds(),
        points=point_views(asset, state, now, every=every),
        level=level,
    )
