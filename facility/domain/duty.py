"""Who is on duty for a position at an instant, and why: roster → holder → absent → deputy → next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from facility.domain.person import Person
from facility.domain.roster import DAY, Roster, Slot, Swaps, governs_from, slot_at, slots
from facility.domain.text import Message


@dataclass(frozen=True, slots=True)
class Absence:
    """A person is away from `begin` until before `until` (None: until they are back). `id` is 0 until stored."""

    id: int
    person: int
    begin: datetime
    until: datetime | None
    reason: str = ""

    def covers(self, at: datetime) -> bool:
        """Away at this instant."""
        return self.begin <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Deputies:
    """Who stands in, in their order: for a person who is away, and for a position that would be empty."""

    of_person: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    of_position: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DutyBook:
    """Everything that decides who is on duty. People who have left are not in `people`."""

    zone: ZoneInfo
    people: Mapping[int, Person]
    rosters: Mapping[str, Roster] = field(default_factory=dict)  # by position
    swaps: Swaps = field(default_factory=dict)
    absences: Mapping[int, tuple[Absence, ...]] = field(default_factory=dict)  # by person
    deputies: Deputies = field(default_factory=Deputies)
    keeps_skills: bool = False  # somebody's skills were entered, also of one who has left: planned work asks for them

    def holders(self, position: str) -> list[int]:
        """Who fills the position, in the order in which they were entered."""
        return sorted(number for number, person in self.people.items() if position in person.positions)

    def absence(self, person: int, at: datetime) -> Absence | None:
        """Why the person is away at this instant; None: present."""
        return next((away for away in self.absences.get(person, ()) if away.covers(at)), None)


@dataclass(frozen=True, slots=True)
class OnDuty:
    """One person on duty, with the steps that led to them, in words of the locale (`duty.…`)."""

    person: Person
    why: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Duty:
    """The answer for a position at an instant: who is told and works, the first one first; `why` says why nobody is."""

    position: str
    at: datetime
    people: tuple[OnDuty, ...]
    why: tuple[Message, ...] = ()
    slot: Slot | None = None

    @property
    def empty(self) -> bool:
        """Nobody is on duty."""
        return not self.people


@dataclass(frozen=True, slots=True)
class Vacancy:
    """A position without anybody on duty, from `begin` until before `until` (None: beyond what was looked at)."""

    position: str
    begin: datetime
    until: datetime | None
    why: tuple[Message, ...]


def on_duty(book: DutyBook, position: str, at: datetime) -> Duty:
    """The one answer. Nobody who is away is ever in it; each person at most once."""
    slot, first, why = _first_choice(book, position, at)
    found: dict[int, OnDuty] = {}
    away: list[Message] = []
    for number, reason in first:
        chosen = _stand_in(book, number, at, (reason,), frozenset())
        if chosen is not None:
            found.setdefault(chosen.person.id, chosen)
        elif (absence := book.absence(number, at)) is not None:
            away.append(_away(book.people[number], absence, book.zone))
    why = (*why, *away) or (Message("duty.nobody"),)
    if not found:
        found = _deputy_of_position(book, position, at, why)
    return Duty(position, at, tuple(found.values()), () if found else why, slot)


def next_on_duty(book: DutyBook, position: str, at: datetime, until: datetime) -> Duty:
    """Who is on duty at this instant, else the first who comes on duty before `until`."""
    moments = (at, *(moment for moment in turning_points(book, at, until) if moment > at))
    answers = (on_duty(book, position, moment) for moment in moments)
    return next((answer for answer in answers if not answer.empty), on_duty(book, position, at))


def vacancies(book: DutyBook, position: str, since: datetime, until: datetime) -> list[Vacancy]:
    """The times in [since, until) at which nobody is on duty, in their order, each as long as it is."""
    found: list[Vacancy] = []
    begin: Duty | None = None
    for moment in turning_points(book, since, until):
        duty = on_duty(book, position, moment)
        if duty.empty and begin is None:
            begin = duty
        elif not duty.empty and begin is not None:
            found.append(Vacancy(position, begin.at, moment, begin.why))
            begin = None
    if begin is not None:
        found.append(Vacancy(position, begin.at, None, begin.why))
    return found


def turning_points(book: DutyBook, since: datetime, until: datetime) -> list[datetime]:
    """The instants in [since, until) at which any answer can change, `since` first."""
    points = {since}
    for roster in book.rosters.values():
        points.add(governs_from(roster, book.zone))
        first, last = since.astimezone(book.zone).date() - DAY, until.astimezone(book.zone).date()
        for slot in slots(roster, book.swaps, first, last, book.zone):
            points |= {slot.begin, slot.end}
    for absences in book.absences.values():
        for absence in absences:
            points |= {absence.begin} if absence.until is None else {absence.begin, absence.until}
    return sorted(point for point in points if since <= point < until)


def circle(deputies: Mapping[int, tuple[int, ...]]) -> list[int]:
    """A chain of people who stand in for each other and comes back to its start; empty when there is none."""

    def walk(person: int, path: list[int]) -> list[int]:
        if person in path:
            return [*path[path.index(person) :], person]
        return next((found for next_one in deputies.get(person, ()) if (found := walk(next_one, [*path, person]))), [])

    return next((found for person in deputies if (found := walk(person, []))), [])


def _first_choice(
    book: DutyBook, position: str, at: datetime
) -> tuple[Slot | None, list[tuple[int, Message]], tuple[Message, ...]]:
    """Who comes first by the roster, else by the position; and in words why it would be nobody."""
    roster = book.rosters.get(position)
    if roster is not None and at >= governs_from(roster, book.zone):
        slot = slot_at(roster, book.swaps, at, book.zone)
        if slot is None:
            return None, [], (Message("duty.no_shift", {"roster": roster.id}),)
        params = {"roster": roster.id, "shift": slot.shift.name, "day": slot.day.isoformat()}
        reason = Message("duty.swap" if slot.swapped else "duty.shift", params)
        return slot, [(number, reason) for number in slot.people], ()
    holders = book.holders(position)
    nobody = () if holders else (Message("duty.nobody"),)
    return None, [(number, Message("duty.holder")) for number in holders], nobody


def _stand_in(
    book: DutyBook, number: int, at: datetime, why: tuple[Message, ...], seen: frozenset[int]
) -> OnDuty | None:
    """The person when present, else the first of their deputies, in their order, who is or has one."""
    person = book.people.get(number)
    if person is None or number in seen:
        return None
    absence = book.absence(number, at)
    if absence is None:
        return OnDuty(person, why)
    reason = (*why, _away(person, absence, book.zone), Message("duty.deputy", {"person": person.name}))
    deputies = book.deputies.of_person.get(number, ())
    chosen = (_stand_in(book, deputy, at, reason, seen | {number}) for deputy in deputies)
    return next((one for one in chosen if one is not None), None)


def _deputy_of_position(book: DutyBook, position: str, at: datetime, why: tuple[Message, ...]) -> dict[int, OnDuty]:
    reason = (*why, Message("duty.position_deputy"))
    deputies = book.deputies.of_position.get(position, ())
    chosen = (_stand_in(book, deputy, at, reason, frozenset()) for deputy in deputies)
    return next(({one.person.id: one} for one in chosen if one is not None), {})


def _away(person: Person, absence: Absence, zone: ZoneInfo) -> Message:
    id, params = "duty.away", {"person": person.name}
    if absence.until is None:
        id += "_open"
    else:
        params["until"] = absence.until.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    if absence.reason:
        id, params["reason"] = f"{id}_because", absence.reason
    return Message(id, params)
