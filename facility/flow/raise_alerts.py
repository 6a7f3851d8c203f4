"""Raise alerts: an open condition with a level becomes an alert with its deadline, first notices and corrective order."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from facility.domain.alert import DEADLINES, Alert, AlertEvent, AlertState, AlertStep, next_state
from facility.domain.asset import COMM_LOST, LINK_LOST, Site
from facility.domain.condition import Condition
from facility.domain.rule import Rule
from facility.failpoint import failpoint
from facility.flow.fold import fold
from facility.flow.memory import Memory
from facility.flow.notify import notify
from facility.flow.open_orders import open_corrective
from facility.ports import WorkUnit

log = logging.getLogger(__name__)

Standing = dict[tuple[str, str], Alert]

AT_ONCE = (
    100  # alerts raised in one tick: a storm must not hold the database for seconds; the rest follows a second later
)
WEIGHED_AT_ONCE = 500  # ended conditions weighed in one tick
STILL_NEWS = {1: timedelta(hours=24)}  # so long after its end such a condition is told; other levels: their deadline
LONGEST_NEWS = max(STILL_NEWS.values())


def raise_alerts(site: Site, unit: WorkUnit, conditions: list[Condition], memory: Memory, now: datetime) -> list[Alert]:
    """Alerts for what is open and not told yet, and for what came and went unseen; returns the new ones."""
    standing = {(alert.asset, alert.rule): alert for alert in unit.alerts.unclosed()}
    ended = unit.conditions.unweighed(now - LONGEST_NEWS, WEIGHED_AT_ONCE)
    sifted = fold(site, unit, standing, [*conditions, *_unseen(site, unit, ended, now)], memory, now)
    raised: list[Alert] = []
    put_off = sifted.put_off
    for condition, rule in _most_severe_first(site, sifted.tell, memory):
        alert = standing.get((condition.asset, condition.rule))
        if alert is not None:
            _add_to(unit, alert, condition, now)
        elif len(raised) < AT_ONCE:
            since = sifted.counted_from.get((condition.asset, condition.rule))
            raised.append(raise_alert(site, unit, condition, rule, memory, now, since))
            standing[condition.asset, condition.rule] = raised[-1]
        else:
            put_off.add(condition)
    unit.conditions.weighed(condition for condition in ended if condition not in put_off)
    _return_ended(unit, standing, conditions, now)
    return raised


def raise_alert(
    site: Site,
    unit: WorkUnit,
    condition: Condition,
    rule: Rule,
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
    )
    alert = unit.alerts.add(new, due_at)
    if alert is None:
        raise RuntimeError(f"an alert of {condition.asset} {condition.rule} stands, yet was not among the unclosed")
    unit.alerts.log(AlertEvent(alert.id, now, "raised", None, "late" if alert.late else ""))
    if counted_from is not None:
        unit.alerts.log(AlertEvent(alert.id, now, "let_go"))
    memory.rungs[alert.id] = notify(site, unit, alert, 0, now)
    if rule.order:
        open_corrective(site, unit, alert, now)
    log.warning("alert %d raised: level %d %s at %s, since %s", alert.id, level, alert.kind, alert.asset, alert.onset)
    failpoint("raise.before_commit")
    return alert


def _most_severe_first(site: Site, conditions: list[Condition], memory: Memory) -> list[tuple[Condition, Rule]]:
    """Those with a rule that has a level: level 1 first, then the oldest."""
    ruled = [(condition, _rule(site, condition, memory)) for condition in conditions]
    graded = [(condition, rule) for condition, rule in ruled if rule is not None and rule.level is not None]
    return sorted(graded, key=lambda pair: (pair[1].level or 0, pair[0].onset))


def _add_to(unit: WorkUnit, alert: Alert, condition: Condition, now: datetime) -> None:
    """The rule has an alert: it is active again, or something that ended before it belongs into its history."""
    if condition.ended_at is not None:
        unit.alerts.log(AlertEvent(alert.id, condition.onset, "earlier"))
    elif alert.state is AlertState.RETURNED_UNACKNOWLEDGED:
        _step(unit, alert, AlertStep.RECUR, "recurred", now)


def _return_ended(unit: WorkUnit, standing: Standing, conditions: list[Condition], now: datetime) -> None:
    open_now = {(condition.asset, condition.rule) for condition in conditions}
    for key, alert in standing.items():
        if alert.state.active and key not in open_now:
            _step(unit, alert, AlertStep.RETURN, "returned", unit.conditions.last_end(*key) or now)


def _step(unit: WorkUnit, alert: Alert, step: AlertStep, what: str, at: datetime) -> None:
    state = next_state(alert.state, step)
    returned_at = None if step is AlertStep.RECUR else at
    closed_at = at if state is AlertState.CLOSED else None
    unit.alerts.change(replace(alert, state=state, returned_at=returned_at, closed_at=closed_at))
    unit.alerts.log(AlertEvent(alert.id, at, what))
    if state is AlertState.CLOSED:
        unit.alerts.log(AlertEvent(alert.id, at, "closed"))


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


def _unseen(site: Site, unit: WorkUnit, ended: list[Condition], now: datetime) -> list[Condition]:
    """Conditions that opened and ended between two ticks (or while no scheduler ran), and are still news.

    Silence that ended is none. One that lies inside an alert of the same rule was told by it.
    """
    return [
        condition
        for condition in ended
        if condition.rule not in (COMM_LOST, LINK_LOST)
        and condition.ended_at is not None
        and now - condition.ended_at < _still_news(site, condition)
        and not unit.alerts.tell_of(condition.asset, condition.rule, condition.onset)
    ]


def _still_news(site: Site, condition: Condition) -> timedelta:
    try:
        level = site.rule(condition.asset, condition.rule).level
    except KeyError:
        level = None
    return timedelta(0) if level is None else STILL_NEWS.get(level, DEADLINES[min(level, 2)])
