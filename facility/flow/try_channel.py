"""Try a channel: one test message to one person, which goes by this channel alone and is sent once."""

from datetime import datetime

from facility.domain.notice import Notice
from facility.domain.text import Message
from facility.flow.compose import TEST
from facility.ports import WorkUnit

TEST_LEVEL = 3


def try_channel(unit: WorkUnit, channel: str, person: int, token: str, now: datetime) -> Notice:
    """Queue the message; the scheduler sends it. `token` tells this test from others."""
    key = f"test:{token}:{channel}"
    message = Message(TEST, {"channel": channel, "at": now.isoformat()})
    unit.notices.add(Notice(0, key, person, channel, message, TEST_LEVEL, now, now))
    return unit.notices.by_key(key)
