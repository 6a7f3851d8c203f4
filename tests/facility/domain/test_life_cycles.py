"""Alerts and orders: only the steps of their life cycles are possible, and final is final."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facility.domain.alert import TRANSITIONS, AlertState, AlertStep, next_state
from facility.domain.errors import Conflict
from facility.domain.order import (
    ORDER_TRANSITIONS,
    Order,
    OrderState,
    OrderStep,
    WorkKind,
    next_order_state,
)

T0 = datetime(2026, 1, 1, tzinfo=UTC)


@given(st.lists(st.sampled_from(AlertStep), max_size=30))
def test_an_alert_closes_only_acknowledged_and_returned(steps: list[AlertStep]) -> None:
    state, taken = AlertState.ACTIVE_UNACKNOWLEDGED, []
    for step in steps:
        try:
            state = next_state(state, step)
            taken.append(step)
        except Conflict:
            assert (state, step) not in TRANSITIONS
        if state is AlertState.CLOSED:
            assert AlertStep.ACKNOWLEDGE in taken
            assert AlertStep.RETURN in taken
            assert not any((state, later) in TRANSITIONS for later in AlertStep)


def an_order(state: OrderState, person: int | None = 1, finished_by: int | None = None) -> Order:
    return Order(7, WorkKind.REPAIR, "pump-1", "pump_fault", state, "plumber", person, T0, T0, finished_by=finished_by)


@given(st.sampled_from(OrderState), st.sampled_from(OrderStep), st.integers(1, 3))
def test_only_listed_steps_are_possible(state: OrderState, step: OrderStep, person: int) -> None:
    order = an_order(state, person=1, finished_by=1)
    if (state, step) not in ORDER_TRANSITIONS:
        with pytest.raises(Conflict, match="order 7"):
            next_order_state(order, step, person)
        return
    try:
        after = next_order_state(order, step, person)
    except Conflict:
        checking = step in (OrderStep.PASS_CHECK, OrderStep.SEND_BACK)
        assert (person == order.finished_by) if checking else (person != order.person)
        return
    assert after is ORDER_TRANSITIONS[state, step]
    assert step not in (OrderStep.PASS_CHECK, OrderStep.SEND_BACK) or person != order.finished_by
    assert step not in (OrderStep.ACCEPT, OrderStep.FINISH) or person == order.person


@pytest.mark.parametrize("state", [OrderState.CLOSED, OrderState.CANCELLED])
@pytest.mark.parametrize("step", OrderStep)
def test_final_is_final(state: OrderState, step: OrderStep) -> None:
    with pytest.raises(Conflict):
        next_order_state(an_order(state), step, 2)
