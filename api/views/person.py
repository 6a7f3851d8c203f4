"""One person, and one roster's week, as pages and their JSON twins show them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from api.views.duties import PersonRow, PositionView, duty_views, person_row, position_view
from api.views.people import Names
from api.views.places import position_title
from facility.domain.asset import Site
from facility.domain.duty import DutyBook
from facility.domain.roster import Roster, Slot, Swap, by_place, slots
from facility.domain.skill import Skill
from facility.domain.text import Title
from facility.domain.wall_time import readable
from facility.flow.duty import duty_book
from facility.flow.leave import Held, held_duties, skills_asked
from facility.flow.swap_shift import roster_named
from facility.ports import WorkUnit

WEEK = 7
RECORD = 50  # lines of the record that are shown


@dataclass(frozen=True, slots=True)
class WayView:
    """One way of contact, in their order."""

    channel: str
    address: str
    verified_at: datetime | None


@dataclass(frozen=True, slots=True)
class AbsenceView:
    """One absence; `open`: it lasts or is to come. One that was taken back ends where it begins."""

    id: int
    begin: datetime
    until: datetime | None
    reason: str
    open: bool


@dataclass(frozen=True, slots=True)
class RecordView:
    """One line of the record."""

    at: datetime
    what: str
    by: str
    detail: str


@dataclass(frozen=True, slots=True)
class SkillView:
    """One thing that the person has learnt. `until`: the last day of the licence, if it has one; `expired`: it is over."""

    skill: str
    until: date | None
    expired: bool


@dataclass(frozen=True, slots=True)
class PersonRef:
    """A person by login and name."""

    login: str
    name: str


@dataclass(frozen=True, slots=True)
class PersonDetail:
    """One person with everything that decides when and how they are reached."""

    row: PersonRow
    retired_at: datetime | None
    ways: tuple[WayView, ...]
    rosters: tuple[str, ...]
    deputies: tuple[PersonRef, ...]
    stands_in_for: tuple[str, ...]
    absences: tuple[AbsenceView, ...]
    record: tuple[RecordView, ...]
    others: tuple[PersonRef, ...]
    skills: tuple[SkillView, ...]

    @property
    def each_skill(self) -> tuple[tuple[str, SkillView | None], ...]:
        """Every skill that there is, with what the person has of it."""
        held = {view.skill: view for view in self.skills}
        return tuple((skill, held.get(skill)) for skill in Skill)


@dataclass(frozen=True, slots=True)
class HeldView:
    """One duty that must be handed over before somebody leaves. `lacks`: by login, skills that its work asks for and they have not."""

    key: str
    kind: str
    subject: str
    title: Title | None
    areas: tuple[Title, ...]
    lacks: dict[str, list[Skill]]


@dataclass(frozen=True, slots=True)
class Leaving:
    """A person who leaves, their duties, and who can take them."""

    person: PersonRef
    duties: tuple[HeldView, ...]
    others: tuple[PersonRef, ...]


@dataclass(frozen=True, slots=True)
class SlotView:
    """One shift of one day."""

    day: date
    shift: str
    begin: datetime
    end: datetime
    people: tuple[PersonRef, ...]
    swapped: bool
    reason: str
    over: bool
    now: bool


@dataclass(frozen=True, slots=True)
class ShiftView:
    """A shift's name and times of day."""

    name: str
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class RosterWeek:
    """Seven days of a roster from `first` on. `slots` by day and start; a shift that nobody stands in is missing."""

    id: str
    position: PositionView
    first: date
    days: tuple[date, ...]
    shifts: tuple[ShiftView, ...]
    slots: tuple[SlotView, ...]
    others: tuple[PersonRef, ...]

    def at(self, day: date, shift: str) -> SlotView | None:
        """The slot of a day and shift."""
        return next((slot for slot in self.slots if slot.day == day and slot.shift == shift), None)


