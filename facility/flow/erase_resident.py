"""Erase what is known of a person: when they ask for it, and when the time is over for which it may be kept."""

from datetime import datetime

from facility.domain.asset import Site
from facility.domain.home import KEPT, Purpose, Resident
from facility.ports import WorkUnit


def erase_resident(unit: WorkUnit, resident: int, why: Purpose, now: datetime, by: int | None = None) -> str:
    """Name, phone and plates are deleted; the pseudonym, which stays in the audit, is returned. NotFound."""
    return _erase(unit, unit.homes.resident(resident), why, now, by)


def erase_old_residents(site: Site, unit: WorkUnit, now: datetime) -> list[str]:
    """Everybody who moved out so long ago that nothing may be kept; their pseudonyms. So are names of reporters."""
    unit.requests.forget_reporters(now - KEPT)
    last = now.astimezone(site.zone).date() - KEPT
    return [_erase(unit, gone, Purpose.RETENTION, now, None) for gone in unit.homes.left_until(last)]


def _erase(unit: WorkUnit, resident: Resident, why: Purpose, now: datetime, by: int | None) -> str:
    unit.requests.forget_resident(resident.id)
    unit.homes.erase(resident.id)
    unit.audit.note(now, by, "resident.erased", f"resident:{resident.pseudonym}", {"why": str(why)})
    return resident.pseudonym
