"""Make reports: when a day, week or month is over, what it was is frozen; what changes in it afterwards is listed under it."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from facility.domain.asset import Site
from facility.domain.figure import Period
from facility.domain.meter_line import MonthRead, frozen
from facility.domain.order import Order
from facility.domain.report import AHEAD_FROM, MADE_UP_FOR, Report, ReportKind, before, latest
from facility.flow.analyse_calls import calls_of
from facility.flow.figures import figures
from facility.flow.in_force import in_force
from facility.flow.open_orders import position_for
from facility.ports import WorkUnit

log = logging.getLogger(__name__)

Row = Mapping[str, object]
Meters = Callable[[Period], MonthRead | None]
"""What the meters counted in a month; None: it is being read, and the report waits."""

LAST_READINGS = timedelta(minutes=15)
"""So long after its month a monthly report is made: the month's last readings are on their way to history until then."""


@dataclass(frozen=True, slots=True)
class Change:
    """What differs from the frozen report: `what` (figure, order, slot), which, as it was and as it is."""

    what: str
    key: str
    was: str
    now: str


def make_reports(site: Site, unit: WorkUnit, now: datetime, meters: Meters) -> int:
    """The reports that are due and not made yet; after a stop those of the last periods too. How many were made."""
    today = now.astimezone(site.zone).date()
    made = 0
    for kind in ReportKind:
        if kind is ReportKind.MONTH_AHEAD and today.day < AHEAD_FROM:
            continue
        for team in site.teams if kind.of_team else ("",):
            period = latest(kind, today)
            for _ in range(MADE_UP_FOR[kind]):
                if _is_due(site, unit, kind, team, period, now):
                    made += _make(site, unit, kind, team, period, now, meters)
                period = before(kind, period)
    return made


def changes_since(site: Site, unit: WorkUnit, report: Report, now: datetime) -> list[Change]:
    """What somebody entered or changed in the report's period after it was made. Meters are not read again."""
    fresh = content_of(site, unit, report.kind, report.team, report.period, max(now, report.made_at))
    return [
        change
        for what, key in (("figures", "id"), ("orders", "order"), ("slots", "slot"))
        for change in _changes(what, key, _rows(report.content, what), _rows(fresh, what))
    ]


def content_of(
    site: Site, unit: WorkUnit, kind: ReportKind, team: str, period: Period, now: datetime
) -> Mapping[str, object]:
    """Plain values: the figures, the orders that were open in the period with how they stood at its end; of a month ahead its slots."""
    if kind is ReportKind.MONTH_AHEAD:
        return {"slots": list(_slots(site, unit, team, period))}
    found = (figure.of(team) if team else figure for figure in figures(site, unit, period, now))
    return {
        "figures": [{"id": one.id, "part": one.part, "whole": one.whole, "target": one.target} for one in found],
        "orders": list(_orders(site, unit, team, period)),
        "alerts": _alerts(site, unit, period) if not team else {},
        "slots": list(_slots(site, unit, team, period)) if team else [],
        **({"calls": list(calls_of(site, unit, period))} if kind is ReportKind.WEEKLY else {}),
    }


def _is_due(site: Site, unit: WorkUnit, kind: ReportKind, team: str, period: Period, now: datetime) -> bool:
    """It is not made yet, and the estate's data reach back so far: of the time before there is nothing to report."""
    if unit.reports.has(kind, team, period.first):
        return False
    if kind is ReportKind.MONTHLY and now < period.until(site.zone) + LAST_READINGS:
        return False
    began = unit.order_records.began()
    return kind is ReportKind.MONTH_AHEAD or (began is not None and began < period.until(site.zone))


def _make(
    site: Site, unit: WorkUnit, kind: ReportKind, team: str, period: Period, now: datetime, meters: Meters
) -> bool:
    energy: Row = {}
    if kind is ReportKind.MONTHLY:
        read = meters(period)
        if read is None:
            return False
        energy = {"energy": {"answered": read.answered, "meters": frozen(read.lines)}}
    content = {**content_of(site, unit, kind, team, period, now), **energy}
    log.info("report made: %s %s %s to %s", kind, team, period.first, period.last)
    return unit.reports.add(Report(0, kind, team, period, now, content))


def _orders(site: Site, unit: WorkUnit, team: str, period: Period) -> Iterator[Row]:
    since, until = period.since(site.zone), period.until(site.zone)
    for one in unit.order_records.touching(since, until):
        if team and _team_of(site, one.order) != team:
            continue
        closed = one.order.closed_at is not None and one.order.closed_at < until
        yield {
            "order": one.order.id,
            "kind": one.order.kind.value,
            "opened": one.order.opened_at >= since,
            "finished": one.finished_at is not None and one.finished_at < until,
            "closed": closed,
            "cancelled": closed and one.order.state == "cancelled",
            "overdue": one.order.due_at < until and (one.finished_at is None or one.finished_at > one.order.due_at),
            "person": one.order.finished_by if one.order.finished_by is not None else one.order.person,
        }


def _alerts(site: Site, unit: WorkUnit, period: Period) -> Mapping[str, int]:
    counts = {"1": 0, "2": 0, "3": 0}
    for one in unit.alert_records.raised(period.since(site.zone), period.until(site.zone)):
        if one.alert.drill is None:
            counts[str(one.alert.level)] += 1
    return counts if any(counts.values()) else {}


def _slots(site: Site, unit: WorkUnit, team: str, period: Period) -> Iterator[Row]:
    site = in_force(site, unit)
    for one in unit.occurrences.between(period.first, period.last):
        plan, asset = site.plans.get(one.plan), site.assets.get(one.asset)
        position = site.positions.get(position_for(plan, asset)) if plan and asset else None
        day = one.day or one.slot.last
        if position is None or position.team != team or not period.first <= day <= period.last:
            continue
        yield {
            "slot": f"{one.plan} {one.asset} {one.slot.key}",
            "plan": one.plan,
            "asset": one.asset,
            "position": position.id,
            "day": day.isoformat(),
            "last": one.slot.last.isoformat(),
            "minutes": plan.minutes if plan else 0,
            "state": one.state.value,
        }


def _changes(what: str, key: str, was: Sequence[Row], now: Sequence[Row]) -> Iterator[Change]:
    before, after = ({str(row[key]): row for row in rows} for rows in (was, now))
    for name in dict.fromkeys([*before, *after]):
        old, new = _words(before.get(name)), _words(after.get(name))
        if old != new:
            yield Change(what, name, old, new)


def _words(row: Row | None) -> str:
    if row is None:
        return ""
    if "part" in row:
        return f"{float(str(row['part'])):g} / {float(str(row['whole'])):g}"
    if "state" in row:
        return f"{row['state']} {row['day']}"
    return ", ".join(name for name in ("opened", "finished", "closed", "cancelled", "overdue") if row[name])


def _rows(content: Mapping[str, object], what: str) -> Sequence[Row]:
    found = content.get(what)
    return found if isinstance(found, list) else []


def _team_of(site: Site, order: Order) -> str:
    position = site.positions.get(order.position)
    return position.team if position else ""
