"""Quiet hours: when a person may be told. Level 1 is told at once, always."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from facility.domain.person import Person

MARGIN = timedelta(seconds=60)  # a message that has waited is sent so long before its deadline at the latest


def quiet_until(person: Person, level: int, at: datetime, zone: ZoneInfo) -> datetime | None:
    """When this person may be told again; None: now."""
    return None if level == 1 or person.quiet is None else person.quiet.until(at, zone)


def can_wait(end: datetime, due_at: datetime | None) -> bool:
    """Waiting until `end` misses no deadline."""
    return due_at is None or end <= due_at - MARGIN
