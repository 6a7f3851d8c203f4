"""Orders: from an alert or the calendar to a person, and closed after a second person's check."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from facility.domain.checklist import Check, Finding
from facility.domain.errors import Conflict, NotFound
from facility.domain.notice import NoticeState
from facility.domain.occurrence import OccurrenceState
from facility.domain.order import Order, OrderState, OrderStep, Origin
from facility.domain.three_checks import SpotRule
from facility.domain.workdays import WorkingCalendar
from facility.flow.assign import assign
from facility.flow.carry_out import carry_out
from facility.flow.plan_work import Planned, plan_work
from tests.harness.checklists import in_order
from tests.harness.flow_stage import START, Stage


def corrective(stage: Stage) -> Order:
    stage.opens("pump-1", "pressure_low")
    stage.tick()
    with stage.work.reading() as unit:
        order = unit.orders.of_alert(stage.alerts()[0].id)
    assert order is not None
    return order


def step(stage: Stage, order: Order, what: OrderStep, login: str, key: str = "", note: str = "") -> Order:
    with stage.work.writing() as unit:
        version = unit.orders.get(order.id).version
        return carry_out(
            stage.site,
            unit,
            order=order.id,
            version=version,
            step=what,
            person=stage.person(login),
            key=key or f"{what}-{version}",
            at=stage.now,
            note=note,
            given=in_order(stage.site, unit, order.id, what),
        )


def told_of(stage: Stage, order: Order) -> list[tuple[str, str]]:
    """(login, layout) of the accepted messages about an order."""
    with stage.work.reading() as unit:
        login = {person.id: person.login for person in unit.people.all()}
    return [(login[notice.person], notice.message.id) for notice in stage.sent if notice.order == order.id]


def test_an_order_from_alert_to_close(stage: Stage) -> None:
    order = corrective(stage)
    assert order.origin is Origin.ALERT
    assert order.due_at == datetime(2026, 11, 23, 15, 59, tzinfo=UTC), "the same day, 23:59 in Shanghai"
    step(stage, order, OrderStep.ACCEPT, "zhao")
    step(stage, order, OrderStep.FINISH, "zhao", note="seal replaced")
    stage.tick()
    step(stage, order, OrderStep.SEND_BACK, "li", note="still drips")
    stage.tick()
    step(stage, order, OrderStep.FINISH, "zhao", note="tightened")
    stage.tick()
    closed = step(stage, order, OrderStep.PASS_CHECK, "li")
    stage.tick()
    assert (closed.state, closed.checked_by, closed.closed_at) == (
        OrderState.CLOSED,
        stage.person("li"),
        START + timedelta(seconds=4),
    )
    assert told_of(stage, order) == [
        ("zhao", "notices.order_issued"),
        ("li", "notices.order_check"),
        ("zhao", "notices.order_rework"),
        ("li", "notices.order_check"),
    ]
    with stage.work.reading() as unit:
        events = unit.orders.events(order.id)
        results = unit.results.of_order(order.id)
    assert [event.step for event in events] == ["opened", "accept", "finish", "send_back", "finish", "pass_check"]
    assert {result.finding for result in results} == {Finding.IN_ORDER}
    assert {(result.check, result.step) for result in results} == {
        (Check.SELF, events[2].key),
        (Check.SELF, events[4].key),
        (Check.SECOND, events[5].key),
    }


def test_the_same_step_twice_counts_once(stage: Stage) -> None:
    order = corrective(stage)
    first = step(stage, order, OrderStep.ACCEPT, "zhao", key="phone-1")
    again = step(stage, order, OrderStep.ACCEPT, "zhao", key="phone-1")
    assert again == first


@pytest.mark.parametrize(
    ("what", "login", "note", "why"),
    [
        (OrderStep.ACCEPT, "li", "", "another person"),
        (OrderStep.PASS_CHECK, "li", "", "not possible"),
        (OrderStep.CANCEL, "li", " ", "reason"),
        (OrderStep.ASSIGN, "li", "", "name the person"),
    ],
)
def test_refused_steps_change_nothing(stage: Stage, what: OrderStep, login: str, note: str, why: str) -> None:
    order = corrective(stage)
    with pytest.raises(Conflict, match=why):
        step(stage, order, what, login, note=note)
    with stage.work.reading() as unit:
        assert unit.orders.get(order.id) == order
        assert len(unit.orders.events(order.id)) == 1


def test_a_stale_version_and_an_unknown_order(stage: Stage) -> None:
    order = corrective(stage)
    step(stage, order, OrderStep.ACCEPT, "zhao")
    arguments = {"step": OrderStep.FINISH, "person": stage.person("zhao"), "key": "k", "at": stage.now}
    with pytest.raises(Conflict, match="changed"), stage.work.writing() as unit:
        carry_out(stage.site, unit, order=order.id, version=1, **arguments)
    with pytest.raises(NotFound), stage.work.writing() as unit:
        carry_out(stage.site, unit, order=999, version=1, **arguments)


def test_the_foreman_who_did_the_work_is_checked_by_the_supervisor(stage: Stage) -> None:
    order = corrective(stage)
    with stage.work.writing() as unit:
        assign(
            stage.site,
            unit,
            order=order.id,
            version=1,
            to=stage.person("li"),
            by=stage.person("li"),
            key="a",
            at=stage.now,
        )
    step(stage, order, OrderStep.ACCEPT, "li")
    step(stage, order, OrderStep.FINISH, "li")
    with pytest.raises(Conflict, match="second person"):
        step(stage, order, OrderStep.PASS_CHECK, "li")
    stage.tick()
    assert told_of(stage, order)[-1] == ("wang", "notices.order_check")


def test_assigned_to_another_the_first_message_is_withdrawn(stage: Stage) -> None:
    stage.answers = lambda _notice: None
    order = corrective(stage)
    with stage.work.writing() as unit:
        assign(
            stage.site,
            unit,
            order=order.id,
            version=1,
            to=stage.person("wang"),
            by=stage.person("li"),
            key="a",
            at=stage.now,
        )
    stage.tick()
    with stage.work.reading() as unit:
        notices = unit.notices.of_order(order.id)
    assert [(notice.person, notice.state) for notice in notices] == [
        (stage.person("zhao"), NoticeState.WITHDRAWN),
        (stage.person("wang"), NoticeState.WAITING),
    ]


def test_a_position_that_nobody_fills_leaves_the_order_to_the_foreman(stage: Stage) -> None:
    with stage.work.writing() as unit:
        unit.people.put(replace(unit.people.get(stage.person("zhao")), positions=()))
    order = corrective(stage)
    assert (order.state, order.person) == (OrderState.UNASSIGNED, None)
    assert told_of(stage, order) == [("li", "notices.order_unassigned")]


def test_an_order_opened_before_anybody_was_there_goes_to_the_first_who_comes(stage: Stage) -> None:
    with stage.work.writing() as unit:
        everybody = unit.people.all()
        for person in everybody:
            unit.people.put(replace(person, positions=()))
    order = corrective(stage)
    stage.tick()
    assert told_of(stage, order) == []
    with stage.work.writing() as unit:
        for person in everybody:
            unit.people.put(person)
    stage.tick()
    with stage.work.reading() as unit:
        assert unit.orders.get(order.id).person == stage.person("zhao")
    assert told_of(stage, order) == [("zhao", "notices.order_issued")]


ONE_DAY = WorkingCalendar(own={date(2026, 11, 24) + timedelta(days=n): False for n in range(38)})
"""Of the days until the year's end, only the first is worked: what can be done on any of them is near."""


