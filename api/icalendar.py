"""RFC 5545: a calendar as text. Times are UTC, whole days are dates; lines are folded at 75 octets, texts escaped."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

OCTETS = 75
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event: a whole day, or the hour that ends when it is due. `sequence` grows with each change."""

    uid: str
    sequence: int
    changed_at: datetime
    day: date | None
    due_at: datetime
    summary: str
    description: str
    location: str
    url: str
    cancelled: bool


def calendar(name: str, entries: Iterable[Entry]) -> str:
    """The whole file, with CRLF."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Facility//Orders//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escaped(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        *(line for entry in entries for line in _event(entry)),
        "END:VCALENDAR",
    ]
    return "".join(f"{folded(line)}\r\n" for line in lines)


def _event(entry: Entry) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{entry.uid}"
    yield f"SEQUENCE:{entry.sequence}"
    yield f"DTSTAMP:{_utc(entry.changed_at)}"
    yield f"LAST-MODIFIED:{_utc(entry.changed_at)}"
    if entry.day is not None:
        yield f"DTSTART;VALUE=DATE:{entry.day:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{entry.day + timedelta(days=1):%Y%m%d}"
    else:
        yield f"DTSTART:{_utc(entry.due_at - HOUR)}"
        yield f"DTEND:{_utc(entry.due_at)}"
    yield f"SUMMARY:{escaped(entry.summary)}"
    yield f"DESCRIPTION:{escaped(entry.description)}"
    if entry.location:
        yield f"LOCATION:{escaped(entry.location)}"
    if entry.url:
        yield f"URL:{entry.url}"
    yield f"STATUS:{'CANCELLED' if entry.cancelled else 'CONFIRMED'}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def escaped(text: str) -> str:
    """Text as a value: backslash, semicolon, comma and line ends; other control characters are left out."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    for mark in ("\\", ";", ","):
        plain = plain.replace(mark, f"\\{mark}")
    kept = (sign for sign in plain if sign in "\n\t" or (ord(sign) >= 32 and sign != "\x7f"))
    return "".join("\\n" if sign == "\n" else sign for sign in kept)


def folded(line: str) -> str:
    """The line in parts of 75 octets at most, never inside a character; each further part begins with a blank."""
    parts, room, begin, size = [], OCTETS, 0, 0
    for place, sign in enumerate(line):
        width = len(sign.encode())
        if size + width > room:
            parts.append(line[begin:place])
            begin, size, room = place, 0, OCTETS - 1
        size += width
    return "\r\n ".join([*parts, line[begin:]])


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
