"""The course of a point: windows of history as columns for a chart, gaps kept as gaps."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from facility.domain.asset import Asset
from facility.domain.growth import midnight
from facility.domain.profile import Point
from facility.domain.text import Title
from facility.domain.unit import Unit
from facility.ports import History, Sample

WRITTEN_EVERY = timedelta(seconds=60)
"""An unchanged point is stored at least this often: a longer silence in history is a gap."""


class Span(StrEnum):
    """How much a chart shows."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"

    @property
    def length(self) -> timedelta:
        """From the left edge to the right."""
        return {
            "hour": timedelta(hours=1),
            "day": timedelta(days=1),
            "month": timedelta(days=31),
            "year": timedelta(days=365),
        }[self.value]

    @property
    def every(self) -> timedelta:
        """Length of one window."""
        return {
            "hour": timedelta(seconds=15),
            "day": timedelta(minutes=5),
            "month": timedelta(hours=2),
            "year": timedelta(days=1),
        }[self.value]


@dataclass(frozen=True, slots=True)
class Chart:
    """Columns of equal length: `at` in seconds since 1970 (start of the window), then mean, lowest and highest value.

    A row of nulls stands where readings are missing. `zone` is the zone in which times are to be shown.
    """

    asset: str
    asset_title: Title
    point: str
    point_title: Title
    unit: Unit
    kind: str
    zone: str
    span: Span
    back: int
    since: datetime
    until: datetime
    every_seconds: float
    at: list[float]
    mean: list[float | None]
    low: list[float | None]
    high: list[float | None]


def window(span: Span, back: int, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Left and right edge, on whole windows; `back` counts spans into the past. Windows of a day begin at the zone's midnight
    of now: where clocks change in the year between, an hour beside it.
    """
    until = _end_of_window(span, now, zone) - back * span.length
    return until - span.length, until


def _end_of_window(span: Span, now: datetime, zone: ZoneInfo) -> datetime:
    if span is Span.YEAR:
        return midnight(now.astimezone(zone).date() + timedelta(days=1), zone)
    step = span.every.total_seconds()
    return datetime.fromtimestamp((now.timestamp() // step + 1) * step, UTC)


def chart(
    history: History, asset: Asset, point: Point, zone: ZoneInfo, span: Span, back: int, now: datetime, kind: str
) -> Chart:
    """A point's course over one span; StoreUnavailable when history is away."""
    since, until = window(span, back, now, zone)
    samples = history.windows(asset.profile.asset_class, asset.id, point.name, since, until, span.every)
    rows = with_gaps(samples, span.every, longest_step(point, span))
    return Chart(
        asset=asset.id,
        asset_title=asset.title,
        point=point.name,
        point_title=point.title,
        unit=point.unit,
        kind=kind,
        zone=zone.key,
        span=span,
        back=back,
        since=since,
        until=until,
        every_seconds=span.every.total_seconds(),
        at=[row.at.timestamp() for row in rows],
        mean=[row.mean for row in rows],
        low=[row.low for row in rows],
        high=[row.high for row in rows],
    )


def longest_step(point: Point, span: Span) -> timedelta:
    """Two windows with values that stand further apart than this have a gap between them."""
    return (
        2 * max(WRITTEN_EVERY, point.every) + span.every
        if span is Span.HOUR
        else max(span.every * 1.5, 2 * point.every + span.every)
    )


def with_gaps(samples: list[Sample], every: timedelta, longest: timedelta) -> list[Sample]:
    """The samples, with one empty sample in each gap, so that no line is drawn across it.

    Old readings are there as roll-ups alone: these stand as far apart as they are wide.
    """
    rows: list[Sample] = []
    for sample in samples:
        if sample.count == 0 or sample.mean is None:
            continue
        if rows and sample.at - rows[-1].at > max(longest, 1.5 * sample.width):
            rows.append(Sample(rows[-1].at + every, None, None, None, None, 0))
        rows.append(sample)
    return rows
