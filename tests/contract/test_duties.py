"""The port Duties on SQLite and PostgreSQL, and what people keep."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from facility.domain.duty import Absence, Deputies
from facility.domain.errors import Conflict, NotFound
from facility.domain.person import Person, PersonEvent, QuietHours
from facility.domain.roster import Roster, Shift, Swap
from facility.domain.skill import Skill
from facility.domain.text import Language
from facility.ports import ToldVacancy, Work

T = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
DAY = timedelta(days=1)
MONDAY = date(2026, 11, 23)
SHIFTS = {"早班": Shift("早班", time(7), time(15)), "夜班": Shift("夜班", time(23), time(7))}


def person(login: str) -> Person:
    return Person(0, login, login, Language.EN, ("guard",), {"hook": "1", "wecom": "2"})


def test_skills_are_kept_with_the_last_day_of_their_licence(work: Work) -> None:
    held = {Skill.ELECTRICIAN: date(2029, 6, 30), Skill.PUMPS: None}
    with work.writing() as unit:
        stored = unit.people.put(replace(person("li"), skills=held))
        assert unit.people.get(stored.id).skills == held
        assert unit.people.put(replace(stored, skills={})).skills == unit.people.named("li").skills == {}


def test_rosters_keep_their_order_and_one_for_a_position(work: Work) -> None:
    guards = Roster("guards", "guard", MONDAY, SHIFTS, {2: ("早班", ""), 1: ("", "夜班")})
    with work.writing() as unit:
        unit.duties.put_roster(guards)
        (stored,) = unit.duties.rosters()
        assert stored == guards
        assert list(stored.turns) == [2, 1]
        changed = replace(guards, turns={1: ("早班",)})
        unit.duties.put_roster(changed)
        with pytest.raises(Conflict, match="guards"):
            unit.duties.put_roster(replace(guards, id="other"))
        unit.duties.put_swap(Swap("guards", MONDAY, "早班", (2,)))
        assert unit.duties.rosters() == [changed]
        unit.duties.drop_roster("guards")
        assert unit.duties.rosters() == []
        assert unit.duties.swaps(MONDAY) == []
        with pytest.raises(NotFound):
            unit.duties.drop_roster("guards")


def test_swaps_by_day(work: Work) -> None:
    swap = Swap("guards", MONDAY, "早班", (2, 1), "看病")
    with work.writing() as unit:
        for one in (swap, replace(swap, day=MONDAY + DAY, people=()), replace(swap, reason="again")):
            unit.duties.put_swap(one)
        assert unit.duties.swaps(MONDAY) == [replace(swap, reason="again"), replace(swap, day=MONDAY + DAY, people=())]
        assert [found.day for found in unit.duties.swaps(MONDAY + DAY)] == [MONDAY + DAY]
        unit.duties.drop_swap("guards", MONDAY, "早班")
        unit.duties.drop_swap("guards", MONDAY, "早班")
        assert len(unit.duties.swaps(MONDAY)) == 1


def test_absences_that_are_not_over(work: Work) -> None:
    with work.writing() as unit:
        li = unit.people.put(person("li"))
        past = unit.duties.put_absence(Absence(0, li.id, T - 2 * DAY, T - DAY, "a"))
        lasting = unit.duties.put_absence(Absence(0, li.id, T - DAY, None))
        coming = unit.duties.put_absence(Absence(0, li.id, T + DAY, T + 2 * DAY))
        assert unit.duties.absences(T) == [lasting, coming]
        assert unit.duties.absences_of(li.id) == [coming, lasting, past]
        unit.duties.put_absence(replace(lasting, until=T))
        assert unit.duties.absences(T) == [coming]
        with pytest.raises(NotFound):
            unit.duties.put_absence(replace(lasting, id=999))


def test_deputies_are_replaced_as_a_whole(work: Work) -> None:
    with work.writing() as unit:
        a, b, c = (unit.people.put(person(login)).id for login in "abc")
        unit.duties.put_deputies(a, (c, b))
        unit.duties.put_deputies("guard", (b,))
        assert unit.duties.deputies() == Deputies({a: (c, b)}, {"guard": (b,)})
        unit.duties.put_deputies(a, ())
        unit.duties.put_deputies("guard", (a, c))
        assert unit.duties.deputies() == Deputies({}, {"guard": (a, c)})


def test_what_people_keep(work: Work) -> None:
    quiet = QuietHours(time(22), time(7))
    with work.writing() as unit:
        li = unit.people.put(replace(person("li"), quiet=quiet, verified={"hook": T}))
        assert unit.people.named("li") == li
        assert list(unit.people.get(li.id).contacts) == ["hook", "wecom"]
        gone = unit.people.put(replace(li, retired_at=T))
        assert unit.people.all() == unit.people.holders("guard") == []
        assert unit.people.all(retired=True) == [gone]
        for event in (PersonEvent(li.id, T, "absent"), PersonEvent(li.id, T + DAY, "back", li.id, "x")):
            unit.duties.log(event)
        assert [event.what for event in unit.duties.events(li.id)] == ["back", "absent"]


def test_vacancies_that_were_told(work: Work) -> None:
    first, lasting = ToldVacancy("guard", T, T + DAY, T - DAY), ToldVacancy("guard", T + DAY, None, T)
    with work.writing() as unit:
        for vacancy in (first, lasting, replace(first, told_again_at=T)):
            unit.duties.put_told(vacancy)
        assert unit.duties.told() == [replace(first, told_again_at=T), lasting]
        unit.duties.forget_told(T + 2 * DAY)
        assert unit.duties.told() == [lasting]


def test_sites_do_not_see_each_others_duties(work: Work, other_site: Work) -> None:
    with work.writing() as unit:
        li = unit.people.put(person("li"))
        unit.duties.put_roster(Roster("guards", "guard", MONDAY, SHIFTS, {li.id: ("早班",)}))
        unit.duties.put_swap(Swap("guards", MONDAY, "早班", (li.id,)))
        unit.duties.put_absence(Absence(0, li.id, T, None))
        unit.duties.put_deputies("guard", (li.id,))
        unit.duties.put_told(ToldVacancy("guard", T, None, T))
        unit.duties.log(PersonEvent(li.id, T, "absent"))
    with other_site.writing() as unit:
        duties = unit.duties
        found = [duties.rosters(), duties.swaps(MONDAY), duties.absences(T), duties.told(), duties.events(li.id)]
        assert found == [[]] * 5
        assert duties.deputies() == Deputies()
        duties.put_roster(Roster("guards", "guard", MONDAY, SHIFTS, {}))
