"""A service order: work for a person, from an alert or a plan, until a second person has checked it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from facility.domain.errors import Conflict


class WorkKind(StrEnum):
    """Kinds of work."""

    REPAIR = "repair"
    MAINTENANCE = "maintenance"
    INSPECTION = "inspection"
    TUNING = "tuning"  # of a rule that alerts too often; `title_id` is the rule, and each rule has one open order


class OrderState(StrEnum):
    """Life cycle of an order; CLOSED and CANCELLED are final."""

    UNASSIGNED = "unassigned"
    ISSUED = "issued"
    ACCEPTED = "accepted"
    SELF_CHECKED = "self_checked"
    REWORK = "rework"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class OrderStep(StrEnum):
    """What a person can do with an order."""

    ASSIGN = "assign"
    ACCEPT = "accept"
    FINISH = "finish"  # done and self-checked, with a note
    PASS_CHECK = "pass_check"  # the second person's check
    SEND_BACK = "send_back"
    CANCEL = "cancel"


ORDER_TRANSITIONS: dict[tuple[OrderState, OrderStep], OrderState] = {
    (OrderState.UNASSIGNED, OrderStep.ASSIGN): OrderState.ISSUED,
    (OrderState.ISSUED, OrderStep.ASSIGN): OrderState.ISSUED,
    (OrderState.ACCEPTED, OrderStep.ASSIGN): OrderState.ISSUED,
    (OrderState.REWORK, OrderStep.ASSIGN): OrderState.ISSUED,
    (OrderState.ISSUED, OrderStep.ACCEPT): OrderState.ACCEPTED,
    (OrderState.ACCEPTED, OrderStep.FINISH): OrderState.SELF_CHECKED,
    (OrderState.REWORK, OrderStep.FINISH): OrderState.SELF_CHECKED,
    (OrderState.SELF_CHECKED, OrderStep.PASS_CHECK): OrderState.CLOSED,
    (OrderState.SELF_CHECKED, OrderStep.SEND_BACK): OrderState.REWORK,
    (OrderState.UNASSIGNED, OrderStep.CANCEL): OrderState.CANCELLED,
    (OrderState.ISSUED, OrderStep.CANCEL): OrderState.CANCELLED,
    (OrderState.ACCEPTED, OrderStep.CANCEL): OrderState.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Order:
    """One service order. `id` is 0 until stored. `version` counts changes: a step names the version it saw."""

    id: int
    kind: WorkKind
    asset: str
    title_id: str  # alert kind or plan id: the title is rendered in the reader's language
    state: OrderState
    position: str  # answers for it
    person: int | None
    opened_at: datetime
    due_at: datetime
    alert: int | None = None
    occurrence: int | None = None
    finished_by: int | None = None
    checked_by: int | None = None
    closed_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """One line of an order's history. Unique by `key` (made by the client): the same step sent twice counts once."""

    order: int
    key: str
    at: datetime
    step: str  # an OrderStep, or "opened"
    person: int | None
    note: str = ""
    measured: float | None = None
    measured_point: str = ""


def next_order_state(order: Order, step: OrderStep, person: int | None) -> OrderState:
    """The state after `step` by `person`; Conflict says why not (a state that forbids it, or the same person checking)."""
    state = ORDER_TRANSITIONS.get((order.state, step))
    if state is None:
        raise Conflict(f"order {order.id} is {order.state}: {step} is not possible now")
    if step in (OrderStep.PASS_CHECK, OrderStep.SEND_BACK) and person == order.finished_by:
        raise Conflict(f"order {order.id} was finished by the same person: a second person must check it")
    if step in (OrderStep.ACCEPT, OrderStep.FINISH) and person != order.person:
        raise Conflict(f"order {order.id} is assigned to another person")
    return state
