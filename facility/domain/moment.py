"""Unix nanoseconds, as readings and the line protocol count time, and the domain's aware datetimes."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime.fromtimestamp(0, UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000_000


def nanoseconds(at: datetime) -> int:
    """Unix nanoseconds of an aware datetime, exact."""
    return (at - EPOCH) // MICROSECOND * 1000


def moment(ns: int) -> datetime:
    """The datetime (UTC) of Unix nanoseconds, cut to microseconds."""
    return EPOCH + timedelta(microseconds=ns // 1000)


def span(length: timedelta) -> int:
    """A length of time in nanoseconds."""
    return length // MICROSECOND * 1000
