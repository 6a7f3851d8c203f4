"""Channels as people see them, and a test message with the vendor's own answer."""

from dataclasses import dataclass
from datetime import datetime

from api.views.people import Names
from facility.domain.asset import Site
from facility.domain.channel import KINDS, Way
from facility.domain.errors import NotFound
from facility.domain.text import Title
from facility.flow.look_at_channels import ChannelReport
from facility.flow.try_channel import Outcome, is_test, outcome_of, taken_by
from facility.ports import WorkUnit


@dataclass(frozen=True, slots=True)
class ChannelView:
    """One channel: how it leaves the building, the last answers, its use of `month` (limits: 0 for none)."""

    id: str
    kind: str
    kind_title: Title
    title: Title
    way: Way
    survives_mains: bool
    accepted_at: datetime | None
    failing_since: datetime | None
    refused_at: datetime | None
    refused_code: str
    refused_text: str
    month: str
    used: int
    per_month: int
    per_minute: int


@dataclass(frozen=True, slots=True)
class ChannelTest:
    """A test message; `code` and `text` are the vendor's own. `taken_by`: until when a scheduler that runs has sent it."""

    number: int
    channel: str
    title: Title
    person: str
    queued_at: datetime
    taken_by: datetime
    outcome: Outcome
    code: str
    text: str
    answered_at: datetime | None


def channel_view(report: ChannelReport) -> ChannelView:
    """One channel."""
    spec, health = report.spec, report.health
    return ChannelView(
        id=spec.id,
        kind=spec.kind,
        kind_title=KINDS[spec.kind].title if spec.kind in KINDS else Title(spec.kind, spec.kind),
        title=spec.title,
        way=spec.way,
        survives_mains=spec.way.survives_mains,
        accepted_at=health.accepted_at,
        failing_since=health.failing_since,
        refused_at=health.refused_at,
        refused_code=health.refused_code,
        refused_text=health.refused_text,
        month=report.month,
        used=report.used,
        per_month=spec.per_month,
        per_minute=spec.per_minute,
    )


def channel_test(site: Site, unit: WorkUnit, number: int, now: datetime) -> ChannelTest:
    """One test; NotFound, also for other messages."""
    notice = unit.notices.get(number)
    spec = site.channels.get(notice.channel)
    if spec is None or not is_test(notice):
        raise NotFound("test", number)
    return ChannelTest(
        number=notice.id,
        channel=spec.id,
        title=spec.title,
        person=Names(unit).of(notice.person),
        queued_at=notice.created_at,
        taken_by=taken_by(notice, spec),
        outcome=outcome_of(notice, spec, now),
        code=notice.answer_code,
        text=notice.answer_text,
        answered_at=notice.done_at,
    )
