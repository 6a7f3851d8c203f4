"""Orders: only the steps of the table are possible, by those whose they are; final is final."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facility.domain.errors import Conflict
from facility.domain.order import (
    FINAL,
    ORDER_TRANSITIONS,
    Bench,
    Order,
    OrderState,
    OrderStep,
    SpotCheck,
    WorkKind,
    next_order_state,
    open_steps,
)

T0 = datetime(2026, 1, 1, tzinfo=UTC)
WORKER, FOREMAN, SUPERVISOR, STRANGER = 1, 2, 3, 4
BENCH = Bench(frozenset({FOREMAN, SUPERVISOR}), frozenset({FOREMAN}), frozenset({SUPERVISOR}))


def an_order(state: OrderState, spot_check: SpotCheck = SpotCheck.NONE) -> Order:
    return Order(7, WorkKind.REPAIR, "pump-1", "pump_fault", state, "plumber", WORKER, T0, T0, spot_check=spot_check)


@given(st.sampled_from(OrderState), st.sampled_from(OrderStep), st.integers(1, 4))
def test_a_step_is_possible_exactly_when_it_is_shown_as_open(state: OrderState, step: OrderStep, person: int) -> None:
    order = an_order(state, SpotCheck.DRAWN)
    if step in open_steps(order, person, BENCH):
        assert next_order_state(order, step, person, BENCH) is ORDER_TRANSITIONS[state, step].to
        return
    with pytest.raises(Conflict, match="order 7"):
        next_order_state(order, step, person, BENCH)


@pytest.mark.parametrize(
    ("state", "person", "steps"),
    [
        (OrderState.UNASSIGNED, FOREMAN, {"assign", "cancel"}),
        (OrderState.ISSUED, WORKER, {"accept"}),
        (OrderState.ACCEPTED, WORKER, {"start", "hold", "finish"}),
        (OrderState.IN_PROGRESS, WORKER, {"hold", "finish"}),
        (OrderState.IN_PROGRESS, SUPERVISOR, {"assign", "hold", "cancel"}),
        (OrderState.ON_HOLD, WORKER, {"resume"}),
        (OrderState.SELF_CHECKED, WORKER, set()),
        (OrderState.SELF_CHECKED, FOREMAN, {"pass_check", "send_back", "cancel"}),
        (OrderState.AWAITING_SPOT_CHECK, FOREMAN, {"cancel"}),
        (OrderState.AWAITING_SPOT_CHECK, SUPERVISOR, {"pass_spot_check", "fail_spot_check", "cancel"}),
        (OrderState.REWORK, WORKER, {"start", "hold", "finish"}),
        (OrderState.REWORK, FOREMAN, {"assign", "hold", "cancel"}),
    ],
)
def test_what_each_may_do(state: OrderState, person: int, steps: set[str]) -> None:
    assert open_steps(an_order(state), person, BENCH) == steps


@pytest.mark.parametrize("state", OrderState)
def test_nothing_is_open_to_a_stranger(state: OrderState) -> None:
    assert open_steps(an_order(state), STRANGER, BENCH) == frozenset()


@pytest.mark.parametrize("state", sorted(FINAL))
@pytest.mark.parametrize("step", OrderStep)
def test_final_is_final(state: OrderState, step: OrderStep) -> None:
    for person in (WORKER, FOREMAN, SUPERVISOR):
        with pytest.raises(Conflict, match="not possible now"):
            next_order_state(an_order(state), step, person, BENCH)


def test_what_is_not_drawn_is_closed_by_the_second_check() -> None:
    finished = an_order(OrderState.SELF_CHECKED)
    assert next_order_state(finished, OrderStep.PASS_CHECK, FOREMAN, BENCH) is OrderState.CLOSED


def test_from_every_state_there_is_a_way_to_the_end() -> None:
    ends = set(FINAL)
    for _ in OrderState:
        ends |= {state for (state, _), move in ORDER_TRANSITIONS.items() if move.to in ends}
    assert ends == set(OrderState)
