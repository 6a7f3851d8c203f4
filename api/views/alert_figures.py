"""Figures about alerts as people see them: how many, from where, how soon known, promises kept; each line leads to its list."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode

from api.views.alerts import AlertView, alert_views
from api.views.places import rule_title, thing_title
from facility.domain.alert import Alert
from facility.domain.alert_figures import (
    STALE_AFTER,
    Bar,
    Chatter,
    Flood,
    Key,
    Onset,
    Ratio,
    Told,
    bars,
    chattering,
    counted,
    in_time,
    time_in_flood,
    times_to_acknowledge,
    top,
    was_kept,
)
from facility.domain.asset import Site
from facility.domain.order import WorkKind
from facility.domain.profile import System
from facility.domain.text import Title
from facility.flow.notify import area_of, representative
from facility.ports import WorkUnit

LISTED = 200
"""How many alerts a list behind a figure shows, the latest first."""


class Period(StrEnum):
    """How far figures go back."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"

    @property
    def length(self) -> timedelta:
        """Its length."""
        return timedelta(days={"day": 1, "week": 7, "month": 30, "year": 365}[self.value])


class Which(StrEnum):
    """Which alerts of a period are listed."""

    ALL = "all"
    KEPT = "kept"
    MISSED = "missed"
    ACKNOWLEDGED = "acknowledged"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Filter:
    """Of which period, area (with those inside it) and system; empty: all."""

    period: Period = Period.WEEK
    area: str = ""
    system: str = ""
    level: int = 0
    asset: str = ""
    rule: str = ""

    def query(self, **changes: object) -> str:
        """As the query of an address."""
        values = {field.name: getattr(self, field.name) for field in fields(self)} | changes
        return urlencode({key: str(value) for key, value in values.items() if value})


