"""Settle: what a channel answered becomes the notice's state, the deadline's proof, and the next try."""

from dataclasses import replace
from datetime import datetime, timedelta

from facility.domain.alert import AlertEvent
from facility.domain.asset import Site
from facility.domain.notice import Answer, Notice, NoticeState, Verdict
from facility.failpoint import failpoint
from facility.flow.notify import next_channel, notify
from facility.ports import WorkUnit

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 20.0  # seconds between two tries of one channel, doubled each time

LONG_REST = timedelta(seconds=30)  # what is put off for longer goes by the next channel now


def settle(site: Site, unit: WorkUnit, notice: Notice, answer: Answer, now: datetime) -> Notice:
    """Store the outcome of one attempt.

    Accepted: SENT, the proof. Queued: waits for a receipt, and is asked again later. Refused: FAILED, the next channel
    at once, and the next rung when that was the last one. Unknown: again with the same key, and the next channel at once.
    Later: again later; after 30 s of waiting `chase` takes the next channel as well, and when the vendor wants a longer
    rest, it is taken at once. A test goes by its channel alone, and once.
    """
    if answer.verdict is not Verdict.ACCEPTED and _stored_state(unit, notice) is not NoticeState.WAITING:
        return notice  # withdrawn, or accepted elsewhere, while this attempt was on its way
    tried = replace(notice, attempts=notice.attempts + 1, answer_code=answer.code, answer_text=answer.text)
    match answer.verdict:
        case Verdict.ACCEPTED:
            tried = _accepted(unit, replace(tried, state=NoticeState.SENT, done_at=now), now)
        case _ if notice.alert is None and notice.order is None and answer.verdict is not Verdict.QUEUED:
            tried = replace(tried, state=NoticeState.FAILED, done_at=now)
            unit.notices.change(tried)
        case Verdict.REFUSED:
            tried = replace(tried, state=NoticeState.FAILED, done_at=now)
            unit.notices.change(tried)
            _log(unit, notice, "refused", f"{notice.channel} {answer.code}".strip(), now)
            if next_channel(site, unit, notice, now) is None:
                _next_rung(site, unit, notice, now)
        case Verdict.TRY_LATER | Verdict.UNKNOWN | Verdict.QUEUED:
            tried = replace(tried, next_at=now + (answer.retry_after or pause(tried.attempts)))
            unit.notices.change(tried)
            if answer.verdict is Verdict.UNKNOWN or (answer.verdict is Verdict.TRY_LATER and _rests_long(answer)):
                next_channel(site, unit, notice, now)
    failpoint("settle.before_commit")
    return tried


def _rests_long(answer: Answer) -> bool:
    return answer.retry_after is not None and answer.retry_after > LONG_REST


def pause(attempts: int) -> timedelta:
    """How long a channel rests after so many attempts."""
    return timedelta(seconds=min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(attempts - 1, 10)))


def _accepted(unit: WorkUnit, sent: Notice, now: datetime) -> Notice:
    """The proof: the deadline is met, and the same message to this person by other channels is not needed any more."""
    unit.notices.change(sent)
    _log(unit, sent, "told", sent.channel, now)
    if sent.alert is not None:
        deadline = unit.alerts.deadline(sent.alert)
        if deadline.met_at is None:
            unit.alerts.change_deadline(replace(deadline, met_at=now, notice=sent.id))
    step = sent.key.rpartition(":")[0]
    for other in _siblings(unit, sent):
        if other.state is NoticeState.WAITING and other.id != sent.id and other.key.rpartition(":")[0] == step:
            unit.notices.change(replace(other, state=NoticeState.WITHDRAWN, done_at=now))
    return sent


def _next_rung(site: Site, unit: WorkUnit, notice: Notice, now: datetime) -> None:
    """Nobody else would be told before the next rung's time: tell it now, unless somebody knows already."""
    if notice.alert is None:
        return
    alert = unit.alerts.get(notice.alert)
    ladder = site.ladders.get(alert.level)  # the site file may have lost it since the alert was raised
    rungs = len(ladder.rungs) if ladder else 0
    if unit.alerts.deadline(notice.alert).met_at is None and notice.rung + 1 < rungs:
        notify(site, unit, alert, notice.rung + 1, now)


def _stored_state(unit: WorkUnit, notice: Notice) -> NoticeState | None:
    return next((found.state for found in _siblings(unit, notice) if found.id == notice.id), None)


def _siblings(unit: WorkUnit, notice: Notice) -> list[Notice]:
    if notice.alert is not None:
        return unit.notices.of_alert(notice.alert)
    return unit.notices.of_order(notice.order) if notice.order is not None else [unit.notices.get(notice.id)]


def _log(unit: WorkUnit, notice: Notice, what: str, detail: str, now: datetime) -> None:
    if notice.alert is not None:
        unit.alerts.log(AlertEvent(notice.alert, now, what, notice.person, detail))
