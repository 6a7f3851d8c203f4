"""Raise alerts: an open condition with a level becomes an alert with its deadline, first notices and corrective order."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from facility.domain.alert import DEADLINES, Alert, AlertEvent, AlertState
from facility.domain.announcement import KINDS, SLACK, Announcement
from facility.domain.asset import COMM_LOST, LINK_LOST, Site
from facility.domain.condition import Condition
from facility.domain.rule import Rule
from facility.failpoint import failpoint
from facility.flow.drill import drill_of
from facility.flow.fold import fold
from facility.flow.follow import came_back, recur, return_ended
from facility.flow.keep_quiet import Quiet, keep_quiet
from facility.flow.memory import Memory
from facility.flow.notify import area_of, notify
from facility.flow.open_orders import open_corrective
from facility.flow.tell_again import first_position
from facility.ports import WorkUnit

log = logging.getLogger(__name__)

Standing = dict[tuple[str, str], Alert]

AT_ONCE = (
    100  # alerts raised in one tick: a storm must not hold the database for seconds; the rest follows a second later
)
WEIGHED_AT_ONCE = 500  # ended conditions weighed in one tick
STILL_NEWS = {1: timedelta(hours=24)}  # so long after its end such a condition is told; other levels: their deadline
LONGEST_NEWS = max(STILL_NEWS.values())


def raise_alerts(
    site: Site, unit: WorkUnit, conditions: list[Condition], quiet: Quiet, memory: Memory, now: datetime
) -> list[Alert]:
    """Alerts for what is open and not told yet, and for what came and went unseen; returns the new ones."""
    standing = {(alert.asset, alert.rule): alert for alert in unit.alerts.unclosed()}
    ended = unit.conditions.unweighed(now - LONGEST_NEWS, WEIGHED_AT_ONCE)
    unseen = _unseen(site, unit, ended, standing, now)
    sifted = fold(site, unit, standing, [*conditions, *unseen], memory, now)
    raised: list[Alert] = []
    put_off = sifted.put_off
    for condition, rule in _most_severe_first(site, sifted.tell, memory):
        key = (condition.asset, condition.rule)
        if key in standing:
            standing[key] = _add_to(site, unit, standing[key], condition, memory, now)
        elif len(raised) < AT_ONCE:
            since = sifted.counted_from.get(key)
            raised.append(raise_alert(site, unit, condition, rule, quiet, memory, now, since))
            standing[key] = raised[-1]
        else:
            put_off.add(condition)
    unit.conditions.weighed(condition for condition in ended if condition not in put_off)
    return_ended(site, unit, standing.values(), {(found.asset, found.rule): found for found in conditions})
    keep_quiet(site, unit, unit.alerts.unclosed(), quiet, memory, now)
    return raised


def raise_alert(
    site: Site,
    unit: WorkUnit,
    condition: Condition,
    rule: Rule,
    quiet: Quiet,
    memory: Memory,
    now: datetime,
    counted_from: datetime | None = None,
) -> Alert:
    """One alert with everything that belongs to it, in the caller's transaction.

    `counted_from`: until then its cause told of it, and its own deadline began.
    """
    level = rule.level or 3
    due_at = (counted_from or condition.onset) + DEADLINES[level]
    new = Alert(
        id=0,
        asset=condition.asset,
        rule=condition.rule,
        kind=rule.alert or rule.id,
        level=level,
        state=AlertState.ACTIVE_UNACKNOWLEDGED,
        onset=condition.onset,
        raised_at=now,
        late=now > due_at,
        point=condition.point,
        value=condition.value,
        limit=condition.limit,
        drill=drill_of(site, unit, condition.asset, condition.onset),
        area=area_of(site, condition.asset),
        latched=rule.latched,
        hidden=quiet.of(condition.asset, condition.rule, latched=rule.latched),
    )
    return enter(site, unit, new, memory, now, order=rule.order, counted_from=counted_from)


def enter(
    site: Site,
    unit: WorkUnit,
    new: Alert,
    memory: Memory,
    now: datetime,
    *,
    order: bool,
    counted_from: datetime | None = None,
) -> Alert:
    """Store a new alert with its deadline, its first notices and, if wanted, its order. Kept quiet: only the alert."""
    explained = _announced(site, unit, new)
    new = replace(new, announced=explained.id if explained else None)
    due_at = None if new.hidden else (counted_from or new.onset) + DEADLINES[new.level]
    alert = unit.alerts.add(new, due_at, first_position(site, new))
    if alert is None:
        raise RuntimeError(f"an alert of {new.asset} {new.rule} stands, yet was not among the unclosed")
    unit.alerts.log(AlertEvent(alert.id, now, "raised", alert.raised_by, "late" if alert.late else ""))
    if explained is not None:
        unit.alerts.log(AlertEvent(alert.id, now, "announced", None, explained.source))
    if alert.hidden:
        unit.alerts.log(AlertEvent(alert.id, now, f"hidden_{alert.hidden}"))
        return alert
    if counted_from is not None:
        unit.alerts.log(AlertEvent(alert.id, now, "let_go"))
    memory.rungs[alert.id] = notify(site, unit, alert, 0, now)
    if order:
        open_corrective(site, unit, alert, now)
    log.warning(
        "alert %d raised: level %d %s at %s, since %s", alert.id, alert.level, alert.kind, alert.asset, alert.onset
    )
    failpoint("raise.before_commit")
    return alert


def areas_around(site: Site, area: str) -> tuple[str, ...]:
    """An area and those that it lies in, the smallest first."""
    found: list[str] = []
    while area in site.areas and area not in found:
        found.append(area)
        area = site.areas[area].parent
    return tuple(found)


def _announced(site: Site, unit: WorkUnit, alert: Alert) -> Announcement | None:
    if not any(alert.kind in kinds for kinds in KINDS.values()):
        return None
    areas = areas_around(site, alert.area)
    known = unit.announcements.since(alert.onset - SLACK)
    return next((each for each in known if each.explains(alert.kind, areas, alert.onset)), None)


def _most_severe_first(site: Site, conditions: list[Condition], memory: Memory) -> list[tuple[Condition, Rule]]:
    """Those with a rule that has a level: level 1 first, then the oldest."""
    ruled = [(condition, _rule(site, condition, memory)) for condition in conditions]
    graded = [(condition, rule) for condition, rule in ruled if rule is not None and rule.level is not None]
    return sorted(graded, key=lambda pair: (pair[1].level or 0, pair[0].onset))


def _add_to(site: Site, unit: WorkUnit, alert: Alert, condition: Condition, memory: Memory, now: datetime) -> Alert:
    """The rule has an alert: it is active again, or something that ended before it belongs into its history."""
    if came_back(alert, condition) or (condition.ended_at is None and alert.returned_at is not None):
        return recur(site, unit, alert, condition, memory, now)
    if condition.ended_at is not None:
        unit.alerts.log(AlertEvent(alert.id, condition.onset, "earlier"))
    return alert


def _rule(site: Site, condition: Condition, memory: Memory) -> Rule | None:
    name = (condition.asset, condition.rule)
    try:
        return site.rule(*name)
    except KeyError:
        if name in memory.unknown_rules:
            return None
    memory.unknown_rules.add(name)
    log.error("condition %s of %s is open, but the site file has no such rule: no alert", name[1], name[0])
    return None


def _unseen(site: Site, unit: WorkUnit, ended: list[Condition], standing: Standing, now: datetime) -> list[Condition]:
    """Conditions that opened and ended between two ticks (or while no scheduler ran), and are still news.

    Silence that ended is none. One that lies inside an alert of the same rule was told by it, unless it came back.
    """

    def told(condition: Condition) -> bool:
        alert = standing.get((condition.asset, condition.rule))
        if alert is not None and came_back(alert, condition):
            return False
        return unit.alerts.tell_of(condition.asset, condition.rule, condition.onset)

    return [
        condition
        for condition in ended
        if condition.rule not in (COMM_LOST, LINK_LOST)
        and condition.ended_at is not None
        and now - condition.ended_at < _still_news(site, condition)
        and not told(condition)
    ]


def _still_news(site: Site, condition: Condition) -> timedelta:
    try:
        level = site.rule(condition.asset, condition.rule).level
    except KeyError:
        level = None
    return timedelta(0) if level is None else STILL_NEWS.get(level, DEADLINES[min(level, 2)])
