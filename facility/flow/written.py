"""What people write: taken as it is when it can be, refused in plain words when not."""

from datetime import datetime, timedelta

from facility.domain.alert import Alert
from facility.domain.errors import Conflict, Unfit

LONGEST_WORDS = 2000
EARLIEST = timedelta(days=7)
"""A call or a proof that is entered later than this is history, not an alert."""


def words(field: str, text: str, *, needed: bool = True) -> str:
    """The text without surrounding space; Unfit when it is missing or too long."""
    clean = text.strip().replace("\r\n", "\n")
    if needed and not clean:
        raise Unfit(field, f"{field}_empty", "is missing")
    if len(clean) > LONGEST_WORDS:
        raise Unfit(field, "words_too_long", f"is longer than {LONGEST_WORDS} characters", most=LONGEST_WORDS)
    return clean


def past(field: str, at: datetime, now: datetime) -> datetime:
    """A time that a person gives for what has happened; Unfit when it lies ahead or far back."""
    if at > now + timedelta(minutes=1):
        raise Unfit(field, "time_ahead", "lies in the future")
    if at < now - EARLIEST:
        raise Unfit(field, "time_far_back", f"lies more than {EARLIEST.days} days back", days=EARLIEST.days)
    return min(at, now)


def seen_as(alert: Alert, version: int | None) -> Alert:
    """The alert, if it still is as the person saw it; Conflict. None: the person did not say what they saw."""
    if version is not None and version != alert.version:
        raise Conflict(f"alert {alert.id} has changed since you saw it: it is {alert.state} now")
    return alert
