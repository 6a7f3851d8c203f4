"""Who is on duty: the domain's one answer, over what the database holds. Used by notices, orders, pages and commands alike."""

from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from facility.domain.asset import Site
from facility.domain.duty import Absence, Duty, DutyBook, on_duty
from facility.domain.roster import by_place
from facility.ports import WorkUnit

BACK = timedelta(days=2)  # a shift that runs now began so long ago at most


_Known = tuple[str, datetime, int, int]
_books: WeakKeyDictionary[WorkUnit, tuple[_Known, DutyBook]] = WeakKeyDictionary()


def duty_book(site: Site, unit: WorkUnit, since: datetime) -> DutyBook:
    """Everything that decides who is on duty at `since` and later. Read once a transaction, until it writes about people.

    A storm of alerts asks a hundred times in one transaction.
    """
    known = (site.digest, since, unit.people.writes, unit.duties.writes)
    kept = _books.get(unit)
    if kept is None or kept[0] != known:
        kept = (known, _read(site, unit, since))
        _books[unit] = kept
    return kept[1]


def _read(site: Site, unit: WorkUnit, since: datetime) -> DutyBook:
    duties = unit.duties
    absences: dict[int, tuple[Absence, ...]] = {}
    for absence in duties.absences(since):
        absences[absence.person] = (*absences.get(absence.person, ()), absence)
    people = unit.people.all(retired=True)
    return DutyBook(
        zone=site.zone,
        people={person.id: person for person in people if person.retired_at is None},
        rosters={roster.position: roster for roster in duties.rosters()},
        swaps=by_place(duties.swaps((since - BACK).date())),
        absences=absences,
        deputies=duties.deputies(),
        keeps_skills=any(person.skills for person in people),
    )


def who_is_on_duty(site: Site, unit: WorkUnit, position: str, at: datetime) -> Duty:
    """The answer for a position at an instant, with its reason."""
    return on_duty(duty_book(site, unit, at), position, at)


def first_with_people(book: DutyBook, positions: list[str], at: datetime) -> Duty | None:
    """The first of these positions that somebody is on duty for."""
    answers = (on_duty(book, position, at) for position in positions)
    return next((answer for answer in answers if not answer.empty), None)


WARDENS = ("system_administrator", "manager", "supervisor", "administrator")


def wardens(site: Site, first: str = WARDENS[0]) -> list[str]:
    """Positions that are told of empty positions, in this order: `first`, then the other roles of WARDENS."""
    roles = sorted(WARDENS, key=lambda role: role != first)
    return [position.id for role in roles for position in site.positions.values() if position.role == role]
