"""Times as people write them, by the site's clock."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from facility.domain.duty_errors import DutyRefused
from facility.domain.roster import instant

_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T[0-9:.]+[+-]\d{2}:\d{2}")
_WRITTEN = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T](\d{1,2}:\d{2}))?")


def written_time(text: str, zone: ZoneInfo, *, last_day: bool = False) -> datetime:
    """The instant of `2026-12-01` or `2026-12-01 08:00`; a day alone is its begin, its end when it is the `last_day`. DutyRefused."""
    match = _WRITTEN.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError
        day = date.fromisoformat(match[1])
        if match[2]:
            return instant(day, time.fromisoformat(match[2].zfill(5)), zone)
    except ValueError:
        english = f'"{text}" is not a time: write it like 2026-12-01 or "2026-12-01 08:00"'
        raise DutyRefused("time", english, text=text) from None
    return instant(day + timedelta(days=1) if last_day else day, time(), zone)


def written_day(text: str) -> date:
    """The day of `2026-12-01`; DutyRefused."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise DutyRefused("time", f'"{text}" is not a date: write it like 2026-12-01', text=text) from None


def stamp(at: datetime, zone: ZoneInfo) -> str:
    """A time for tables and records: 2026-12-01 08:00."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def readable(text: str, zone: ZoneInfo) -> str:
    """A line of a record with its instants (ISO 8601) turned into times of the site's clock."""
    return _INSTANT.sub(lambda match: stamp(datetime.fromisoformat(match[0]), zone), text).replace("/", " – ")
