"""Settle: what a channel answered becomes the notice's state, the deadline's proof, and the next try."""

from dataclasses import replace
from datetime import datetime, timedelta

from facility.domain.alert import AlertEvent
from facility.domain.asset import Site
from facility.domain.notice import Answer, Notice, NoticeState, Verdict
from facility.failpoint import failpoint
from facility.flow.all_clear import all_clear
from facility.flow.compose import ALL_CLEAR, TEST
from facility.flow.notify import next_channel, notify
from facility.ports import WorkUnit

FIRST_PAUSE = 5.0  # seconds until one channel is tried again, doubled each time
LONGEST_PAUSE = 10.0  # with the 15 s of a channel that hangs: within 30 s after its recovery

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
        case _ if notice.message.id == TEST and answer.verdict is not Verdict.QUEUED:
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
    unit.notices.wake(sent.channel, now, now + timedelta(seconds=LONGEST_PAUSE))  # it works: what waits goes now
    if sent.message.id == ALL_CLEAR:
        _log(unit, sent, "told_all_clear", sent.channel, now)
    elif sent.alert is not None:
        _log(unit, sent, "told", sent.channel, now)
        _prove(unit, sent, now)
        all_clear(unit, unit.alerts.get(sent.alert), now)
    for other in _siblings(unit, sent):
        if other.state is NoticeState.WAITING and other.id != sent.id and _step_of(other) == _step_of(sent):
            unit.notices.change(replace(other, state=NoticeState.WITHDRAWN, done_at=now))
    return sent


def _prove(unit: WorkUnit, sent: Notice, now: datetime) -> None:
    """The step's own deadline is met, and what earlier rounds left open of it; so says this notice."""
    for deadline in unit.alerts.deadlines(sent.alert or 0):
        same = deadline.step == sent.rung and deadline.round <= sent.round
        if same and deadline.met_at is None and deadline.waived_at is None:
            unit.alerts.change_deadline(replace(deadline, met_at=now, notice=sent.id))


def _next_rung(site: Site, unit: WorkUnit, notice: Notice, now: datetime) -> None:
    """Nobody else would be told before the next rung's time: tell it now, unless somebody knows already."""
    if notice.alert is None or notice.message.id == ALL_CLEAR:
        return
    alert = unit.alerts.get(notice.alert)
    if notice.round != alert.round:
        return  # it has been told anew since
    ladder = site.ladders.get(alert.level)  # the site file may have lost it since the alert was raised
    rungs = len(ladder.rungs) if ladder else 0
    told = any(each.met_at for each in unit.alerts.deadlines(alert.id) if each.round == alert.round)
    if not told and notice.rung + 1 < rungs:
        notify(site, unit, alert, notice.rung + 1, now)


def _stored_state(unit: WorkUnit, notice: Notice) -> NoticeState | None:
    return next((found.state for found in _siblings(unit, notice) if found.id == notice.id), None)


def _siblings(unit: WorkUnit, notice: Notice) -> list[Notice]:
    if notice.alert is not None:
        return unit.notices.of_alert(notice.alert)
    if notice.order is not None:
        return unit.notices.of_order(notice.order)
    return [found for found in unit.notices.waiting() if _step_of(found) == _step_of(notice)]


def _step_of(notice: Notice) -> str:
    """What the same message to the same person by other channels has in common."""
    return notice.key.rpartition(":")[0]


def _log(unit: WorkUnit, notice: Notice, what: str, detail: str, now: datetime) -> None:
    if notice.alert is not None:
        unit.alerts.log(AlertEvent(notice.alert, now, what, notice.person, detail))
