"""Alerts and orders: only the steps of their life cycles are possible, and final is final."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

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


class LifeOfAnAlert(RuleBasedStateMachine):
    """Any steps in any order, of an alert that is latched or not: what must hold after each of them."""

    @initialize(latched=st.booleans())
    def begin(self, latched: bool) -> None:
        self.latched, self.state = latched, AlertState.ACTIVE_UNACKNOWLEDGED
        self.acknowledged = self.over = self.lapsed = False  # since it was told last

    @rule(step=st.sampled_from(AlertStep))
    def take(self, step: AlertStep) -> None:
        before = self.state
        try:
            self.state = next_state(before, step, latched=self.latched)
        except Conflict:
            assert (before, step, self.latched) not in TRANSITIONS
            return
        assert before is not AlertState.CLOSED, "closed is final"
        match step:
            case AlertStep.ACKNOWLEDGE:
                self.acknowledged = True
            case AlertStep.RETURN | AlertStep.RESET:
                self.over = True
            case AlertStep.RECUR | AlertStep.RENEW:
                self.acknowledged = self.over = False
            case AlertStep.LAPSE:
                self.lapsed = True

    @invariant()
    def closed_means_over_and_acknowledged(self) -> None:
        if self.state is AlertState.CLOSED:
            assert (self.acknowledged and self.over) or self.lapsed

    @invariant()
    def the_state_says_what_happened(self) -> None:
        if self.state is not AlertState.CLOSED:
            assert self.state.active is not self.over
            assert (self.state is AlertState.ACTIVE_ACKNOWLEDGED) is self.acknowledged

    @invariant()
    def a_latched_alert_never_lapses(self) -> None:
        assert not (self.latched and self.lapsed)


TestLifeOfAnAlert = LifeOfAnAlert.TestCase


def test_a_latched_alert_does_not_return_by_itself_and_nothing_keeps_it_quiet() -> None:
    latched = {step for state, step, latched in TRANSITIONS if latched}
    assert latched == {AlertStep.ACKNOWLEDGE, AlertStep.RECUR, AlertStep.RESET}


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
