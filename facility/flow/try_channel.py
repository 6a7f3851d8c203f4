"""Try a channel: one test message to one person, which goes by this channel alone and is sent once."""

from datetime import datetime, timedelta
from enum import StrEnum

from facility.domain.account import CONSOLE, Visit
from facility.domain.notice import ChannelSpec, Notice, NoticeState
from facility.domain.text import Message
from facility.flow.compose import TEST
from facility.flow.record_account import acting
from facility.ports import WorkUnit

TEST_LEVEL = 3
MARGIN = timedelta(seconds=15)
"""Beyond the channel's own timeout: until the scheduler has seen the test."""


class Outcome(StrEnum):
    """How a test stands."""

    WAITING = "waiting"
    NOT_TAKEN = "not_taken"  # no scheduler sent it in its time
    QUEUED = "queued"  # the gateway took it; a receipt will tell
    ACCEPTED = "accepted"
    NOT_ACCEPTED = "not_accepted"
    WITHDRAWN = "withdrawn"


def try_channel(unit: WorkUnit, channel: str, person: int, token: str, now: datetime, visit: Visit = CONSOLE) -> Notice:
    """Queue the message; the scheduler sends it. One that still waits for the same person is given again.

    `token` tells this test from others; `visit`: who asks.
    """
    for known in unit.notices.waiting():
        fresh = not known.attempts and now - known.created_at < MARGIN
        if fresh and is_test(known) and (known.channel, known.person) == (channel, person):
            return known
    key = f"test:{token}:{channel}"
    message = Message(TEST, {"channel": channel, "at": now.isoformat()})
    unit.notices.add(Notice(0, key, person, channel, message, TEST_LEVEL, now, now))
    by, account = acting(visit)
    unit.audit.note(now, by, "channel.tested", f"channel:{channel}", {"to": f"person:{person}", "by": account})
    return unit.notices.by_key(key)


def is_test(notice: Notice) -> bool:
    """It was queued by `try_channel`."""
    return notice.message.id == TEST


def taken_by(notice: Notice, spec: ChannelSpec) -> datetime:
    """Until when a scheduler that runs has sent it and has its answer."""
    return notice.created_at + spec.timeout + MARGIN


def outcome_of(notice: Notice, spec: ChannelSpec, now: datetime) -> Outcome:
    """How a test stands at `now`."""
    match notice.state:
        case NoticeState.SENT:
            return Outcome.ACCEPTED
        case NoticeState.FAILED:
            return Outcome.NOT_ACCEPTED
        case NoticeState.WITHDRAWN:
            return Outcome.WITHDRAWN
    if notice.attempts:
        return Outcome.QUEUED
    return Outcome.WAITING if now <= taken_by(notice, spec) else Outcome.NOT_TAKEN
