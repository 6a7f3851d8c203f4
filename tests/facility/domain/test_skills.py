"""Planned work goes to who has learnt it: days, and who is chosen, for any crew, absences and licences."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from facility.domain.asset import Position
from facility.domain.crew import crew, first_of_crew
from facility.domain.duty import Absence, DutyBook
from facility.domain.level import Task, Workload, open_days, place
from facility.domain.occurrence import Placement
from facility.domain.person import Person
from facility.domain.role import Role
from facility.domain.skill import Skill
from facility.domain.slot import Slot
from facility.domain.text import Language, Title
from facility.domain.workdays import WorkingCalendar
from tests.harness.small_site import small_site

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY, DAY = date(2026, 11, 23), timedelta(days=1)
CALENDAR = WorkingCalendar()
SKILLS = (Skill.PUMPS, Skill.ELECTRICIAN)


def _position(id: str, role: Role) -> Position:
    return Position(id, Title(id, id), "engineering", role)


POSITIONS = [
    _position("electrician", Role.TECHNICIAN),
    _position("plumber", Role.TECHNICIAN),
    _position("foreman", Role.FOREMAN),
]
SITE = replace(small_site(), positions={each.id: each for each in POSITIONS})


def noon(day: date) -> datetime:
    return datetime.combine(day, time(11), ZONE).astimezone(UTC)


def person(id: int, *positions: str, **skills: date | None) -> Person:
    held = {Skill(skill): last for skill, last in skills.items()}
    return Person(id, f"p{id}", f"p{id}", Language.EN, positions, skills=held)


def book(*people: Person, away: dict[int, tuple[Absence, ...]] | None = None) -> DutyBook:
    return DutyBook(ZONE, {each.id: each for each in people}, absences=away or {}, keeps_skills=True)


def test_the_crew_has_the_skill_and_is_of_the_position_first_then_of_its_team() -> None:
    known = book(
        person(1, "electrician"), person(2, "plumber", pumps=None), person(3, "foreman", pumps=None),
        person(4, "electrician", electrician=MONDAY),
    )  # fmt: skip
    assert [each.id for each in crew(SITE, known, "electrician", None, noon(MONDAY))] == [1, 4]
    assert [each.id for each in crew(SITE, known, "electrician", Skill.PUMPS, noon(MONDAY))] == [2], "not the foreman"
    assert [each.id for each in crew(SITE, known, "electrician", Skill.ELECTRICIAN, noon(MONDAY))] == [4]
    assert crew(SITE, known, "electrician", Skill.ELECTRICIAN, noon(MONDAY + DAY)) == [], "the licence is over"


@st.composite
def books(draw: st.DrawFn) -> DutyBook:
    """Up to five people of two positions of a team, with licences that may end, and days off."""
    days = st.integers(0, 20).map(lambda number: MONDAY + number * DAY)
    skills = st.dictionaries(st.sampled_from([str(skill) for skill in SKILLS]), st.none() | days)
    of = st.sampled_from([("electrician",), ("plumber",), ("foreman",), ("electrician", "plumber")])
    people = [person(number, *draw(of), **draw(skills)) for number in range(1, draw(st.integers(1, 5)) + 1)]
    away: dict[int, tuple[Absence, ...]] = {}
    for number, first, length in draw(st.lists(st.tuples(st.integers(1, 5), days, st.integers(1, 9)), max_size=5)):
        begin = datetime.combine(first, time(), ZONE).astimezone(UTC)
        away[number] = (*away.get(number, ()), Absence(1, number, begin, begin + length * DAY))
    return book(*people, away=away)


@st.composite
def tasks(draw: st.DrawFn) -> Task:
    first = MONDAY + draw(st.integers(0, 12)) * DAY
    slot = Slot(first, first + draw(st.integers(0, 8)) * DAY, "slot")
    position, skill = draw(st.sampled_from(["electrician", "plumber"])), draw(st.sampled_from([None, *SKILLS]))
    return Task(slot, position, "area-1", draw(st.sampled_from([30, 240])), skill=skill)


def placed(known: DutyBook, wanted: list[Task]) -> list[tuple[date, Placement]]:
    def capacity(position: str, day: date, skill: Skill | None) -> int:
        return 360 * len(crew(SITE, known, position, skill, noon(day)))

    load = Workload(capacity)
    return [place(task, load, CALENDAR, MONDAY) for task in wanted]


@given(books(), st.lists(tasks(), max_size=8))
def test_every_slot_has_a_day_and_nobody_does_what_they_have_not_learnt(known: DutyBook, wanted: list[Task]) -> None:
    days = placed(known, wanted)
    assert days == placed(known, wanted), "the same again"
    for task, (day, placement) in zip(wanted, days, strict=True):
        window = list(open_days(task.slot, CALENDAR, MONDAY, task.area))
        assert day in window
        able = [each for each in window if crew(SITE, known, task.position, task.skill, noon(each))]
        assert day in able or not able
        assert placement.lacks == ("" if able or task.skill is None else task.skill)
        end = datetime.combine(task.slot.last, time(18), ZONE).astimezone(UTC)
        chosen = first_of_crew(SITE, known, task.position, task.skill, noon(day), max(noon(day), end))
        if day in able:
            there = crew(SITE, known, task.position, task.skill, noon(day))
            assert chosen == there[0]
        if chosen is not None and task.skill is not None:
            assert task.skill in chosen.skills
        if chosen is None:
            assert day not in able
