"""Values that people and programs send as text: times and numbers."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from api.forms import Given
from facility.domain.errors import Unfit


def time_of(given: Given, field: str, zone: tzinfo) -> datetime | None:
    """A time: ISO 8601 (without a zone: the site's); None when it is empty; Unfit."""
    text = given.get(field, "")
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Unfit(field, "not_a_time", f"{text[:40]!r} is no time; write 2026-11-23T14:05", text=text[:40]) from None
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def day_of(text: str, field: str, zone: tzinfo, *, end: bool = False) -> datetime | None:
    """The start of a day of the site (or its end), or a time; None when it is empty; Unfit."""
    if len(text) != len("2026-11-23"):
        return time_of({field: text}, field, zone)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Unfit(field, "not_a_time", f"{text!r} is no day; write 2026-11-23", text=text) from None
    return datetime.combine(day + timedelta(days=end), time(0), zone).astimezone(UTC)


def calendar_day(field: str, text: str) -> date | None:
    """A day by the calendar; None when it is empty; Unfit."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Unfit(field, "not_a_day", f"{text[:40]!r} is no day; write 2026-11-23", text=text[:40]) from None


def least_whole(given: Given, field: str) -> int | None:
    """A whole number from 0 on; None when it is empty; Unfit."""
    text = given.get(field, "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Unfit(field, "form_damaged", f"{text[:40]!r} is no whole number")
    return int(text)
