"""Swap a shift: other people for one shift of one day, or two people who change places."""

from collections.abc import Sequence
from datetime import date, datetime

from facility.domain.asset import Site
from facility.domain.duty_errors import DutyRefused
from facility.domain.errors import NotFound
from facility.domain.person import PersonEvent
from facility.domain.roster import Roster, Swap, by_place, clashing, slots
from facility.flow.enter_absence import present
from facility.ports import WorkUnit


def swap_shift(
    site: Site,
    unit: WorkUnit,
    roster: str,
    day: date,
    shift: str,
    people: Sequence[int],
    reason: str,
    now: datetime,
    by: int | None = None,
) -> Swap:
    """These people instead of those of the pattern, for the shift that begins on this day; nobody when it is empty.

    Conflict: the shift is over, the day lies before the roster's first, or the shift would overlap another one; NotFound.
    """
    known = roster_named(unit, roster)
    if shift not in known.shifts:
        raise NotFound(f"shift of {roster}", shift)
    swap = Swap(roster, day, shift, tuple(dict.fromkeys(people)), reason.strip())
    if day < known.first_day:
        english = f"roster {roster} begins on {known.first_day}: nothing can be swapped before"
        raise DutyRefused("before_roster", english, day=known.first_day.isoformat())
    for number in swap.people:
        present(unit.people.get(number))
    swaps = by_place(unit.duties.swaps(day.min))
    _not_over(site, known, swap, now)
    clash = clashing(known, swaps, swap, site.zone)
    if clash is not None:
        other = f"the shift {clash.shift.name} of {clash.day}"
        english = f"shift {shift} of {day} would overlap {other}: shifts of a roster follow each other"
        raise DutyRefused("overlap", english, shift=shift, other=clash.shift.name)
    before = _people(site, known, swap, unit)
    unit.duties.put_swap(swap)
    for number in {*swap.people, *before}:
        what = "swapped_in" if number in swap.people else "swapped_out"
        unit.duties.log(PersonEvent(number, now, what, by, f"{roster} {day} {shift}"))
    return swap


def back_to_pattern(unit: WorkUnit, roster: str, day: date, shift: str, now: datetime, by: int | None = None) -> None:
    """Take an exception back; Conflict when there is none; NotFound."""
    roster_named(unit, roster)
    found = by_place(unit.duties.swaps(day)).get((roster, day, shift))
    if found is None:
        raise DutyRefused("no_swap", f"shift {shift} of {day} in {roster} stands as in the pattern", shift=shift)
    unit.duties.drop_swap(roster, day, shift)
    for number in found.people:
        unit.duties.log(PersonEvent(number, now, "swap_undone", by, f"{roster} {day} {shift}"))


def roster_named(unit: WorkUnit, roster: str) -> Roster:
    """A roster by id; NotFound."""
    found = next((known for known in unit.duties.rosters() if known.id == roster), None)
    if found is None:
        raise NotFound("roster", roster)
    return found


def _not_over(site: Site, roster: Roster, swap: Swap, now: datetime) -> None:
    filled = Swap(swap.roster, swap.day, swap.shift, swap.people or (0,))
    found = slots(roster, by_place([filled]), swap.day, swap.day, site.zone)
    if any(slot.shift.name == swap.shift and slot.end <= now for slot in found):
        english = f"shift {swap.shift} of {swap.day} is over: it cannot be swapped any more"
        raise DutyRefused("shift_over", english, shift=swap.shift)


def _people(site: Site, roster: Roster, swap: Swap, unit: WorkUnit) -> tuple[int, ...]:
    found = slots(roster, by_place(unit.duties.swaps(swap.day)), swap.day, swap.day, site.zone)
    return next((slot.people for slot in found if slot.shift.name == swap.shift), ())
