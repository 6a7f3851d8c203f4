"""Keep homes up to date: people move in and out, what is wrong is corrected, a home becomes vacant."""

from dataclasses import replace
from datetime import date, datetime

from facility.domain.errors import Conflict, Unfit
from facility.domain.home import LONGEST_NAME, Home, Resident, Standing, phone_of, plates_of
from facility.flow.enter_homes import pseudonym
from facility.flow.leave_out_home import leave_out_home
from facility.ports import WorkUnit


def move_in(
    unit: WorkUnit, home: int, name: str, standing: Standing, phone: str, plates: str, on: date, now: datetime,
    by: int | None = None,
) -> Resident:  # fmt: skip
    """A new person of the home, which is not vacant any more; NotFound, Unfit."""
    where = unit.homes.get(home)
    number, cars = fit(name, phone, plates)
    made = Resident(0, home, pseudonym(), name.strip(), standing, number, cars, came_on=on)
    stored = unit.homes.add_resident(made)
    if where.vacant:
        unit.homes.change(replace(where, vacant_since=None))
        leave_out_home(unit, where, now, by)
    unit.audit.note(now, by, "resident.moved_in", f"resident:{stored.pseudonym}", {"home": home})
    return stored


def move_out(unit: WorkUnit, resident: int, on: date, now: datetime, by: int | None = None) -> Resident:
    """Gone on this day; the data stay until they are erased. NotFound; Conflict for somebody who has moved out already."""
    known = unit.homes.resident(resident)
    if known.left_on is not None:
        raise Conflict(f"this person moved out on {known.left_on} already")
    if known.came_on is not None and on < known.came_on:
        raise Unfit("on", "left_before_came", f"lies before the day of moving in, {known.came_on}")
    gone = replace(known, left_on=on)
    unit.homes.change_resident(gone)
    unit.audit.note(now, by, "resident.moved_out", f"resident:{known.pseudonym}", {"home": known.home})
    return gone


def correct_resident(
    unit: WorkUnit, resident: int, name: str, standing: Standing, phone: str, plates: str, now: datetime,
    by: int | None = None,
) -> Resident:  # fmt: skip
    """As it should have been; noted is which fields changed, not their values. NotFound, Unfit."""
    known = unit.homes.resident(resident)
    number, cars = fit(name, phone, plates)
    right = replace(known, name=name.strip(), standing=standing, phone=number, plates=cars)
    fields = [key for key in ("name", "standing", "phone", "plates") if getattr(right, key) != getattr(known, key)]
    if fields:
        unit.homes.change_resident(right)
        unit.audit.note(now, by, "resident.corrected", f"resident:{known.pseudonym}", {"fields": fields})
    return right


def set_vacant(unit: WorkUnit, home: int, since: date | None, now: datetime, by: int | None = None) -> Home:
    """Vacant since this day, or (None) lived in; NotFound; Conflict while somebody other than an owner lives there."""
    known = unit.homes.get(home)
    if since is not None and any(one.standing is not Standing.OWNER for one in unit.homes.residents([home])):
        raise Conflict(f"{known.address} has residents: enter that they moved out first")
    if known.vacant_since == since:
        return known
    changed = unit.homes.change(replace(known, vacant_since=since))
    if since is None:
        leave_out_home(unit, changed, now, by)
    unit.audit.note(
        now, by, "home.vacant" if since else "home.lived_in", f"home:{home}", {"since": since and str(since)}
    )
    return changed


def fit(name: str, phone: str, plates: str) -> tuple[str, tuple[str, ...]]:
    """Phone and plates as they are stored; Unfit."""
    if not 0 < len(name.strip()) <= LONGEST_NAME:
        raise Unfit("name", "resident_name", f"must have 1 to {LONGEST_NAME} characters", most=LONGEST_NAME)
    number, cars = phone_of(phone), plates_of(plates)
    if number is None:
        raise Unfit("phone", "resident_phone", "is no phone number; write 5 to 15 digits")
    if cars is None:
        raise Unfit("plates", "resident_plates", "are no plates; write them with a comma between")
    return number, cars
