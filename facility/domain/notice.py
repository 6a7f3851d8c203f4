"""A notice: one message to one person over one channel, kept in the outbox until the channel has accepted it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from facility.domain.channel import KINDS, Way
from facility.domain.text import Message, Title


class NoticeState(StrEnum):
    """WAITING: to be sent (again) at `next_at`. SENT: the channel accepted it. FAILED: given up; another notice takes over."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"  # no longer needed before it was sent


class Verdict(StrEnum):
    """What a channel's answer means."""

    ACCEPTED = "accepted"
    QUEUED = "queued"  # taken, but no proof yet: a receipt will tell
    REFUSED = "refused"  # for good: this channel will not take this message
    TRY_LATER = "try_later"  # rate limit, busy, unreachable
    UNKNOWN = "unknown"  # sent, no answer: may have arrived


@dataclass(frozen=True, slots=True)
class Answer:
    """A channel's own answer: verdict, the vendor's code and words (secrets removed), and when to try again.

    `personal`: only this person is put off; the channel takes other people's messages.
    """

    verdict: Verdict
    code: str = ""
    text: str = ""
    retry_after: timedelta | None = None
    personal: bool = False


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """A message channel of the site file: `kind` chooses the adapter, `settings` are its own (secrets by file)."""

    id: str
    kind: str  # a key of `channel.KINDS`
    url: str = ""
    url_file: Path | None = None
    secret_file: Path | None = None
    timeout: timedelta = timedelta(seconds=15)
    settings: Mapping[str, object] = field(default_factory=dict)
    way: Way = Way.INTERNET
    own_title: Title | None = None

    @property
    def title(self) -> Title:
        """The site file's, or the kind's."""
        if self.own_title is not None:
            return self.own_title
        return KINDS[self.kind].title if self.kind in KINDS else Title(self.id, self.id)

    @property
    def per_minute(self) -> int:
        """The site file's limit, or the vendor's; 0: none."""
        return self._limit("per_minute", KINDS[self.kind].per_minute if self.kind in KINDS else 0)

    @property
    def per_month(self) -> int:
        """The same for a month."""
        return self._limit("per_month", KINDS[self.kind].per_month if self.kind in KINDS else 0)

    def text(self, name: str) -> str:
        """A setting as text; empty when it is not given."""
        return str(self.settings.get(name) or "")

    def _limit(self, name: str, usual: int) -> int:
        wanted = self.settings.get(name)
        return wanted if isinstance(wanted, int) else usual


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder: who is told by which channels (in this order), how long after the alert was raised, unless acknowledged."""

    position: str
    channels: tuple[str, ...]
    after: timedelta


@dataclass(frozen=True, slots=True)
class Ladder:
    """Steps of escalation for a level, first step first; climbed again, so long after the last step, until acknowledged."""

    level: int
    rungs: tuple[Rung, ...]
    repeat_every: timedelta | None = timedelta(minutes=30)  # None: climbed once


@dataclass(frozen=True, slots=True)
class Notice:
    """A row of the outbox. Unique by `key`, so that the same step is never queued twice. `id` is 0 until stored."""

    id: int
    key: str  # e.g. alert:17:0:wecom, order:1187:issued; the vendor gets it as idempotency key where it takes one
    person: int
    channel: str
    message: Message
    level: int
    created_at: datetime
    next_at: datetime
    state: NoticeState = NoticeState.WAITING
    attempts: int = 0
    alert: int | None = None
    order: int | None = None
    rung: int = 0
    answer_code: str = ""
    answer_text: str = ""
    done_at: datetime | None = None  # when SENT, FAILED or WITHDRAWN
    round: int = 0  # of its alert