def person_detail(site: Site, unit: WorkUnit, login: str, now: datetime) -> PersonDetail:
    """One person; NotFound."""
    person = unit.people.named(login)
    book = duty_book(site, unit, now)
    names, deputies = Names(unit), book.deputies
    of_people = [names.of(of) for of, chosen in deputies.of_person.items() if person.id in chosen]
    of_positions = [id for id, chosen in deputies.of_position.items() if person.id in chosen]
    return PersonDetail(
        row=person_row(site, book, person, duty_views(site, book, now), now),
        retired_at=person.retired_at,
        ways=tuple(WayView(c, address, person.verified.get(c)) for c, address in person.contacts.items()),
        rosters=tuple(roster.id for roster in book.rosters.values() if person.id in roster.turns),
        deputies=tuple(_ref(book, number) for number in deputies.of_person.get(person.id, ()) if number in book.people),
        stands_in_for=(*of_people, *(position_title(site, id).in_language(site.language) for id in of_positions)),
        absences=tuple(
            AbsenceView(a.id, a.begin, a.until, a.reason, a.until is None or a.until > max(now, a.begin))
            for a in unit.duties.absences_of(person.id)
        ),
        record=tuple(
            RecordView(event.at, event.what, names.of(event.by), readable(event.detail, site.zone))
            for event in unit.duties.events(person.id)[:RECORD]
        ),
        others=_others(book, person.id),
        skills=tuple(
            SkillView(skill, last, not person.has(skill, now.astimezone(site.zone).date()))
            for skill, last in person.skills.items()
        ),
    )


def leaving(site: Site, unit: WorkUnit, login: str, now: datetime) -> Leaving:
    """What the person must hand over; NotFound."""
    person = unit.people.named(login)
    book = duty_book(site, unit, now)
    others = [other for other in book.people.values() if other.id != person.id]
    today = now.astimezone(site.zone).date()

    def lacks(duty: Held) -> dict[str, list[Skill]]:
        asked = skills_asked(site, unit, duty, now)
        return {other.login: skills for other in others if (skills := other.lacking(asked, today))}

    held = tuple(
        HeldView(
            duty.key,
            duty.kind,
            duty.subject,
            site.positions[duty.subject].title if duty.subject in site.positions else None,
            tuple(site.areas[area].title for area in duty.areas),
            lacks(duty),
        )
        for duty in held_duties(site, unit, person.id, now)
    )
    return Leaving(PersonRef(login, person.name), held, _others(book, person.id))


def roster_week(site: Site, unit: WorkUnit, id: str, first: date, now: datetime) -> RosterWeek:
    """Seven days of a roster; NotFound."""
    roster = roster_named(unit, id)
    book = duty_book(site, unit, now)
    swaps = by_place(unit.duties.swaps(min(first, now.date()) - timedelta(days=2)))
    people = {person.id: PersonRef(person.login, person.name) for person in unit.people.all(retired=True)}
    days = tuple(first + timedelta(days=number) for number in range(WEEK))
    laid = slots(roster, swaps, days[0], days[-1], site.zone)
    return RosterWeek(
        id=id,
        position=position_view(site, roster.position),
        first=first,
        days=days,
        shifts=_shifts(roster),
        slots=tuple(_slot(slot, swaps.get((id, slot.day, slot.shift.name)), people, now) for slot in laid),
        others=_others(book, 0),
    )


def _shifts(roster: Roster) -> tuple[ShiftView, ...]:
    ordered = sorted(roster.shifts.values(), key=lambda shift: shift.start)
    return tuple(ShiftView(shift.name, shift.start, shift.end) for shift in ordered)


def _slot(slot: Slot, swap: Swap | None, people: dict[int, PersonRef], now: datetime) -> SlotView:
    return SlotView(
        day=slot.day,
        shift=slot.shift.name,
        begin=slot.begin,
        end=slot.end,
        people=tuple(people.get(number, PersonRef("", f"#{number}")) for number in slot.people),
        swapped=slot.swapped,
        reason=swap.reason if swap else "",
        over=slot.end <= now,
        now=slot.begin <= now < slot.end,
    )


def _ref(book: DutyBook, number: int) -> PersonRef:
    return PersonRef(book.people[number].login, book.people[number].name)


def _others(book: DutyBook, person: int) -> tuple[PersonRef, ...]:
    return tuple(_ref(book, number) for number in book.people if number != person)
