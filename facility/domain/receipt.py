"""A receipt: what became of a message that a gateway had only queued."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ReceiptState(StrEnum):
    """What the gateway reports."""

    DELIVERED = "delivered"  # the telephone has the SMS
    ANSWERED = "answered"  # somebody took the call
    UNANSWERED = "unanswered"
    FAILED = "failed"

    @property
    def proves(self) -> bool:
        """The person was reached."""
        return self in (ReceiptState.DELIVERED, ReceiptState.ANSWERED)


@dataclass(frozen=True, slots=True)
class Receipt:
    """One report. `key`: what the person pressed on the telephone; empty when nothing."""

    notice: int
    state: ReceiptState
    key: str
    at: datetime
    received_at: datetime
