"""Leaving: every duty is listed, nothing happens until each is handed over, and then all at once."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from facility.domain.duty_errors import DutyRefused
from facility.domain.errors import Conflict
from facility.domain.order import OrderState
from facility.domain.roster import Roster, Shift
from facility.flow.assign import assign
from facility.flow.duty import who_is_on_duty
from facility.flow.enter_people import enter_people
from facility.flow.enter_rosters import enter_rosters
from facility.flow.leave import NotHandedOver, held_duties, leave
from facility.flow.name_deputies import deputies_of_person, deputies_of_position
from facility.flow.swap_shift import swap_shift
from tests.harness.flow_stage import Stage

MONDAY = date(2026, 11, 23)
KEYS = ["position:electrician", "roster:techs", "order:1", "deputy-of:chen", "deputy-for:manager"]


@pytest.fixture
def busy(stage: Stage) -> Stage:
    """Zhao holds one duty of each kind."""
    shifts = {"day": Shift("day", time(8), time(20)), "night": Shift("night", time(20), time(8))}
    with stage.work.writing() as unit:
        zhao, li, chen = (unit.people.named(login) for login in ("zhao", "li", "chen"))
        unit.people.put(replace(li, positions=("foreman", "electrician")))
        turns = {zhao.id: ("day", "night", ""), li.id: ("night", "", "day")}
        enter_rosters(unit, (Roster("techs", "electrician", MONDAY, shifts, turns),), stage.now)
        swap_shift(stage.site, unit, "techs", MONDAY + timedelta(days=3), "night", [zhao.id], "", stage.now)
        deputies_of_person(unit, chen.id, [zhao.id, li.id], stage.now)
        deputies_of_position(stage.site, unit, "manager", [zhao.id], stage.now)
    stage.opens("incomer-1", "breaker_tripped")
    stage.run(2)
    return stage


def keys(stage: Stage, login: str) -> list[str]:
    with stage.work.reading() as unit:
        return [held.key for held in held_duties(stage.site, unit, unit.people.named(login).id, stage.now)]


def go(stage: Stage, login: str, **given: str) -> None:
    """Leave, with takers by key; `everything` names one for all."""
    with stage.work.writing() as unit:
        takers = dict.fromkeys(KEYS, unit.people.named(given.pop("everything")).id) if "everything" in given else {}
        takers |= {key.replace("__", "-").replace("_", ":", 1): unit.people.named(to).id for key, to in given.items()}
        leave(stage.site, unit, unit.people.named(login).id, takers, stage.now)


def test_every_duty_is_listed(busy: Stage) -> None:
    assert keys(busy, "zhao") == KEYS
    with busy.work.reading() as unit:
        adams = held_duties(busy.site, unit, unit.people.named("adams").id, busy.now)
    assert [(held.key, held.areas) for held in adams] == [("position:administrator", ("distribution-1", "pump-room"))]


def test_nobody_leaves_before_everything_is_handed_over(busy: Stage) -> None:
    with pytest.raises(NotHandedOver) as refused:
        go(busy, "zhao", position_electrician="wang", order_1="li")
    assert [held.key for held in refused.value.duties] == ["roster:techs", "deputy-of:chen", "deputy-for:manager"]
    assert keys(busy, "zhao") == KEYS, "all or nothing"


def test_all_at_once_on_record_and_never_deleted(busy: Stage) -> None:
    go(busy, "zhao", everything="wang")
    with busy.work.reading() as unit:
        zhao, wang = unit.people.named("zhao"), unit.people.named("wang")
        assert (zhao.retired_at, zhao.positions) == (busy.now, ())
        assert zhao.login not in {person.login for person in unit.people.all()}
        assert unit.people.get(zhao.id) == zhao
        assert wang.positions == ("supervisor", "electrician")
        (roster,) = unit.duties.rosters()
        assert roster.turns[wang.id] == ("day", "night", "")
        assert zhao.id not in roster.turns
        assert [swap.people for swap in unit.duties.swaps(MONDAY)] == [(wang.id,)]
        order = unit.orders.get(1)
        assert (order.person, order.state) == (wang.id, OrderState.ISSUED)
        deputies = unit.duties.deputies()
        assert deputies.of_person[unit.people.named("chen").id] == (wang.id, unit.people.named("li").id)
        assert deputies.of_position["manager"] == (wang.id,)
        assert [event.what for event in unit.duties.events(zhao.id)][:6] == ["retired", *["handed"] * 5]
        assert [event.what for event in unit.duties.events(wang.id)].count("took") == 5
        on_duty = who_is_on_duty(busy.site, unit, "electrician", busy.now)
        assert [one.person.login for one in on_duty.people] == ["wang"]
    busy.tick()
    assert busy.sent[-1].person == wang.id, "the new person is told of the order"


@pytest.mark.parametrize(
    ("changes", "id"),
    [
        ({"roster_techs": "zhao"}, "to_leaver"),
        ({"deputy__of_chen": "chen"}, "own_deputy"),
    ],
)
def test_who_cannot_take_it(busy: Stage, changes: dict[str, str], id: str) -> None:
    with pytest.raises(DutyRefused) as refused:
        go(busy, "zhao", everything="wang", **changes)
    assert refused.value.id == id
    assert keys(busy, "zhao") == KEYS


def test_somebody_with_a_shift_on_the_same_day_cannot_take_the_turns(busy: Stage) -> None:
    with pytest.raises(DutyRefused) as refused:
        go(busy, "zhao", everything="wang", roster_techs="li")
    assert refused.value.id == "own_shift"


def test_who_has_left_gets_no_work_and_comes_back_under_no_old_login(busy: Stage) -> None:
    go(busy, "zhao", everything="wang")
    with busy.work.writing() as unit:
        zhao, order = unit.people.named("zhao"), unit.orders.get(1)
        with pytest.raises(DutyRefused, match="zhao has left"):
            assign(
                busy.site, unit, order=1, version=order.version, to=zhao.id, by=order.person or 0, key="k", at=busy.now
            )
        with pytest.raises(Conflict, match="give the new person another login"):
            enter_people(unit, [replace(zhao, id=0, retired_at=None)], busy.now)
        with pytest.raises(DutyRefused, match="zhao has left"):
            leave(busy.site, unit, zhao.id, {}, busy.now)
