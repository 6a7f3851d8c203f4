"""Enter rosters and deputies, as a file gives them; and say beforehand what would change."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from facility.domain.asset import Site
from facility.domain.errors import Conflict
from facility.domain.person import Person, PersonEvent
from facility.domain.roster import Roster, Uncovered, pattern
from facility.flow.name_deputies import deputies_of_person, deputies_of_position
from facility.ports import WorkUnit

Numbers = tuple[int, ...]


def enter_rosters(unit: WorkUnit, rosters: tuple[Roster, ...], now: datetime, by: int | None = None) -> int:
    """Store them, each in place of the one with its name; returns how many changed. Conflict."""
    known = {roster.id: roster for roster in unit.duties.rosters()}
    changed = [roster for roster in rosters if roster != known.get(roster.id)]
    for roster in changed:
        overlaps = pattern(roster).overlaps()
        if overlaps:
            raise Conflict(f"roster {roster.id}: shifts {overlaps[0].shift} and {overlaps[0].other} overlap")
        unit.duties.put_roster(roster)
        before = known.get(roster.id)
        for person in {*roster.turns, *(before.turns if before else ())}:
            unit.duties.log(PersonEvent(person, now, "roster", by, roster.id))
    return len(changed)


def remove_roster(unit: WorkUnit, roster: str, now: datetime, by: int | None = None) -> None:
    """Remove it with its swaps; NotFound."""
    people = next((known.turns for known in unit.duties.rosters() if known.id == roster), {})
    unit.duties.drop_roster(roster)
    for person in people:
        unit.duties.log(PersonEvent(person, now, "roster", by, roster))


def enter_deputies(
    site: Site,
    unit: WorkUnit,
    of_person: Mapping[int, Numbers],
    of_position: Mapping[str, Numbers],
    now: datetime,
    by: int | None = None,
) -> int:
    """Store them, each in place of those that the person or position had; returns how many changed. Conflict, NotFound."""
    known = unit.duties.deputies()
    people = {person: deputies for person, deputies in of_person.items() if known.of_person.get(person, ()) != deputies}
    positions = {id: deputies for id, deputies in of_position.items() if known.of_position.get(id, ()) != deputies}
    for person, deputies in people.items():
        deputies_of_person(unit, person, deputies, now, by)
    for position, deputies in positions.items():
        deputies_of_position(site, unit, position, deputies, now, by)
    return len(people) + len(positions)


def differences(roster: Roster, before: Roster | None, people: Mapping[int, Person]) -> Iterator[str]:
    """What storing it would change, a line each; none when it stands like this."""
    if roster == before:
        return
    if before is None:
        yield f"add roster {roster.id} for {roster.position}, cycle of {roster.cycle} days from {roster.first_day}"
    else:
        yield from _head(roster, before)
    for shift in roster.shifts.values():
        if before is None or before.shifts.get(shift.name) != shift:
            yield f"  shift {shift.name}: {shift.start:%H:%M}–{shift.end:%H:%M}"
    turns = before.turns if before else {}
    for person in {**turns, **roster.turns}:
        if turns.get(person) != roster.turns.get(person):
            yield f"  {_name(person, people)}: {_row(turns.get(person))} → {_row(roster.turns.get(person))}"


def uncovered(roster: Roster) -> list[Uncovered]:
    """Times of its cycle in which nobody stands."""
    return pattern(roster).uncovered()


def _head(roster: Roster, before: Roster) -> Iterator[str]:
    yield f"change roster {roster.id}"
    if roster.position != before.position:
        yield f"  position: {before.position} → {roster.position}"
    if roster.first_day != before.first_day:
        yield f"  first day: {before.first_day} → {roster.first_day}"
    for name in before.shifts.keys() - roster.shifts.keys():
        yield f"  shift {name}: removed"


def _name(person: int, people: Mapping[int, Person]) -> str:
    return people[person].login if person in people else f"#{person}"


def _row(turn: tuple[str, ...] | None) -> str:
    return "—" if turn is None else " ".join(word or "off" for word in turn)