@dataclass(frozen=True, slots=True)
class Line:
    """A part of a whole. `share` 0 to 1; None: no data."""

    key: str
    title: Title | None
    part: int
    whole: int
    share: float | None


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule of an asset. `order`: the open order to tune the rule."""

    asset: str
    asset_title: Title
    asset_known: bool
    rule: str
    rule_title: Title
    count: int
    share: float | None
    order: int | None
    in_a_minute: int = 0
    in_an_hour: int = 0


@dataclass(frozen=True, slots=True)
class BarView:
    """An hour or a day with its alerts by level."""

    at: datetime
    count: int
    by_level: dict[int, int]


@dataclass(frozen=True, slots=True)
class AcknowledgementView:
    """From raising to acknowledgement, seconds; None: no data. `open`: not acknowledged yet."""

    count: int
    open: int
    median: float | None
    p90: float | None
    longest: float | None


@dataclass(frozen=True, slots=True)
class FloodView:
    """Floods that touch the period. `standing_since`: the one that has not ended."""

    count: int
    seconds: float
    share: float
    peak: int
    standing_since: datetime | None


@dataclass(frozen=True, slots=True)
class Figures:
    """The page. Rates are alerts an hour and a day on average; `busiest`: most alerts of one bar."""

    since: datetime
    until: datetime
    period: Period
    area: str
    system: str
    total: int
    per_hour: float
    per_day: float
    daily: bool
    busiest: int
    bars: tuple[BarView, ...]
    by_level: tuple[Line, ...]
    by_system: tuple[Line, ...]
    by_area: tuple[Line, ...]
    top: tuple[RuleLine, ...]
    chattering: tuple[RuleLine, ...]
    stale: tuple[AlertView, ...]
    tuned: dict[str, int]  # open orders to tune a rule, by rule
    acknowledgement: AcknowledgementView
    deadlines: tuple[Line, ...]
    floods: FloodView


@dataclass(frozen=True, slots=True)
class FigureList:
    """The alerts behind a figure, latest first, at most LISTED of `total`."""

    total: int
    alerts: tuple[AlertView, ...]


def figures(site: Site, unit: WorkUnit, wanted: Filter, now: datetime) -> Figures:
    """All figures of a period that ends now."""
    since = now - wanted.period.length
    told = chosen(site, unit.alert_records.raised(since, now), wanted)
    kinds = bars(told, since, now, site.zone)
    hours = wanted.period.length / timedelta(hours=1)
    orders = tuning_orders(unit)
    return Figures(
        since=since,
        until=now,
        period=wanted.period,
        area=wanted.area,
        system=wanted.system,
        total=len(told),
        per_hour=round(len(told) / hours, 2),
        per_day=round(24 * len(told) / hours, 1),
        daily=wanted.period is not Period.DAY,
        busiest=max((bar.count for bar in kinds), default=0),
        bars=tuple(_bar(bar) for bar in kinds),
        by_level=_lines(told, lambda alert: str(alert.level)),
        by_system=_lines(told, lambda alert: system_of(site, alert.asset)),
        by_area=_by_area(site, told),
        top=tuple(_rule_line(site, key, ratio.part, ratio.share, orders) for key, ratio in top(told).items()),
        chattering=tuple(_chatter(site, one, orders) for one in _chattering(site, unit, wanted, since, now)),
        stale=_stale(site, unit, wanted, now),
        tuned=orders,
        acknowledgement=_acknowledgement(told),
        deadlines=tuple(_deadline(told, level, now) for level in (1, 2, 3)),
        floods=_floods(unit.alert_records.floods(since, now), since, now),
    )


def listed(site: Site, unit: WorkUnit, wanted: Filter, which: Which, now: datetime) -> FigureList:
    """The alerts behind a figure."""
    told = (
        unit.alert_records.active_since(now - STALE_AFTER)
        if which is Which.STALE
        else unit.alert_records.raised(now - wanted.period.length, now)
    )
    found = [one for one in chosen(site, told, wanted) if _is(one, which, now)]
    latest = sorted((one.alert for one in found), key=lambda alert: alert.raised_at, reverse=True)[:LISTED]
    return FigureList(len(found), alert_views(site, unit, latest, now))


def chosen(site: Site, told: list[Told], wanted: Filter) -> list[Told]:
    """Those that the filter lets through."""
    return [
        one
        for one in told
        if _fits(site, one.alert.asset, one.alert.rule, wanted) and wanted.level in (0, one.alert.level)
    ]


def tuning_orders(unit: WorkUnit) -> dict[str, int]:
    """Open orders to tune a rule, by rule."""
    unfinished = unit.orders.recent(5000, unfinished_only=True)
    return {order.title_id: order.id for order in unfinished if order.kind is WorkKind.TUNING}


def system_of(site: Site, name: str) -> str:
    """The system of an asset, or of the first asset of a link; empty when the site file has it no more."""
    owner = representative(site, name)
    return owner.profile.system.value if owner else ""


def _fits(site: Site, asset: str, rule: str, wanted: Filter) -> bool:
    return (
        (not wanted.asset or asset == wanted.asset)
        and (not wanted.rule or rule == wanted.rule)
        and (not wanted.system or system_of(site, asset) == wanted.system)
        and (not wanted.area or wanted.area in _areas(site, area_of(site, asset)))
    )


def _areas(site: Site, area: str) -> list[str]:
    """An area and those that it lies in."""
    found: list[str] = []
    while area in site.areas and area not in found:
        found.append(area)
        area = site.areas[area].parent
    return found


def _is(one: Told, which: Which, now: datetime) -> bool:
    match which:
        case Which.KEPT:
            return was_kept(one, now) is True
        case Which.MISSED:
            return was_kept(one, now) is False
        case Which.ACKNOWLEDGED:
            return one.alert.acknowledged_at is not None
        case _:
            return True


def _bar(bar: Bar) -> BarView:
    return BarView(bar.at, bar.count, dict(bar.by_level))


def _lines(told: list[Told], key: Callable[[Alert], str]) -> tuple[Line, ...]:
    return tuple(_line(name, ratio) for name, ratio in counted(told, key).items())


def _by_area(site: Site, told: list[Told]) -> tuple[Line, ...]:
    """Each area with those inside it, so that a line counts what its list shows."""
    counts = Counter(area for one in told for area in _areas(site, area_of(site, one.alert.asset)))
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(_line(area, Ratio(count, len(told)), site.areas[area].title) for area, count in ordered)


def _line(key: str, ratio: Ratio, title: Title | None = None) -> Line:
    return Line(key, title, ratio.part, ratio.whole, ratio.share)


def _rule_line(
    site: Site, key: Key, count: int, share: float | None, orders: dict[str, int], chatter: Chatter | None = None
) -> RuleLine:
    asset, rule = key
    return RuleLine(
        asset=asset,
        asset_title=thing_title(site, asset),
        asset_known=asset in site.assets,
        rule=rule,
        rule_title=rule_title(site, asset, rule),
        count=count,
        share=share,
        order=orders.get(rule),
        in_a_minute=chatter.in_a_minute if chatter else 0,
        in_an_hour=chatter.in_an_hour if chatter else 0,
    )


def _chattering(site: Site, unit: WorkUnit, wanted: Filter, since: datetime, until: datetime) -> list[Chatter]:
    return chattering(
        onset
        for onset in unit.alert_records.onsets(since, until)
        if _fits(site, onset.asset, onset.rule, wanted) and _alerts(site, onset)
    )


def _alerts(site: Site, onset: Onset) -> bool:
    """It makes an alert; what is only an input of other rules chatters without disturbing anybody."""
    try:
        return site.rule(onset.asset, onset.rule).level is not None
    except KeyError:
        return False


def _chatter(site: Site, one: Chatter, orders: dict[str, int]) -> RuleLine:
    return _rule_line(site, one.key, one.onsets, None, orders, one)


def _stale(site: Site, unit: WorkUnit, wanted: Filter, now: datetime) -> tuple[AlertView, ...]:
    stale = chosen(site, unit.alert_records.active_since(now - STALE_AFTER), wanted)
    return alert_views(site, unit, [one.alert for one in stale[:LISTED]], now)


def _acknowledgement(told: list[Told]) -> AcknowledgementView:
    times = times_to_acknowledge(told)
    lengths = [
        length.total_seconds() if length is not None else None for length in (times.median, times.p90, times.longest)
    ]
    return AcknowledgementView(times.count, len(told) - times.count, *lengths)


def _deadline(told: list[Told], level: int, now: datetime) -> Line:
    return _line(str(level), in_time([one for one in told if one.alert.level == level], now))


def _floods(floods: list[Flood], since: datetime, until: datetime) -> FloodView:
    lasted = time_in_flood(floods, since, until)
    standing = [flood.began_at for flood in floods if flood.ended_at is None]
    return FloodView(
        count=len(floods),
        seconds=lasted.total_seconds(),
        share=lasted / (until - since),
        peak=max((flood.peak for flood in floods), default=0),
        standing_since=standing[0] if standing else None,
    )


SYSTEMS = tuple(system.value for system in System)
