"""A stretch of time as a person names it: a month, or from one moment to another, in the site's zone."""

import re
from datetime import UTC, datetime, time, timedelta, tzinfo

from facility.domain.errors import Conflict

_MONTH = re.compile(r"(\d{4})-(\d{2})")


def period_of(month: str, since: str, until: str, now: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """Begin and end, never later than now; Conflict says what is wrong. A day as the end is included."""
    if bool(month) == bool(since):
        raise Conflict("name a period: --month 2026-10, or --since 2026-10-01 (and --until 2026-10-07)")
    begin, end = (
        _month(month, zone) if month else (_moment(since, zone), _moment(until, zone, end=True) if until else now)
    )
    end = min(end, now)
    if begin >= end:
        said = f"{begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}"
        raise Conflict(f"the period from {said} is empty: it must begin before it ends, and before now")
    return begin.astimezone(UTC), end.astimezone(UTC)


def month_of(text: str) -> tuple[int, int]:
    """Year and month of `2026-10`; Conflict."""
    match = _MONTH.fullmatch(text)
    if match is None or not 1 <= int(match[2]) <= 12 or not 1 <= int(match[1]) < 9999:
        raise Conflict(f"{text!r} is no month: write it like 2026-10")
    return int(match[1]), int(match[2])


def _month(text: str, zone: tzinfo) -> tuple[datetime, datetime]:
    year, number = month_of(text)
    after = (year + 1, 1) if number == 12 else (year, number + 1)
    return datetime(year, number, 1, tzinfo=zone), datetime(*after, 1, tzinfo=zone)


def _moment(text: str, zone: tzinfo, *, end: bool = False) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Conflict(f"{text!r} is no time: write it like 2026-10-01 or 2026-10-01T14:05") from None
    if len(text) == len("2026-10-01") and end:
        found = datetime.combine(found.date() + timedelta(days=1), time.min)
    return found if found.tzinfo else found.replace(tzinfo=zone)
