"""Announce: an outage that the utility told us of is entered beforehand. It marks alerts, and silences nobody."""

from dataclasses import replace
from datetime import datetime, timedelta

from facility.domain.announcement import Announcement, Supply
from facility.domain.asset import Site
from facility.domain.errors import NotFound, Taken, Unfit
from facility.flow.written import words
from facility.ports import WorkUnit

LONGEST = timedelta(days=31)


def announce(
    site: Site,
    unit: WorkUnit,
    supply: str,
    area: str,
    starts_at: datetime,
    ends_at: datetime,
    source: str,
    person: int,
    now: datetime,
) -> Announcement:
    """Enter it; an empty area is the whole estate. NotFound, Unfit."""
    if supply not in set(Supply):
        raise Unfit("supply", "supply_unknown", f"{supply!r} is none of {', '.join(Supply)}")
    if area and area not in site.areas:
        raise NotFound("area", area)
    if ends_at <= starts_at:
        raise Unfit("ends_at", "ends_before_start", "the end comes before the start")
    if ends_at <= now:
        raise Unfit("ends_at", "outage_is_past", "the outage is over already")
    if ends_at - starts_at > LONGEST:
        raise Unfit("ends_at", "outage_too_long", f"is longer than {LONGEST.days} days", days=LONGEST.days)
    stored = unit.announcements.add(
        Announcement(0, Supply(supply), area, starts_at, ends_at, words("source", source), person, now)
    )
    detail = {"supply": supply, "area": area, "from": starts_at.isoformat(), "until": ends_at.isoformat()}
    unit.audit.note(now, person, "outage.announced", f"announcement:{stored.id}", {**detail, "source": stored.source})
    return stored


def cancel_announcement(unit: WorkUnit, number: int, person: int, now: datetime) -> Announcement:
    """The utility took it back; NotFound, Taken."""
    before = unit.announcements.get(number)
    if before.cancelled_at is not None and before.cancelled_by is not None:
        name = unit.people.get(before.cancelled_by).name
        raise Taken(f"announced outage {number}", "cancelled", name, before.cancelled_at)
    after = replace(before, cancelled_at=now, cancelled_by=person)
    unit.announcements.change(after)
    unit.audit.note(now, person, "outage.cancelled", f"announcement:{number}")
    return after
