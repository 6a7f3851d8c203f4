"""Follow: alerts follow their conditions. What ended returns, what comes back is told again, what is latched waits for its reset."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from facility.domain.alert import Alert, AlertEvent, AlertState, AlertStep, next_state
from facility.domain.asset import Site
from facility.domain.condition import Condition
from facility.flow.all_clear import all_clear
from facility.flow.memory import Memory
from facility.flow.tell_again import tell_again
from facility.ports import WorkUnit

Key = tuple[str, str]


def return_ended(site: Site, unit: WorkUnit, alerts: Iterable[Alert], open_now: Mapping[Key, Condition]) -> None:
    """Active alerts whose condition has ended."""
    for alert in alerts:
        key = (alert.asset, alert.rule)
        if not alert.state.active or alert.by_hand or key in open_now:
            continue
        ended = unit.conditions.last_end(*key) or alert.raised_at
        if alert.latched:
            _await_reset(site, unit, alert, ended, open_now)
        else:
            take_step(unit, alert, _ending(unit, alert), "returned", ended)


def recur(site: Site, unit: WorkUnit, alert: Alert, condition: Condition, memory: Memory, now: datetime) -> Alert:
    """The condition opened again: told again, with a deadline counted from the new onset."""
    unit.alerts.log(AlertEvent(alert.id, now, "recurred"))
    if alert.hidden:
        state = next_state(alert.state, AlertStep.RECUR, latched=alert.latched)
        return unit.alerts.change(replace(alert, state=state, returned_at=None))
    return tell_again(site, unit, alert, AlertStep.RECUR, condition.onset, memory, now)


def came_back(alert: Alert, condition: Condition) -> bool:
    """The condition is news for an alert that stands: it opened after the alert had returned, or its signal was gone."""
    return alert.returned_at is not None and condition.onset >= alert.returned_at


def take_step(
    unit: WorkUnit, alert: Alert, step: AlertStep, what: str, at: datetime, person: int | None = None
) -> Alert:
    """Return, reset or lapse; those who were told of level 1 are told that it is over."""
    state = next_state(alert.state, step, latched=alert.latched)
    closed_at = at if state is AlertState.CLOSED else None
    after = replace(alert, state=state, returned_at=alert.returned_at or at, closed_at=closed_at)
    after = unit.alerts.change(after)
    unit.alerts.log(AlertEvent(alert.id, at, what, person))
    if state is AlertState.CLOSED:
        unit.alerts.log(AlertEvent(alert.id, at, "closed"))
    all_clear(unit, after, at)
    return after


def _ending(unit: WorkUnit, alert: Alert) -> AlertStep:
    """Kept quiet from first to last: nobody has to acknowledge what nobody was told."""
    unseen = alert.hidden and alert.state is AlertState.ACTIVE_UNACKNOWLEDGED and not unit.alerts.deadlines(alert.id)
    return AlertStep.LAPSE if unseen else AlertStep.RETURN


def _await_reset(site: Site, unit: WorkUnit, alert: Alert, ended: datetime, open_now: Mapping[Key, Condition]) -> None:
    """The signal is gone; the alert stands until the panel was reset."""
    reset_by = _reset_by(site, alert)
    if reset_by == alert.rule:
        take_step(unit, alert, AlertStep.RESET, "reset", ended)
        return
    if alert.returned_at is None:
        alert = unit.alerts.change(replace(alert, returned_at=ended))
        unit.alerts.log(AlertEvent(alert.id, ended, "signal_gone"))
    seen = _reset_seen(unit, alert, reset_by, open_now) if reset_by else None
    if seen is not None:
        take_step(unit, alert, AlertStep.RESET, "reset", seen)


def _reset_by(site: Site, alert: Alert) -> str:
    try:
        return site.rule(alert.asset, alert.rule).reset_by
    except KeyError:
        return ""


def _reset_seen(unit: WorkUnit, alert: Alert, rule: str, open_now: Mapping[Key, Condition]) -> datetime | None:
    """When the panel reported a reset that came after the signal."""
    after = alert.round_at or alert.onset
    standing = open_now.get((alert.asset, rule))
    found = [standing] if standing is not None else []
    found += [each for each in unit.conditions.ended(rule, after) if each.asset == alert.asset]
    return max((each.onset for each in found if each.onset >= after), default=None)
