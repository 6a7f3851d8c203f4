"""All clear: when a level-1 alert is over, those who were told of it are told that too."""

from dataclasses import replace
from datetime import datetime

from facility.domain.alert import Alert
from facility.domain.notice import Notice, NoticeState
from facility.flow.compose import ALERT, all_clear_message
from facility.ports import WorkUnit

LEVELS = (1,)
AFTER_ALERTS = 2  # the level at which it is sent: never before a level-1 alert


def all_clear(unit: WorkUnit, alert: Alert, now: datetime) -> int:
    """Queue the message to each person of this telling whose channel had accepted the alert; returns how many are new.

    Nothing while the alert is active. Doing it again, as later acceptances come in, adds only what is missing.
    """
    if alert.level not in LEVELS or alert.state.active:
        return 0
    message = all_clear_message(alert, alert.returned_at or alert.closed_at or now)
    told: dict[int, Notice] = {}
    for notice in unit.notices.of_alert(alert.id):
        if notice.message.id == ALERT and notice.round == alert.round and notice.state is NoticeState.SENT:
            told.setdefault(notice.person, notice)
    queued = [
        replace(
            notice,
            id=0,
            key=f"clear:{alert.id}:{alert.round}:{notice.person}:{notice.channel}",
            message=message,
            level=AFTER_ALERTS,
            created_at=now,
            next_at=now,
            state=NoticeState.WAITING,
            attempts=0,
            answer_code="",
            answer_text="",
            done_at=None,
        )
        for notice in told.values()
    ]
    return sum(unit.notices.add(notice) for notice in queued)
