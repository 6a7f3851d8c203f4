"""Three checks by three people on a real database: random walks, spot checks by lot, more of them after a failure."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from facility.domain.errors import Conflict
from facility.domain.order import FINAL, Order, OrderState, OrderStep, Origin, SpotCheck, WorkKind, open_steps
from facility.domain.three_checks import SpotRule
from facility.flow.assign import assign
from facility.flow.carry_out import carry_out
from facility.flow.check_work import bench_for
from facility.ports import WorkUnit
from tests.harness.checklists import in_order
from tests.harness.flow_stage import START, Stage

ALL, NO = SpotRule(1.0, 1.0, 0), SpotRule(0.0, 0.0, 0)


def ruled(stage: Stage, rule: SpotRule) -> Stage:
    """The stage with this rule for every team."""
    stage.site = replace(stage.site, spot_checks=dict.fromkeys(stage.site.teams, rule))
    return stage


def an_order(stage: Stage, unit: WorkUnit, login: str = "zhao") -> Order:
    person = stage.person(login)
    new = Order(0, WorkKind.REPAIR, "pump-1", "leak", OrderState.ISSUED, "plumber", person, START, START)
    position = stage.site.assets["pump-1"].maintaining
    return unit.orders.add(replace(new, position=position, origin=Origin.BY_HAND))


def take(stage: Stage, unit: WorkUnit, order: Order, step: OrderStep, person: int, key: str = "") -> Order:
    """The step, on the version that is stored."""
    version = unit.orders.get(order.id).version
    common = {"order": order.id, "version": version, "key": key or f"{step}-{version}", "at": stage.now}
    if step is OrderStep.ASSIGN:
        return assign(stage.site, unit, to=stage.person("zhao"), by=person, **common)
    return carry_out(
        stage.site,
        unit,
        step=step,
        person=person,
        note="because",
        given=in_order(stage.site, unit, order.id, step),
        **common,
    )


def finished(stage: Stage, unit: WorkUnit) -> Order:
    """An order that zhao finished."""
    order = an_order(stage, unit)
    for step in (OrderStep.ACCEPT, OrderStep.START, OrderStep.FINISH):
        order = take(stage, unit, order, step, stage.person("zhao"))
    return order


def test_what_is_drawn_is_closed_by_a_third_person(stage: Stage) -> None:
    ruled(stage, ALL)
    zhao, li, wang = (stage.person(login) for login in ("zhao", "li", "wang"))
    with stage.work.writing() as unit:
        order = take(stage, unit, finished(stage, unit), OrderStep.PASS_CHECK, li)
        assert (order.state, order.spot_check) == (OrderState.AWAITING_SPOT_CHECK, SpotCheck.DRAWN)
        for person in (zhao, li):
            with pytest.raises(Conflict, match="third person"):
                take(stage, unit, order, OrderStep.PASS_SPOT_CHECK, person)
    stage.tick()
    told = {(notice.person, notice.message.id) for notice in stage.sent if notice.order == order.id}
    assert (wang, "notices.order_spot_check") in told
    with stage.work.writing() as unit:
        closed = take(stage, unit, order, OrderStep.PASS_SPOT_CHECK, wang)
    assert (closed.state, closed.checked_by, closed.spot_checked_by) == (OrderState.CLOSED, li, wang)
    assert closed.closed_at == stage.now


def test_after_a_failed_spot_check_the_next_orders_are_drawn_more_often(stage: Stage) -> None:
    ruled(stage, SpotRule(0.0, 1.0, 2))
    li, wang = stage.person("li"), stage.person("wang")
    with stage.work.writing() as unit:
        assert take(stage, unit, finished(stage, unit), OrderStep.PASS_CHECK, li).state is OrderState.CLOSED
        drawn = unit.orders.change(replace(finished(stage, unit), spot_check=SpotCheck.DRAWN))
        drawn = take(stage, unit, drawn, OrderStep.PASS_CHECK, li)
        failed = take(stage, unit, drawn, OrderStep.FAIL_SPOT_CHECK, wang)
        assert (failed.state, failed.checked_by) == (OrderState.REWORK, None)
        reasons = [take(stage, unit, finished(stage, unit), OrderStep.PASS_CHECK, li).spot_check for _ in range(3)]
    assert reasons == [SpotCheck.AFTER_FAILURE, SpotCheck.AFTER_FAILURE, SpotCheck.NONE]


def test_everybody_who_finished_is_barred_from_checking_not_only_the_last(stage: Stage) -> None:
    ruled(stage, NO)
    zhao, li, wang = (stage.person(login) for login in ("zhao", "li", "wang"))
    with stage.work.writing() as unit:
        order = an_order(stage, unit, "li")
        take(stage, unit, order, OrderStep.ACCEPT, li)
        take(stage, unit, order, OrderStep.FINISH, li)
        take(stage, unit, order, OrderStep.SEND_BACK, wang)
        take(stage, unit, order, OrderStep.ASSIGN, wang)
        take(stage, unit, order, OrderStep.ACCEPT, zhao)
        take(stage, unit, order, OrderStep.FINISH, zhao)
        with pytest.raises(Conflict, match="second person"):
            take(stage, unit, order, OrderStep.PASS_CHECK, li)
        assert take(stage, unit, order, OrderStep.PASS_CHECK, wang).state is OrderState.CLOSED


def test_on_hold_until_a_time_with_a_reason(stage: Stage) -> None:
    zhao = stage.person("zhao")
    with stage.work.writing() as unit:
        order = take(stage, unit, an_order(stage, unit), OrderStep.ACCEPT, zhao)
        act = {"order": order.id, "version": order.version, "step": OrderStep.HOLD, "person": zhao, "at": stage.now}
        with pytest.raises(Conflict, match="reason"):
            carry_out(stage.site, unit, key="a", **act)
        with pytest.raises(Conflict, match="past"):
            carry_out(stage.site, unit, key="b", note="no part", until=stage.now, **act)
        until = stage.now + timedelta(days=1)
        held = carry_out(stage.site, unit, key="c", note="no part", until=until, **act)
        assert (held.state, held.held_until) == (OrderState.ON_HOLD, until)
        resumed = take(stage, unit, held, OrderStep.RESUME, zhao)
    assert (resumed.state, resumed.held_until) == (OrderState.IN_PROGRESS, None)


@pytest.mark.parametrize("step", [OrderStep.FINISH, OrderStep.SEND_BACK])
def test_self_checked_and_sent_back_orders_can_be_cancelled(stage: Stage, step: OrderStep) -> None:
    li = stage.person("li")
    with stage.work.writing() as unit:
        order = finished(stage, unit)
        if step is OrderStep.SEND_BACK:
            order = take(stage, unit, order, step, li)
        assert take(stage, unit, order, OrderStep.CANCEL, li).state is OrderState.CANCELLED


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(OrderStep), st.integers(0, 4)), max_size=30), st.booleans(), st.data())
def test_any_walk_ends_and_is_never_closed_by_too_few(
    stage: Stage, walk: list[tuple[OrderStep, int]], spot: bool, data: st.DataObject
) -> None:
    """Steps at random, then the order is led to its end by whoever may: it always has one."""
    ruled(stage, ALL if spot else NO)
    with stage.work.writing() as unit:
        everybody = [person.id for person in unit.people.all()]
        order = an_order(stage, unit)
        for step, who in walk:
            order = _tried(unit, order, partial(take, stage, unit, order, step, everybody[who % len(everybody)]))
        for _ in range(40):
            if order.state in FINAL:
                break
            ways = _ways(stage, unit, order, everybody)
            assert ways, f"nobody can do anything with an order that is {order.state}"
            step, person = data.draw(st.sampled_from(ways))
            order = take(stage, unit, order, step, person)
        else:
            order = take(stage, unit, order, OrderStep.CANCEL, stage.person("li"))
        events = unit.orders.events(order.id)
    assert order.state in FINAL
    if order.state is OrderState.CLOSED:
        worked = {event.person for event in events if event.step in ("start", "resume", "finish")}
        assert order.checked_by is not None
        assert order.checked_by not in worked
        if order.spot_check is not SpotCheck.NONE:
            assert order.spot_checked_by is not None
            assert order.spot_checked_by not in worked | {order.checked_by}


def _ways(stage: Stage, unit: WorkUnit, order: Order, everybody: list[int]) -> list[tuple[OrderStep, int]]:
    bench = bench_for(stage.site, unit, order)
    return sorted((step, person) for person in everybody for step in open_steps(order, person, bench))


def _tried(unit: WorkUnit, order: Order, step: Callable[[], Order]) -> Order:
    """The order afterwards; a refused step changes nothing, a taken one raises the version, and counts once."""
    before, lines = unit.orders.get(order.id), len(unit.orders.events(order.id))
    try:
        after = step()
    except Conflict:
        assert unit.orders.get(order.id) == before
        assert len(unit.orders.events(order.id)) == lines
        return before
    assert after.version == before.version + 1
    assert len(unit.orders.events(order.id)) == lines + 1
    return after
