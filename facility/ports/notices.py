"""The ports of the outbox and of the message channels."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from facility.domain.notice import Answer, Notice
from facility.domain.text import Language


class Notices(Protocol):
    """The outbox."""

    def add(self, notice: Notice) -> bool:
        """Queue a notice; False when its key exists already."""
        ...

    def begin_day(self, day: date, at: datetime) -> bool:
        """The morning's messages of this day are made now; False when they were made before."""
        ...

    def due(self, now: datetime, limit: int) -> list[Notice]:
        """WAITING notices whose `next_at` has come, at most `limit` of each channel.

        Level 1 first, then by the deadline that they keep, then (no deadline, or one that is met) oldest first.
        """
        ...

    def change(self, notice: Notice) -> None:
        """Store the outcome of an attempt."""
        ...

    def wake(self, channel: str, now: datetime, until: datetime) -> None:
        """WAITING notices of a channel that were tried, and whose pause ends by `until`, are due now."""
        ...

    def get(self, notice: int) -> Notice:
        """One notice; NotFound."""
        ...

    def by_key(self, key: str) -> Notice:
        """The notice that was queued under this key; NotFound."""
        ...

    def of_alert(self, alert: int) -> list[Notice]:
        """All notices of an alert, oldest first."""
        ...

    def of_order(self, order: int) -> list[Notice]:
        """All notices of an order, oldest first."""
        ...

    def waiting(self) -> list[Notice]:
        """All notices not yet accepted by their channel."""
        ...


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A notice as a channel sends it: rendered text, the recipient's address on that channel, the link to act on."""

    key: str
    to: str
    title: str  # the first line: fits a lock screen
    text: str  # all lines, plain
    link: str
    level: int
    language: Language = Language.ZH_CN
    about: str = ""  # what it is about: alert, order, test


class Channel(Protocol):
    """A message channel: sends, and says what the vendor's own answer means. Never raises for what a vendor can do."""

    def send(self, outgoing: Outgoing) -> Answer:
        """Send now; blocks for at most the channel's timeout."""
        ...
