"""Skills in planned work: who gets it, what is said when nobody has learnt it, and who may be given it all the same."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from facility.domain.errors import Conflict
from facility.domain.occurrence import OccurrenceState
from facility.domain.order import Order, OrderState, WorkKind
from facility.domain.person import Person
from facility.domain.plan import CheckItem, Plan
from facility.domain.skill import Skill
from facility.domain.text import Language, Title
from facility.domain.trigger import Cadence, Calendar
from facility.domain.workdays import WorkingCalendar
from facility.flow.assign import LacksSkill, assign
from facility.flow.assign_many import assign_many
from facility.flow.duty import duty_book
from facility.flow.enter_absence import enter_absence
from facility.flow.keep_skills import keep_skills
from facility.flow.leave import Held, held_duties, leave, skills_asked
from facility.flow.plan_work import Planned, plan_work
from facility.flow.skill_gaps import skill_gaps
from facility.flow.suggest_person import suggest_person
from tests.harness.flow_stage import Stage

DAY = timedelta(days=1)
SERVICE = Plan(
    "service", Title("Service", "保养"), WorkKind.MAINTENANCE, Calendar(Cadence.MONTHLY), ("pump-1",),
    (CheckItem(Title("Bearings", "轴承")),), "maintaining", date(2026, 11, 1), skill=Skill.PUMPS,
)  # fmt: skip


@pytest.fixture
def stage(stage: Stage) -> Stage:
    """A second electrician, and one plan that asks for a skill."""
    stage.site = replace(stage.site, plans={"service": SERVICE})
    with stage.work.writing() as unit:
        unit.people.put(Person(0, "qian", "钱师", Language.ZH_CN, ("electrician",), {"hook": "uid"}))
    return stage


def learns(stage: Stage, login: str, **skills: date | None) -> None:
    with stage.work.writing() as unit:
        keep_skills(unit, stage.person(login), {Skill(name): last for name, last in skills.items()}, stage.now)


def run(stage: Stage) -> Planned:
    with stage.work.writing() as unit:
        return plan_work(stage.site, unit, stage.now)


def order(stage: Stage) -> Order:
    with stage.work.reading() as unit:
        (found,) = unit.orders.recent(10)
    return found


def give(stage: Stage, to: str, *, without_skill: bool = False) -> Order:
    with stage.work.writing() as unit:
        version = unit.orders.get(order(stage).id).version
        return assign(
            stage.site, unit, order=order(stage).id, version=version, to=stage.person(to), by=stage.person("li"),
            key=f"key-{to}-{version}", at=stage.now, without_skill=without_skill,
        )  # fmt: skip


def test_the_order_goes_to_who_has_learnt_it_on_a_day_when_they_are_there(stage: Stage) -> None:
    learns(stage, "qian", pumps=None)
    local = stage.now.astimezone(stage.site.zone).date()
    with stage.work.writing() as unit:
        until = datetime.combine(date(2026, 11, 27), time(), stage.site.zone)
        enter_absence(unit, stage.person("qian"), stage.now, until, "training", stage.now)
    run(stage)
    with stage.work.reading() as unit:
        november = next(each for each in unit.occurrences.between(local, local) if each.slot.key == "2026-11")
    assert november.day == date(2026, 11, 27), "not before Friday"
    stage.now += 2 * DAY
    run(stage)
    assert order(stage).person == stage.person("qian")
    assert run(stage) == Planned()


def test_while_no_skills_are_kept_nothing_is_asked(stage: Stage) -> None:
    run(stage)
    assert order(stage).person == stage.person("zhao")
    with stage.work.reading() as unit:
        assert skill_gaps(stage.site, unit, date(2026, 11, 23)) == []


def test_what_nobody_can_do_is_opened_all_the_same_and_said(stage: Stage) -> None:
    learns(stage, "zhao", electrician=None)
    run(stage)
    opened = order(stage)
    assert (opened.state, opened.person) == (OrderState.UNASSIGNED, None)
    with stage.work.reading() as unit:
        assert [event.detail for event in unit.orders.events(opened.id)] == ["pumps"]
        (gap,) = skill_gaps(stage.site, unit, date(2026, 11, 23))
        book = duty_book(stage.site, unit, stage.now)
        assert suggest_person(stage.site, book, opened, {}, stage.now) is None
    assert (gap.skill, gap.position, gap.slots, gap.plans) == (Skill.PUMPS, "electrician", 2, ("service",))
    assert run(stage) == Planned(), "it stays as it is"
    learns(stage, "qian", pumps=date(2027, 12, 31))
    stage.tick()
    assert order(stage).person == stage.person("qian"), "who has learnt it by now"
    assert run(stage).placed == 2, "the slots of the next months have somebody"
    assert run(stage) == Planned()
    with stage.work.reading() as unit:
        assert skill_gaps(stage.site, unit, date(2026, 11, 23)) == []


def test_an_absence_hands_it_only_to_who_has_learnt_it(stage: Stage) -> None:
    learns(stage, "qian", pumps=None)
    run(stage)
    with stage.work.writing() as unit:
        unit.people.put(Person(0, "sun", "孙师", Language.ZH_CN, ("electrician",), {"hook": "uid"}))
        enter_absence(unit, stage.person("qian"), stage.now, None, "ill", stage.now)
    stage.tick()
    assert order(stage).person == stage.person("qian"), "nobody else can do it"
    learns(stage, "sun", pumps=None)
    stage.tick()
    assert order(stage).person == stage.person("sun")


def test_somebody_without_the_skill_is_given_it_only_when_that_is_confirmed(stage: Stage) -> None:
    learns(stage, "qian", pumps=date(2026, 11, 22))
    run(stage)
    with pytest.raises(LacksSkill, match="zhao has not the skill pumps"):
        give(stage, "zhao")
    with pytest.raises(LacksSkill):
        give(stage, "qian")  # whose licence has expired
    pair = [(order(stage).id, order(stage).version)]
    to, by = stage.person("zhao"), stage.person("li")
    (left,) = assign_many(stage.site, stage.work, pair, to=to, by=by, key="many-one", at=stage.now)
    assert (left.why, left.state) == ("no_skill", OrderState.UNASSIGNED)
    assert give(stage, "zhao", without_skill=True).person == to
    with stage.work.reading() as unit:
        event = unit.orders.events(order(stage).id)[-1]
    assert (event.person, event.detail) == (by, "pumps")


def test_a_smaller_service_of_another_skill_is_an_order_of_its_own(stage: Stage) -> None:
    weekly = replace(SERVICE, id="weekly", trigger=Calendar(Cadence.WEEKLY), skill=Skill.ELECTRICIAN)
    busy = WorkingCalendar(own={date(2026, 11, day): False for day in (26, 27, 30)})
    stage.site = replace(stage.site, plans={"service": SERVICE, "weekly": weekly}, calendar=busy)
    learns(stage, "qian", pumps=None)
    learns(stage, "zhao", electrician=None)
    run(stage)
    with stage.work.reading() as unit:
        found = {each.title_id: each.person for each in unit.orders.recent(10)}
        states = {each.state for each in unit.occurrences.between(date(2026, 11, 23), date(2026, 11, 29))}
    assert found == {"service": stage.person("qian"), "weekly": stage.person("zhao")}
    assert states == {OccurrenceState.OPEN}


def test_a_duty_asks_for_the_skills_of_its_positions_plans(stage: Stage) -> None:
    def asked(*duties: Held) -> list[list[Skill]]:
        with stage.work.reading() as unit:
            return [skills_asked(stage.site, unit, held, stage.now) for held in duties]

    position, deputy = Held("", "position", "electrician"), Held("", "deputy-of", "qian")
    other = Held("", "deputy-for", "manager")
    assert asked(position, deputy, other) == [[], [], []], "nobody's skills are kept"
    learns(stage, "qian", pumps=None)
    run(stage)
    opened = Held("", "order", str(order(stage).id))
    assert asked(position, deputy, other, opened) == [[Skill.PUMPS], [Skill.PUMPS], [], [Skill.PUMPS]]


def test_when_the_only_one_leaves_the_skill_is_still_asked_for(stage: Stage) -> None:
    learns(stage, "qian", pumps=None)
    with stage.work.writing() as unit:
        number = stage.person("qian")
        given = {held.key: stage.person("zhao") for held in held_duties(stage.site, unit, number, stage.now)}
        leave(stage.site, unit, number, given, stage.now)
        with pytest.raises(Conflict, match="has left"):
            keep_skills(unit, number, {}, stage.now)
    run(stage)
    assert order(stage).person is None
