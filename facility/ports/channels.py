"""The ports of what is known of the message channels themselves."""

from typing import Protocol

from facility.domain.channel import ChannelHealth
from facility.domain.receipt import Receipt


class Channels(Protocol):
    """What each channel's vendor last answered, and how many messages went by it this month."""

    def all(self) -> list[ChannelHealth]:
        """Those that were ever used, by channel."""
        ...

    def get(self, channel: str) -> ChannelHealth:
        """One of them; a blank one when it was never used."""
        ...

    def put(self, health: ChannelHealth) -> None:
        """Insert or replace."""
        ...


class Receipts(Protocol):
    """What gateways reported of messages that they had queued."""

    def add(self, receipt: Receipt) -> bool:
        """Store a receipt; False when the same one came before."""
        ...

    def of_notice(self, notice: int) -> list[Receipt]:
        """Oldest first."""
        ...