def plan(stage: Stage, at: datetime) -> Planned:
    stage.now = at
    stage.site = replace(stage.site, calendar=ONE_DAY)
    with stage.work.writing() as unit:
        return plan_work(stage.site, unit, at)


def ledger(stage: Stage, plan_id: str = "weekly-check", asset: str = "pump-1") -> dict[str, OccurrenceState]:
    with stage.work.reading() as unit:
        first, last = START.date() - timedelta(days=90), START.date() + timedelta(days=90)
        found = [o for o in unit.occurrences.between(first, last) if (o.plan, o.asset) == (plan_id, asset)]
    return {occurrence.slot.key: occurrence.state for occurrence in found}


def test_planned_orders_open_with_their_window_and_are_due_at_its_end(stage: Stage) -> None:
    done = plan(stage, START)
    assert (done.opened, done.missed) == (3, 0)
    assert plan(stage, START + timedelta(minutes=1)) == Planned(), "nothing twice"
    stage.tick()
    with stage.work.reading() as unit:
        orders = {(order.title_id, order.asset): order for order in unit.orders.recent(10)}
    assert orders["weekly-check", "pump-1"].due_at == datetime(2026, 11, 29, 10, 0, tzinfo=UTC), (
        "Sunday 18:00 in Shanghai"
    )
    assert orders["quarterly-service", "pump-1"].due_at == datetime(2026, 12, 31, 10, 0, tzinfo=UTC)
    assert {order.person for order in orders.values()} == {stage.person("zhao")}
    assert len([notice for notice in stage.sent if notice.order]) == 3
    assert ledger(stage)["2026-W48"] is OccurrenceState.OPEN
    assert ledger(stage)["2026-W49"] is OccurrenceState.PLANNED


