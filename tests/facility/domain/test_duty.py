"""Who is on duty: never an absent person, exactly one answer for each instant, gaps where it is empty, each with its reason."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from facility.domain.duty import (
    Absence,
    Deputies,
    DutyBook,
    circle,
    next_on_duty,
    on_duty,
    turning_points,
    vacancies,
)
from facility.domain.person import Person, QuietHours
from facility.domain.roster import Roster, Shift, Swap, by_place
from facility.domain.text import Language
from tests.facility.domain.test_roster import BERLIN, MONDAY, THREE, round_the_clock, zones

T = datetime(2026, 3, 24, 9, 0, tzinfo=UTC)  # 10:00 in Berlin, the early shift of the cycle's second day
HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)


def person(number: int, *positions: str) -> Person:
    return Person(number, f"p{number}", f"P{number}", Language.EN, positions)


def away(number: int, begin: datetime = T - HOUR, until: datetime | None = T + HOUR, reason: str = "") -> Absence:
    return Absence(number, number, begin, until, reason)


def book(
    *people: Person, roster: Roster | None = None, absent: tuple[Absence, ...] = (), **deputies: object
) -> DutyBook:
    absences: dict[int, tuple[Absence, ...]] = {}
    for absence in absent:
        absences[absence.person] = (*absences.get(absence.person, ()), absence)
    return DutyBook(
        BERLIN,
        {one.id: one for one in people},
        {roster.position: roster} if roster else {},
        absences=absences,
        deputies=Deputies(**deputies),  # type: ignore[arg-type]
    )


def answer(known: DutyBook, position: str = "guard", at: datetime = T) -> tuple[list[int], list[str]]:
    """Numbers on duty, and the ids of the reason (of the first, or why nobody)."""
    duty = on_duty(known, position, at)
    why = duty.people[0].why if duty.people else duty.why
    return [one.person.id for one in duty.people], [message.id for message in why]


def test_holders_when_there_is_no_roster() -> None:
    known = book(person(1, "guard"), person(2, "guard"), person(3, "manager"))
    assert answer(known) == ([1, 2], ["duty.holder"])
    assert answer(known, "plumber") == ([], ["duty.nobody"])


def test_the_roster_decides_from_its_first_shift_on() -> None:
    people = [person(number, "guard") for number in (1, 2, 3, 4)]
    known = book(*people, roster=round_the_clock())
    assert answer(known) == ([1], ["duty.shift"])
    assert answer(known, at=datetime(2026, 3, 1, tzinfo=UTC)) == ([1, 2, 3, 4], ["duty.holder"])
    only_days = Roster("days", "guard", MONDAY, {"day": Shift("day", time(8), time(17))}, {1: ("day",)})
    assert answer(book(*people, roster=only_days), at=T + 10 * HOUR) == ([], ["duty.no_shift"])


def test_a_swap_says_so() -> None:
    known = book(person(1, "guard"), person(7), roster=round_the_clock())
    swaps = by_place([Swap("guards", date(2026, 3, 24), "early", (7,))])
    assert answer(DutyBook(BERLIN, known.people, known.rosters, swaps)) == ([7], ["duty.swap"])


def test_who_is_away_is_replaced_by_the_next_deputy_who_is_there() -> None:
    people = [person(1, "guard"), person(2), person(3), person(4)]
    known = book(*people, absent=(away(1, reason="fever"), away(2)), of_person={1: (2, 3), 2: (4,)})
    numbers, why = answer(known)
    assert numbers == [4], "the first deputy is away too: theirs comes before the second"
    assert why == ["duty.holder", "duty.away_because", "duty.deputy", "duty.away", "duty.deputy"]
    last = book(*people, absent=(away(1), away(2), away(4)), of_person={1: (2, 3), 2: (4,)})
    assert answer(last)[0] == [3]


def test_another_holder_needs_no_deputy() -> None:
    known = book(person(1, "guard"), person(2, "guard"), person(3), absent=(away(1),), of_position={"guard": (3,)})
    assert answer(known) == ([2], ["duty.holder"])


def test_the_deputy_of_a_position_comes_when_it_would_be_empty() -> None:
    known = book(person(1, "guard"), person(3), absent=(away(1, until=None),), of_position={"guard": (9, 3)})
    assert answer(known) == ([3], ["duty.away_open", "duty.position_deputy"])
    assert answer(book(person(3), of_position={"guard": (3,)})) == ([3], ["duty.nobody", "duty.position_deputy"])


def test_a_deputy_who_is_there_already_is_named_once() -> None:
    known = book(person(1, "guard"), person(2, "guard"), absent=(away(1),), of_person={1: (2,)})
    assert answer(known)[0] == [2]


def test_a_circle_of_deputies_is_found_and_followed_only_once() -> None:
    around = {1: (2,), 2: (3,), 3: (1,)}
    assert circle(around) == [1, 2, 3, 1]
    assert circle({1: (2, 3), 2: (3,)}) == []
    assert circle({1: (1,)}) == [1, 1]
    known = book(
        *(person(n, "guard") for n in (1,)), person(2), person(3), absent=(away(1), away(2), away(3)), of_person=around
    )
    assert answer(known)[0] == []


def test_the_person_of_the_day_is_who_comes_next() -> None:
    only_days = Roster("days", "guard", MONDAY, {"day": Shift("day", time(8), time(17))}, {1: ("day",)})
    known = book(person(1, "guard"), roster=only_days)
    night = T + 12 * HOUR
    assert next_on_duty(known, "guard", night, night + HOUR).empty
    assert [one.person.id for one in next_on_duty(known, "guard", night, night + 12 * HOUR).people] == [1]


def test_quiet_hours_over_midnight() -> None:
    quiet = QuietHours(time(22), time(7))
    evening = datetime(2026, 3, 28, 22, 30, tzinfo=UTC)  # 23:30 in Berlin; the clocks leap in this night
    assert quiet.until(evening, BERLIN) == datetime(2026, 3, 29, 5, 0, tzinfo=UTC)
    assert quiet.until(evening + 2 * HOUR, BERLIN) == datetime(2026, 3, 29, 5, 0, tzinfo=UTC)
    assert quiet.until(datetime(2026, 3, 29, 5, 0, tzinfo=UTC), BERLIN) is None
    assert QuietHours(time(12), time(14)).until(T, BERLIN) is None


@st.composite
def books(draw: st.DrawFn) -> DutyBook:
    """Six people; a roster with gaps or none; absences and deputies (circles too) at random, in any zone."""
    numbers = st.integers(1, 6)
    offsets = st.integers(-3 * 24 * 60, 10 * 24 * 60).map(lambda minute: T + timedelta(minutes=minute))
    people = {n: person(n, *draw(st.sampled_from([("guard",), (), ("guard", "manager")]))) for n in range(1, 7)}
    turns = {
        n: tuple(draw(st.lists(st.sampled_from(["early", "late", "night", ""]), min_size=4, max_size=4)))
        for n in draw(st.sets(numbers, max_size=4))
    }
    roster = Roster("guards", "guard", draw(st.dates(date(2026, 3, 20), date(2026, 3, 30))), THREE, turns)
    absences: dict[int, tuple[Absence, ...]] = {}
    for number, begin, length in draw(st.lists(st.tuples(numbers, offsets, st.integers(1, 5000)), max_size=8)):
        until = begin + timedelta(minutes=length)
        absences[number] = (*absences.get(number, ()), Absence(1, number, begin, draw(st.sampled_from([until, None]))))
    chains = st.lists(numbers, max_size=3).map(tuple)
    of_person = draw(st.dictionaries(numbers, chains, max_size=4))
    of_position = {"guard": draw(chains)}
    rosters = {"guard": roster} if turns else {}
    return DutyBook(draw(zones), people, rosters, {}, absences, Deputies(of_person, of_position))


@given(books(), st.integers(0, 7 * 24 * 60 - 1), st.sampled_from(["guard", "manager"]))
def test_nobody_who_is_away_is_ever_on_duty(known: DutyBook, minute: int, position: str) -> None:
    at = T + timedelta(minutes=minute)
    duty = on_duty(known, position, at)
    numbers = [one.person.id for one in duty.people]
    assert all(known.absence(number, at) is None for number in numbers)
    assert len(numbers) == len(set(numbers))
    assert duty == on_duty(known, position, at), "one answer"
    assert duty.empty == bool(duty.why)
    assert all(one.why for one in duty.people)


@given(books())
def test_vacancies_are_the_instants_at_which_nobody_is_on_duty(known: DutyBook) -> None:
    found = vacancies(known, "guard", T, T + WEEK)
    assert all(one.until is not None and one.until < other.begin for one, other in pairwise(found))
    for minute in range(0, 7 * 24 * 60, 97):
        at = T + timedelta(minutes=minute)
        inside = any(gap.begin <= at and (gap.until is None or at < gap.until) for gap in found)
        assert on_duty(known, "guard", at).empty == inside
    for gap in found:
        assert on_duty(known, "guard", gap.begin).empty
        assert gap.until is None or not on_duty(known, "guard", gap.until).empty


@given(books())
def test_the_answer_changes_only_at_turning_points(known: DutyBook) -> None:
    points = [*turning_points(known, T, T + WEEK), T + WEEK]
    for one, other in pairwise(points):
        just_before = other - timedelta(seconds=1)
        if just_before > one:
            first, last = on_duty(known, "guard", one), on_duty(known, "guard", just_before)
            assert [each.person.id for each in first.people] == [each.person.id for each in last.people]
