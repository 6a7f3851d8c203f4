"""Tell again: a new round of an alert's ladder, with new deadlines, because it came back or was kept quiet until now."""

from dataclasses import replace
from datetime import datetime

from facility.domain.alert import DEADLINES, Alert, AlertStep, Deadline, next_state
from facility.domain.asset import Site
from facility.domain.notice import NoticeState
from facility.flow.compose import ALERT
from facility.flow.memory import Memory
from facility.flow.notify import notify, position_of
from facility.ports import WorkUnit


def tell_again(
    site: Site, unit: WorkUnit, alert: Alert, step: AlertStep, since: datetime, memory: Memory, now: datetime
) -> Alert:
    """The alert afterwards: not acknowledged, its first step told. `since`: from when the new deadline is counted."""
    due_at = since + DEADLINES[alert.level]
    after = unit.alerts.change(
        replace(
            alert,
            state=next_state(alert.state, step, latched=alert.latched),
            round=alert.round + 1,
            round_at=now,
            returned_at=None,
            acknowledged_at=None,
            acknowledged_by=None,
            late=alert.late or now > due_at,
        )
    )
    _take_back(unit, alert, now)
    position = first_position(site, after)
    unit.alerts.add_deadline(Deadline(alert.id, due_at, round=after.round, position=position))
    memory.rungs[alert.id] = notify(site, unit, after, 0, now)
    return after


def first_position(site: Site, alert: Alert) -> str:
    """Whom the level promises to tell: the position of the ladder's first step."""
    ladder = site.ladders.get(alert.level)
    if ladder is None or not ladder.rungs:
        return ""
    wanted = ladder.rungs[0].position
    return position_of(site, alert.asset, wanted, alert.area) or wanted


def _take_back(unit: WorkUnit, alert: Alert, now: datetime) -> None:
    """What still waits of the round before is said by the new one."""
    for notice in unit.notices.of_alert(alert.id):
        if notice.state is NoticeState.WAITING and notice.message.id == ALERT and notice.round == alert.round:
            unit.notices.change(replace(notice, state=NoticeState.WITHDRAWN, done_at=now))