def test_the_day_begins_in_the_sites_zone(stage: Stage) -> None:
    plan(stage, START)
    sunday_night = datetime(2026, 11, 29, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai
    assert plan(stage, sunday_night).opened == 0
    monday = plan(stage, sunday_night + timedelta(minutes=1))
    assert (monday.opened, monday.missed) == (2, 2)


def test_missed_counts_and_work_that_waits_for_its_check_is_not_missed(stage: Stage) -> None:
    plan(stage, START)
    with stage.work.reading() as unit:
        order = next(o for o in unit.orders.recent(10) if (o.title_id, o.asset) == ("weekly-check", "pump-1"))
    step(stage, order, OrderStep.ACCEPT, "zhao")
    step(stage, order, OrderStep.FINISH, "zhao")
    assert plan(stage, START + timedelta(days=7)).missed == 1, "pump 2 was not looked at"
    assert ledger(stage)["2026-W48"] is OccurrenceState.OPEN
    step(stage, order, OrderStep.PASS_CHECK, "li")
    assert ledger(stage)["2026-W48"] is OccurrenceState.DONE
    assert ledger(stage, asset="pump-2")["2026-W48"] is OccurrenceState.MISSED


def test_work_that_waits_for_its_spot_check_is_not_missed_and_is_done_after_it(stage: Stage) -> None:
    stage.site = replace(stage.site, spot_checks={"engineering": SpotRule(share=1)})
    plan(stage, START)
    with stage.work.reading() as unit:
        order = next(o for o in unit.orders.recent(10) if (o.title_id, o.asset) == ("weekly-check", "pump-1"))
    for what, login in ((OrderStep.ACCEPT, "zhao"), (OrderStep.FINISH, "zhao"), (OrderStep.PASS_CHECK, "li")):
        step(stage, order, what, login)
    plan(stage, START + timedelta(days=7))
    assert ledger(stage)["2026-W48"] is OccurrenceState.OPEN
    step(stage, order, OrderStep.PASS_SPOT_CHECK, "wang")
    assert ledger(stage)["2026-W48"] is OccurrenceState.DONE


def test_a_cancelled_planned_order_is_excused(stage: Stage) -> None:
    plan(stage, START)
    with stage.work.reading() as unit:
        order = next(o for o in unit.orders.recent(10) if (o.title_id, o.asset) == ("weekly-check", "pump-1"))
    step(stage, order, OrderStep.CANCEL, "li", note="pump removed for repair")
    assert ledger(stage)["2026-W48"] is OccurrenceState.EXCUSED


def test_weeks_without_the_program_lose_no_slot(stage: Stage) -> None:
    plan(stage, START)
    back = plan(stage, START + timedelta(days=84))
    slots = ledger(stage)
    expected = {"2026-W48", "2026-W49", "2026-W50", "2026-W51", "2026-W52", "2026-W53", "2027-W01", "2027-W02"}
    assert {slot for slot, state in slots.items() if state is OccurrenceState.MISSED} >= expected
    assert (back.opened, back.missed) == (3, 2 * 12 + 1)


def test_a_slot_of_a_plan_that_is_gone_is_excused(stage: Stage) -> None:
    plan(stage, START)
    stage.site = replace(stage.site, plans={})
    plan(stage, START + timedelta(days=14))
    assert ledger(stage)["2026-W48"] is OccurrenceState.MISSED, "its order was open"
    assert ledger(stage)["2026-W49"] is OccurrenceState.EXCUSED
