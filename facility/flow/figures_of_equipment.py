"""Figures of equipment and buildings: in good order by counting and by time, means between failures and to repair."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from facility.domain.asset import COMM_LOST, Asset, Site
from facility.domain.figure import Behind, Case, Period, Reliability, Stretch, lasts_at, length_within
from facility.domain.order import OrderState, Origin, WorkKind
from facility.ports import WorkUnit
from facility.ports.figures import Work

COUNTED = frozenset(
    {
        "meter",
        "breaker",
        "transformer",
        "generator",
        "transfer_switch",
        "capacitor_bank",
        "drive",
        "pump",
        "booster_set",
    }
    | {"sump", "tank", "fire_pump", "jockey_pump", "fire_panel", "fire_tank", "gate", "gas"}
)
"""Classes that are equipment; sensors and modules only watch it."""
FAILED = frozenset({Origin.ALERT, Origin.INSPECTION, Origin.REQUEST})
"""Repairs of these origins are failures."""
POINTS_OUT_OF_ORDER = "points_out_of_order"
"""The rule of a fire panel that counts its points: more than 3 % of them are faulty or isolated."""


def equipment_by_count(site: Site, unit: WorkUnit, period: Period, now: datetime) -> Sequence[Case]:
    """Equipment in good order at the end of each day of the period (of today: now), each piece once a day."""
    faults = faults_of(site, unit, period, now)
    since, until = span(site, unit, period, now)
    moments = [moment for moment in _ends_of_days(site, period, now) if since < moment <= until]
    cases = []
    for asset in equipment(site):
        for moment in moments:
            counts = not lasts_at(faults[asset.id], moment)
            cases.append(Case(Behind.ASSET, asset.id, float(counts), moment, team=_team(site, asset)))
    return cases


def equipment_by_time(site: Site, unit: WorkUnit, period: Period, now: datetime) -> Sequence[Case]:
    """Hours in good order of all hours of the period, by piece of equipment."""
    since, until = span(site, unit, period, now)
    if until <= since:
        return []
    faults = faults_of(site, unit, period, now)
    whole = (until - since) / timedelta(hours=1)
    return [
        Case(
            Behind.ASSET,
            asset.id,
            whole - length_within(faults[asset.id], since, until) / timedelta(hours=1),
            whole=whole,
            team=_team(site, asset),
        )
        for asset in equipment(site)
    ]


def reliability(site: Site, unit: WorkUnit, period: Period, now: datetime) -> Sequence[Reliability]:
    """MTBF and MTTR by class, from the repairs of alerts and findings that were opened in the period."""
    since, until = span(site, unit, period, now)
    if until <= since:
        return []
    down: dict[str, list[Stretch]] = defaultdict(list)
    for one in _repairs(unit, period.since(site.zone), until):
        if one.order.origin in FAILED:
            down[one.order.asset].append(Stretch(one.order.opened_at, one.finished_at or one.order.closed_at))
    found: dict[str, list[Asset]] = defaultdict(list)
    for asset in equipment(site):
        found[asset.profile.asset_class].append(asset)
    return [_reliability(name, assets, down, since, until) for name, assets in sorted(found.items())]


def buildings_in_order(site: Site, unit: WorkUnit, period: Period, now: datetime) -> Sequence[Case]:
    """Parts of buildings in good order, as they were assessed in the months of the period."""
    return [
        Case(
            Behind.BUILDING,
            f"{one.building} {one.month:%Y-%m}",
            float(one.sound),
            one.at,
            float(one.looked_at),
            one.person,
        )
        for one in unit.assessments.between(period.first.replace(day=1), period.last)
    ]


def equipment(site: Site) -> list[Asset]:
    """What is counted."""
    return [asset for asset in site.assets.values() if asset.profile.asset_class in COUNTED and not asset.retired]


def faults_of(site: Site, unit: WorkUnit, period: Period, now: datetime) -> Mapping[str, list[Stretch]]:
    """By asset: when it was not in good order: an open repair, or an alert of its own that is no loss of communication.

    A fire panel that counts its points is not while too many of them are out of order, whatever else stands at it.
    """
    since, until = span(site, unit, period, now)
    found: dict[str, list[Stretch]] = defaultdict(list)
    for one in _repairs(unit, since, until):
        found[one.order.asset].append(Stretch(one.order.opened_at, one.finished_at or one.order.closed_at))
    for alert in unit.alert_records.lasting(since, until):
        if alert.rule != COMM_LOST and alert.level <= 2 and alert.drill is None and not alert.by_hand:
            found[alert.asset].append(Stretch(alert.onset, alert.returned_at or alert.closed_at))
    for asset in equipment(site):
        if POINTS_OUT_OF_ORDER in asset.rules:
            conditions = unit.conditions.between(asset.id, POINTS_OUT_OF_ORDER, since, until)
            found[asset.id] = [Stretch(one.onset, one.ended_at) for one in conditions]
    return found


def _repairs(unit: WorkUnit, since: datetime, until: datetime) -> Iterator[Work]:
    for one in unit.order_records.touching(since, until):
        if one.order.kind is WorkKind.REPAIR and one.order.state is not OrderState.CANCELLED:
            yield one


def _reliability(
    name: str, assets: Sequence[Asset], down: Mapping[str, list[Stretch]], since: datetime, until: datetime
) -> Reliability:
    failures, lost = 0, timedelta(0)
    for asset in assets:
        stretches = down.get(asset.id, [])
        failures += sum(one.since >= since for one in stretches)
        lost += length_within(stretches, since, until)
    return Reliability(name, len(assets), failures, (until - since) * len(assets) - lost, lost)


def span(site: Site, unit: WorkUnit, period: Period, now: datetime) -> tuple[datetime, datetime]:
    """The part of the period of which there are data: not before the estate began, not after now. Empty: its end is its beginning."""
    began = unit.order_records.began()
    since, until = period.since(site.zone), min(period.until(site.zone), now)
    if began is None or until <= max(since, began):
        return since, since
    return max(since, began), until


def _ends_of_days(site: Site, period: Period, now: datetime) -> list[datetime]:
    days = (period.last - period.first).days + 1
    ends = [Period(day, day).until(site.zone) for day in (period.first + timedelta(days=n) for n in range(days))]
    past = [end - timedelta(microseconds=1) for end in ends if end <= now]
    return [*past, now] if len(past) < len(ends) and period.since(site.zone) <= now else past


def _team(site: Site, asset: Asset) -> str:
    position = site.positions.get(asset.maintaining)
    return position.team if position else ""
