"""What an answer says of its channel: it works, it fails since, and how much of the month is used."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from facility.domain.channel import NEVER_ASKED, ChannelHealth
from facility.domain.notice import Answer, ChannelSpec, Verdict
from facility.domain.series import series
from scheduler.channels.exchange import NOT_REACHED

WORKS = (Verdict.ACCEPTED, Verdict.QUEUED)


def month_of(at: datetime, zone: ZoneInfo) -> str:
    """2026-11: vendors' months begin at midnight where the site is."""
    return f"{at.astimezone(zone):%Y-%m}"


def learned(health: ChannelHealth, answer: Answer, at: datetime, month: str) -> ChannelHealth:
    """The channel's health after an answer. What concerns one person only says nothing of the channel."""
    if answer.text != NOT_REACHED and answer.code not in NEVER_ASKED:
        health = health.counted(month)
    if answer.verdict in WORKS:
        return health.accepted(at)
    return health if answer.personal else health.failed(answer.code, answer.text, at)


def used_in(healths: Iterable[ChannelHealth], month: str) -> dict[str, int]:
    """Messages of this month by channel."""
    return {health.channel: health.used_in(month) for health in healths}


def figures(
    specs: Mapping[str, ChannelSpec], healths: Iterable[ChannelHealth], at: datetime, month: str
) -> dict[str, float]:
    """Metrics: use and limit of the month, and for how long a channel has been failing (0: it works)."""
    known = {health.channel: health for health in healths}
    found: dict[str, float] = {}
    for id, spec in specs.items():
        health = known.get(id, ChannelHealth(id))
        failing = (at - health.failing_since).total_seconds() if health.failing_since else 0.0
        found[series("facility_channel_failing_seconds", channel=id)] = max(0.0, failing)
        found[series("facility_channel_used_this_month", channel=id)] = health.used_in(month)
        if spec.per_month:
            found[series("facility_channel_month_limit", channel=id)] = spec.per_month
    return found
