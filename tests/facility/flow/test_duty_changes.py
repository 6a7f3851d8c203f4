"""What people enter about duties: what is refused, swaps, absences taken back, ways of contact."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from facility.domain.duty_errors import DutyRefused
from facility.domain.errors import Conflict, NotFound
from facility.domain.roster import Roster, Shift, Swap
from facility.flow.duty import who_is_on_duty
from facility.flow.enter_absence import end_absence, enter_absence
from facility.flow.enter_people import enter_people
from facility.flow.enter_rosters import enter_rosters
from facility.flow.name_deputies import deputies_of_person, deputies_of_position
from facility.flow.swap_shift import back_to_pattern, swap_shift
from facility.ports import WorkUnit
from tests.facility.flow.duty_acts import (
    DAY,
    MONDAY,
    away,
    fire,
    roster,
)
from tests.harness.flow_stage import Stage

REFUSED: dict[str, tuple[str, Callable[[Stage, WorkUnit], object]]] = {
    "an absence in the past": ("absence_past", lambda s, u: _absent(u, s, -2 * DAY, -DAY)),
    "an end before the begin": ("absence_ends", lambda s, u: _absent(u, s, 2 * DAY, DAY)),
    "an absence twice": ("absence_twice", lambda s, u: [_absent(u, s, DAY, 3 * DAY), _absent(u, s, 2 * DAY, None)]),
    "back without being away": ("not_away", lambda s, u: end_absence(u, s.person("zhao"), s.now)),
    "a circle": (
        "circle",
        lambda s, u: [
            deputies_of_person(u, s.person("zhao"), [s.person("li")], s.now),
            deputies_of_person(u, s.person("li"), [s.person("wang"), s.person("zhao")], s.now),
        ],
    ),
    "one's own deputy": ("circle", lambda s, u: deputies_of_person(u, s.person("li"), [s.person("li")], s.now)),
    "a shift that is over": ("shift_over", lambda s, u: _swap(s, u, MONDAY - DAY, "day")),
    "a day before the roster": ("before_roster", lambda s, u: _swap(s, u, MONDAY - 9 * DAY, "day")),
    "a swap that is none": ("no_swap", lambda s, u: back_to_pattern(u, "turns", MONDAY, "day", s.now)),
    "somebody who left": ("has_left", lambda s, u: _swap(s, u, MONDAY, "night", "adams")),
}


def _absent(unit: WorkUnit, stage: Stage, begin: timedelta, until: timedelta | None) -> None:
    end = stage.now + until if until is not None else None
    enter_absence(unit, stage.person("zhao"), stage.now + begin, end, "", stage.now)


def _swap(stage: Stage, unit: WorkUnit, day: date, shift: str, login: str = "li") -> Swap:
    if login == "adams":
        unit.people.put(replace(unit.people.named(login), retired_at=stage.now))
    return swap_shift(stage.site, unit, "turns", day, shift, [unit.people.named(login).id], "", stage.now)


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_says_why_and_changes_nothing(stage: Stage, case: str) -> None:
    roster(stage, "electrician", ("zhao", ("day",)), ("li", ("night",)))
    id, act = REFUSED[case]
    with pytest.raises(DutyRefused) as refused, stage.work.writing() as unit:
        act(stage, unit)
    assert refused.value.id == id
    with stage.work.reading() as unit:
        assert unit.duties.absences_of(stage.person("zhao")) == []
        assert unit.duties.deputies().of_person == {}
        assert unit.duties.swaps(MONDAY - 9 * DAY) == []


def test_unknown_names_are_named(stage: Stage) -> None:
    roster(stage, "electrician", ("zhao", ("day",)))
    with stage.work.writing() as unit:
        with pytest.raises(NotFound, match="person nobody"):
            unit.people.named("nobody")
        with pytest.raises(NotFound, match="roster x"):
            swap_shift(stage.site, unit, "x", MONDAY, "day", [], "", stage.now)
        with pytest.raises(NotFound, match="shift of turns noon"):
            swap_shift(stage.site, unit, "turns", MONDAY, "noon", [], "", stage.now)
        with pytest.raises(NotFound, match="position pilot"):
            deputies_of_position(stage.site, unit, "pilot", [], stage.now)
        with pytest.raises(Conflict, match="has the roster turns already"):
            unit.duties.put_roster(Roster("other", "electrician", MONDAY, {}, {}))
        overlapping = {"a": Shift("a", time(8), time(18)), "b": Shift("b", time(17), time(8))}
        with pytest.raises(Conflict, match="shifts a and b overlap"):
            enter_rosters(
                unit, (Roster("turns", "electrician", MONDAY, overlapping, {1: ("a",), 2: ("b",)}),), stage.now
            )


def test_a_swap_is_told_from_the_next_moment_on_and_can_be_taken_back(stage: Stage) -> None:
    roster(stage, "manager", ("chen", ("day",)), ("wang", ("night",)))
    with stage.work.writing() as unit:
        swap_shift(stage.site, unit, "turns", MONDAY, "day", [stage.person("li")], "ill", stage.now)
        assert unit.duties.events(stage.person("chen"))[0].what == "swapped_out"
    assert stage.told(fire(stage)) == ["li"]
    with stage.work.writing() as unit:
        back_to_pattern(unit, "turns", MONDAY, "day", stage.now)
        assert who_is_on_duty(stage.site, unit, "manager", stage.now).people[0].person.login == "chen"


def test_ways_of_contact_are_tried_in_the_persons_order(stage: Stage) -> None:
    with stage.work.writing() as unit:
        unit.people.put(replace(unit.people.named("chen"), contacts={"hook": "h", "wecom": "w"}))
    alert = fire(stage)
    assert [notice.channel for notice in stage.notices(alert)] == ["hook"]


def test_an_absence_to_come_is_taken_back_once(stage: Stage) -> None:
    away(stage, "zhao", stage.now + DAY, stage.now + 2 * DAY)
    with stage.work.writing() as unit:
        zhao = stage.person("zhao")
        (coming,) = unit.duties.absences_of(zhao)
        taken = end_absence(unit, zhao, stage.now, absence=coming.id)
        assert taken.until == taken.begin
        assert not who_is_on_duty(stage.site, unit, "electrician", stage.now + DAY).empty
        with pytest.raises(DutyRefused, match="not away now"):
            end_absence(unit, zhao, stage.now, absence=coming.id)


def test_another_order_of_contacts_is_a_change(stage: Stage) -> None:
    with stage.work.writing() as unit:
        chen = unit.people.named("chen")
        assert enter_people(unit, [replace(chen, id=0)], stage.now) == []
        turned = replace(chen, id=0, contacts=dict(reversed(chen.contacts.items())))
        (changed,) = enter_people(unit, [turned], stage.now)
        assert list(unit.people.named("chen").contacts) == list(changed.contacts) == ["hook", "wecom"]
