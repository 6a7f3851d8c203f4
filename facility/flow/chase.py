"""Chase: record missed deadlines, tell the next rung when nobody acknowledges, take a second channel when one is slow."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from facility.domain.alert import Alert, AlertEvent, AlertState
from facility.domain.asset import Site
from facility.domain.notice import Notice
from facility.flow.memory import Memory
from facility.flow.notify import Step, caught_up, next_channel, notify, step_of
from facility.ports import WorkUnit

log = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=30)  # a notice that waits so long goes by the person's next channel as well


def chase(site: Site, unit: WorkUnit, memory: Memory, now: datetime) -> int:
    """Everything that time alone makes due; returns how many deadlines were found missed."""
    missed = record_missed(unit, now)
    untold = {deadline.alert for deadline in unit.alerts.open_deadlines() if deadline.step == 0}
    unclosed = unit.alerts.unclosed()
    memory.rungs = {alert.id: memory.rungs[alert.id] for alert in unclosed if alert.id in memory.rungs}
    for alert in unclosed:
        if alert.id not in memory.consequences and _wants_escalation(alert, untold):
            escalate(site, unit, alert, memory, now)
    hand_on(site, unit, memory, now)
    return missed


def record_missed(unit: WorkUnit, now: datetime) -> int:
    """Deadlines that passed without proof are marked, once, with an event."""
    late = [deadline for deadline in unit.alerts.open_deadlines() if deadline.due_at < now]
    for deadline in late:
        unit.alerts.change_deadline(replace(deadline, missed_at=now))
        unit.alerts.log(AlertEvent(deadline.alert, now, "deadline_missed", None, deadline.position))
        log.error("alert %d: %s was not told by %s", deadline.alert, deadline.position or "nobody", deadline.due_at)
    return len(late)


def escalate(site: Site, unit: WorkUnit, alert: Alert, memory: Memory, now: datetime) -> None:
    """Tell the next rung when its time has come."""
    if alert.id not in memory.rungs:
        told = (notice for notice in unit.notices.of_alert(alert.id) if notice.round == alert.round)
        memory.rungs[alert.id] = max((notice.rung + 1 for notice in told), default=0)
    number = caught_up(site, alert.level, memory.rungs[alert.id], now - alert.told_from)
    step = step_of(site, alert.level, number)
    if step is not None and now >= alert.told_from + step.after and not _too_soon(site, unit, alert, step, now):
        memory.rungs[alert.id] = notify(site, unit, alert, step.number, now)


def _too_soon(site: Site, unit: WorkUnit, alert: Alert, step: Step, now: datetime) -> bool:
    """The ladder would be climbed again although a step that was made up for has just been told."""
    ladder = site.ladders[alert.level]
    if ladder.repeat_every is None or step.number == 0 or step.number % len(ladder.rungs):
        return False
    last = max((notice.created_at for notice in unit.notices.of_alert(alert.id)), default=None)
    return last is not None and now - last < ladder.repeat_every / 2


def hand_on(site: Site, unit: WorkUnit, memory: Memory, now: datetime) -> None:
    """Notices that their channel has not accepted in time go by the next channel too; who is first wins."""
    waiting = unit.notices.waiting()
    memory.handed_on &= {notice.id for notice in waiting}
    for notice in waiting:
        if notice.id not in memory.handed_on and now - _offered_at(notice) >= PATIENCE:
            memory.handed_on.add(notice.id)
            next_channel(site, unit, notice, now)


def _offered_at(notice: Notice) -> datetime:
    """Since when its channel could have taken it: not while it waited for the end of quiet hours."""
    return notice.created_at if notice.attempts else max(notice.created_at, notice.next_at)


def _wants_escalation(alert: Alert, untold: set[int]) -> bool:
    """Active and not acknowledged; what is over is chased only until somebody was told; what is kept quiet is not."""
    if alert.hidden:
        return False
    if alert.state is AlertState.ACTIVE_UNACKNOWLEDGED:
        return True
    return alert.state is AlertState.RETURNED_UNACKNOWLEDGED and alert.id in untold
