"""Requests and complaints on a real database: who hears, whose duty, the clocks, repeats, call backs, the daily list."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from facility.domain.asset import Position
from facility.domain.clock import ClockId, Pause, Stand
from facility.domain.errors import Conflict, Unfit
from facility.domain.home import Address, Home
from facility.domain.order import OrderState, OrderStep, Origin
from facility.domain.person import Person
from facility.domain.request import (
    Came,
    Category,
    DutyOf,
    Request,
    RequestKind,
    RequestState,
    Satisfaction,
    StepName,
)
from facility.domain.role import Role
from facility.domain.text import Language, Title
from facility.flow.call_back import call_back
from facility.flow.carry_out import carry_out
from facility.flow.clocks import clocks_of_order, clocks_of_request
from facility.flow.handle_request import (
    Act,
    answer,
    assign_request,
    confirm,
    confirm_repeat,
    deny_repeat,
    do_step,
    escalate,
    give_feedback,
    hand_on,
    pause,
    promise_step,
    proposed_repeats,
    resume,
    withdraw,
)
from facility.flow.list_unresolved import list_unresolved, prompt_unassigned
from facility.flow.take_request import Intake, take_request
from facility.ports import DailyList, RequestFilter, WorkUnit
from tests.harness.checklists import in_order
from tests.harness.flow_stage import Stage

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ALL = RequestFilter()


@pytest.fixture
def desk(stage: Stage) -> Stage:
    """The stage with a front desk, a home in an area, and a category that the plumber repairs."""
    area = next(iter(stage.site.areas.values()))
    team = next(iter(stage.site.teams))
    plumber = stage.site.assets["pump-1"].maintaining
    front = Position("front-desk", Title("Front desk", "前台"), team, Role.FRONT_DESK)
    stage.site = replace(
        stage.site,
        areas={**stage.site.areas, area.id: replace(area, buildings=("3",))},
        positions={**stage.site.positions, front.id: front},
        categories={
            "water": Category("water", Title("Water", "给水"), plumber, "water"),
            "other": Category("other", Title("Other", "其他")),
        },
    )
    with stage.work.writing() as unit:
        unit.people.put(Person(0, "sun", "孙", Language.ZH_CN, (front.id,), {"wecom": "sun"}))
        unit.homes.add(Home(0, Address("3", "2", "1501")))
    return stage


def taken(
    stage: Stage, unit: WorkUnit, kind: RequestKind = RequestKind.REPAIR, key: str = "", **more: object
) -> Request:
    home = unit.homes.all()[0].id
    number = len(unit.requests.find(ALL)[0])
    intake = Intake(
        kind,
        "water",
        "Tap drips",
        Came.PHONE,
        stage.now,
        key or f"request-{number}",
        home,
        receiver=stage.person("sun"),
    )
    return take_request(stage.site, unit, replace(intake, **more), stage.now)  # type: ignore[arg-type]


def act(stage: Stage, unit: WorkUnit, request: Request | int, key: str, login: str = "sun") -> Act:
    number = request if isinstance(request, int) else request.id
    return Act(number, unit.requests.get(number).version, stage.person(login), f"act-{key}", stage.now)


def work(stage: Stage, unit: WorkUnit, order: int, *steps: tuple[OrderStep, str]) -> None:
    for step, login in steps:
        version = unit.orders.get(order).version
        carry_out(
            stage.site, unit, order=order, version=version, step=step, person=stage.person(login), note="why",
            key=f"{step}-{version}", at=stage.now, given=in_order(stage.site, unit, order, step), why=Pause.PART,
        )  # fmt: skip


DONE = ((OrderStep.ACCEPT, "zhao"), (OrderStep.FINISH, "zhao"), (OrderStep.PASS_CHECK, "li"))


def stands(stage: Stage, unit: WorkUnit, request: Request) -> dict[ClockId, Stand]:
    found = clocks_of_request(stage.site, unit, unit.requests.get(request.id), stage.now)
    return {id: reading.stand for id, reading in found.items()}


def later(stage: Stage, length: timedelta) -> None:
    stage.now += length


@pytest.mark.two_engines
def test_a_repair_has_its_order_at_once_and_ends_with_a_call_back(desk: Stage) -> None:
    with desk.work.writing() as unit:
        request = taken(desk, unit, key="the-same-call")
        assert taken(desk, unit, key="the-same-call") == request
        assert request.order is not None
        order = unit.orders.get(request.order)
        assert (order.origin, order.place, order.request) == (Origin.REQUEST, "3-2-1501", request.id)
        assert order.subject == Title("Tap drips", "Tap drips")
        assert order.person == desk.person("zhao")
        assert set(clocks_of_order(desk.site, unit, order, desk.now)) == set(ClockId)
    desk.tick()
    told = [notice for notice in desk.sent if notice.order == order.id]
    assert [(notice.person, notice.message.params["place"]) for notice in told] == [(desk.person("zhao"), "3-2-1501")]
    with desk.work.writing() as unit:
        later(desk, HOUR)
        work(desk, unit, order.id, *DONE)
        done = unit.requests.get(request.id)
        assert (done.state, done.responsible) == (RequestState.FINISHED, desk.person("zhao"))
        assert set(stands(desk, unit, request).values()) == {Stand.MET}
        with pytest.raises(Conflict, match="call back"):
            call_back(desk.site, unit, act(desk, unit, request, "x", "li"), Satisfaction.SATISFIED)
        with pytest.raises(Unfit, match="tried again"):
            call_back(desk.site, unit, act(desk, unit, request, "y"), None)
        call_back(desk.site, unit, act(desk, unit, request, "z"), None, again_at=desk.now + HOUR)
        assert unit.requests.get(request.id).state is RequestState.FINISHED
        closed = call_back(desk.site, unit, act(desk, unit, request, "w"), Satisfaction.SATISFIED, first_visit=True)
        assert closed.state is RequestState.CLOSED
        assert [one.satisfied for one in unit.requests.follow_ups([request.id])[request.id]] == [
            None,
            Satisfaction.SATISFIED,
        ]


def test_who_is_not_content_gets_a_new_order_linked_to_the_old_one(desk: Stage) -> None:
    with desk.work.writing() as unit:
        request = taken(desk, unit)
        assert request.order is not None
        work(desk, unit, request.order, *DONE)
        again = call_back(desk.site, unit, act(desk, unit, request, "no"), Satisfaction.NOT, remark="drips again")
        assert again.state is RequestState.OPEN
        assert again.order != request.order
        assert unit.orders.get(again.order or 0).parent == request.order
        work(desk, unit, again.order or 0, *DONE)
        assert unit.requests.get(request.id).state is RequestState.FINISHED


def test_a_complaint_is_told_and_becomes_the_managers_when_it_is_escalated(desk: Stage) -> None:
    with desk.work.writing() as unit:
        request = taken(desk, unit, RequestKind.COMPLAINT)
        alert = unit.alerts.get(request.alert or 0)
        assert (alert.kind, alert.level, alert.area) == ("complaint", 2, request.area)
        assert "Tap drips" not in alert.note
        escalated = escalate(desk.site, unit, act(desk, unit, request, "up"), "second time")
        assert unit.alerts.get(escalated.alert or 0).level == 1
        assert escalate(desk.site, unit, act(desk, unit, request, "up"), "second time") == escalated
        answered = answer(unit, act(desk, unit, request, "said"), "repaired and apologised")
        assert answered.state is RequestState.FINISHED
        with pytest.raises(Conflict, match="call back"):
            call_back(desk.site, unit, act(desk, unit, request, "a"), Satisfaction.SATISFIED)
        closed = call_back(desk.site, unit, act(desk, unit, request, "b", "chen"), Satisfaction.FAIRLY)
        assert closed.state is RequestState.CLOSED


@pytest.mark.two_engines
def test_an_enquiry_is_given_to_a_person_and_answered(desk: Stage) -> None:
    with desk.work.writing() as unit:
        request = taken(desk, unit, RequestKind.ENQUIRY)
        assert (request.order, request.alert) == (None, None)
        assert stands(desk, unit, request)[ClockId.ASSIGNED] is Stand.RUNNING
        assign_request(unit, act(desk, unit, request, "to"), desk.person("li"))
        give_feedback(unit, act(desk, unit, request, "word"), "we look at it")
        waits = stands(desk, unit, request)
        assert (waits[ClockId.ASSIGNED], waits[ClockId.FEEDBACK], waits[ClockId.COMPLETED]) == (
            Stand.MET,
            Stand.MET,
            Stand.RUNNING,
        )
        pause(unit, act(desk, unit, request, "wait"), Pause.RESIDENT, "abroad")
        later(desk, 9 * DAY)
        assert stands(desk, unit, request)[ClockId.COMPLETED] is Stand.PAUSED
        resume(unit, act(desk, unit, request, "on"))
        assert stands(desk, unit, request)[ClockId.COMPLETED] is Stand.RUNNING
        closed = answer(unit, act(desk, unit, request, "said"), "yes")
        assert (closed.state, closed.responsible) == (RequestState.CLOSED, desk.person("li"))


def test_an_order_on_hold_for_a_part_stops_the_clock_of_its_request(desk: Stage) -> None:
    with desk.work.writing() as unit:
        request = taken(desk, unit)
        work(desk, unit, request.order or 0, (OrderStep.ACCEPT, "zhao"), (OrderStep.HOLD, "zhao"))
        later(desk, 8 * DAY)
        assert stands(desk, unit, request)[ClockId.COMPLETED] is Stand.PAUSED
        assert stands(desk, unit, request)[ClockId.SAME_DAY] is Stand.OVERDUE
        work(desk, unit, request.order or 0, (OrderStep.RESUME, "zhao"), (OrderStep.FINISH, "zhao"))
        assert stands(desk, unit, request)[ClockId.COMPLETED] is Stand.MET


@pytest.mark.two_engines
def test_what_is_anothers_duty_needs_a_plan_its_execution_an_evaluation_and_a_summary(desk: Stage) -> None:
    with desk.work.writing() as unit:
        request = taken(desk, unit)
        order = request.order or 0
        handed = hand_on(desk.site, unit, act(desk, unit, request, "on"), DutyOf.WARRANTY, "within the warranty")
        assert (handed.duty, handed.order) == (DutyOf.WARRANTY, None)
        assert unit.orders.get(order).state is OrderState.CANCELLED
        promise_step(unit, act(desk, unit, request, "plan"), StepName.PLAN, date(2026, 12, 1))
        with pytest.raises(Conflict, match="plan, execution, evaluation, summary"):
            answer(unit, act(desk, unit, request, "early"), "done")
        for name in StepName:
            do_step(desk.site, unit, act(desk, unit, request, f"do-{name}"), name, f"{name} of the developer")
        with pytest.raises(Conflict, match="is done"):
            do_step(desk.site, unit, act(desk, unit, request, "twice"), StepName.PLAN, "again")
        assert unit.requests.steps(request.id)[0].due_on == date(2026, 12, 1)
        assert answer(unit, act(desk, unit, request, "done"), "mended by them").state is RequestState.FINISHED


def test_the_same_repair_twice_is_proposed_and_told_when_it_is_confirmed(desk: Stage) -> None:
    with desk.work.writing() as unit:
        first = taken(desk, unit)
        later(desk, 29 * DAY)
        second, other = taken(desk, unit), taken(desk, unit, category="other")
        assert [one.id for one in proposed_repeats(unit, second)] == [first.id]
        assert proposed_repeats(unit, other) == []
        with pytest.raises(Conflict, match="does not repeat"):
            confirm_repeat(desk.site, unit, act(desk, unit, other, "a"), first.id)
        told = confirm_repeat(desk.site, unit, act(desk, unit, second, "b"), first.id)
        assert (unit.alerts.get(told.alert or 0).kind, told.repeats) == ("repeat_request", first.id)
        assert proposed_repeats(unit, told) == []
        third = taken(desk, unit)
        deny_repeat(unit, act(desk, unit, third, "no"))
        assert proposed_repeats(unit, unit.requests.get(third.id)) == []
        later(desk, 31 * DAY)
        assert proposed_repeats(unit, taken(desk, unit)) == []


def test_what_comes_by_the_form_waits_for_the_front_desk(desk: Stage) -> None:
    with desk.work.writing() as unit:
        request = taken(desk, unit, came=Came.FORM, receiver=None)
        assert (request.state, request.order) == (RequestState.TO_CONFIRM, None)
        sure = confirm(desk.site, unit, act(desk, unit, request, "yes"), category="other")
        assert (sure.state, sure.category) == (RequestState.OPEN, "other")
        assert unit.orders.get(sure.order or 0).state is OrderState.UNASSIGNED, (
            "its category has nobody: the administrator"
        )
        spam = taken(desk, unit, came=Came.FORM, receiver=None)
        assert withdraw(unit, act(desk, unit, spam, "no"), "nobody there").state is RequestState.WITHDRAWN
        gone = withdraw(unit, act(desk, unit, sure, "back"), "settled by themselves")
        assert unit.orders.get(gone.order or 0).state is OrderState.CANCELLED


def test_a_cancelled_order_leaves_its_request_open(desk: Stage) -> None:
    with desk.work.writing() as unit:
        request = taken(desk, unit)
        work(desk, unit, request.order or 0, (OrderStep.CANCEL, "li"))
        now_is = unit.requests.get(request.id)
        assert (now_is.state, now_is.order) == (RequestState.OPEN, None)
        assert request.id in {row["request"] for row in _made(desk, unit).rows}


def _made(stage: Stage, unit: WorkUnit) -> DailyList:
    stage.now = evening(stage.now)
    made = list_unresolved(stage.site, unit, stage.now)
    assert made is not None
    return made


def evening(at: datetime) -> datetime:
    """The next 18:00 of the estate."""
    local = at.astimezone(ZoneInfo("Asia/Shanghai"))
    return max(at, local.replace(hour=18, minute=0, second=0, microsecond=0).astimezone(at.tzinfo))


@pytest.mark.two_engines
def test_the_list_of_the_day_is_made_once_and_the_morning_names_what_has_no_person(desk: Stage) -> None:
    with desk.work.writing() as unit:
        lonely, done, given = taken(desk, unit, category="other"), taken(desk, unit), taken(desk, unit)
        work(desk, unit, done.order or 0, *DONE[:2])
        foreign = taken(desk, unit, duty=DutyOf.UTILITY)
        made = _made(desk, unit)
        assert {row["request"] for row in made.rows} == {lonely.id, given.id}
        assert foreign.order is None
        assert list_unresolved(desk.site, unit, desk.now + HOUR) is None
        assert unit.daily_lists.get(made.day) == made
        assert prompt_unassigned(desk.site, unit, desk.now + HOUR) == 0, "not in the evening"
        desk.now += timedelta(hours=14)  # 08:00
        assert prompt_unassigned(desk.site, unit, desk.now) == 1
        assert prompt_unassigned(desk.site, unit, desk.now + HOUR) == 0, "told once"
    desk.tick()
    told = {notice.message.id: notice.message.params for notice in desk.sent}
    assert told["notices.unresolved"]["number"] == 2
    assert told["notices.unassigned"]["number"] == 1


def test_after_a_stop_the_list_is_made_late(desk: Stage) -> None:
    with desk.work.writing() as unit:
        taken(desk, unit)
        desk.now = evening(desk.now) + timedelta(hours=9)
        made = list_unresolved(desk.site, unit, desk.now)
        assert made is not None
        assert made.made_at == desk.now
        assert len(made.rows) == 1


def test_a_late_list_leaves_out_what_came_after_its_day(desk: Stage) -> None:
    with desk.work.writing() as unit:
        first = taken(desk, unit)
        desk.now = evening(desk.now) + timedelta(hours=9)
        taken(desk, unit)
        made = list_unresolved(desk.site, unit, desk.now)
        assert made is not None
        assert [row["request"] for row in made.rows] == [first.id]


@pytest.mark.parametrize(
    ("field", "value"),
    [("words", " "), ("category", "none"), ("phone", "12"), ("place", "x" * 61), ("received_at", None), ("home", None)],
)
def test_what_cannot_be_taken_is_refused(desk: Stage, field: str, value: object) -> None:
    with desk.work.writing() as unit:
        given = {field: desk.now + HOUR if field == "received_at" else value}
        with pytest.raises(Unfit):
            taken(desk, unit, RequestKind.REPAIR, "", **given)
        assert unit.requests.find(ALL) == ([], 0)


def test_an_old_version_is_told(desk: Stage) -> None:
    with desk.work.writing() as unit:
        request = taken(desk, unit, RequestKind.ENQUIRY)
        old = act(desk, unit, request, "one")
        assign_request(unit, old, desk.person("li"))
        assert assign_request(unit, old, desk.person("li")).responsible == desk.person("li")
        with pytest.raises(Conflict, match="changed meanwhile"):
            answer(unit, replace(old, key="act-two"), "x")
