"""A service order: work for a person, of any origin, until a second person has checked it, and a third where it was drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from facility.domain.errors import Conflict
from facility.domain.text import Title


class WorkKind(StrEnum):
    """Kinds of work."""

    REPAIR = "repair"
    MAINTENANCE = "maintenance"
    INSPECTION = "inspection"
    TUNING = "tuning"  # of a rule that alerts too often; `title_id` is the rule, and each rule has one open order


class Origin(StrEnum):
    """Where an order comes from."""

    ALERT = "alert"
    PLAN = "plan"
    INSPECTION = "inspection"  # an item of a checklist was not in order; `parent` is the order that found it
    REQUEST = "request"
    COMPLAINT = "complaint"
    BY_HAND = "by_hand"
    TUNING = "tuning"


class OrderState(StrEnum):
    """Life cycle of an order; CLOSED and CANCELLED are final."""

    UNASSIGNED = "unassigned"
    ISSUED = "issued"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"  # its last event says why
    SELF_CHECKED = "self_checked"
    AWAITING_SPOT_CHECK = "awaiting_spot_check"  # the second check is passed
    REWORK = "rework"
    CLOSED = "closed"
    CANCELLED = "cancelled"


FINAL = frozenset({OrderState.CLOSED, OrderState.CANCELLED})

AWAITS_CHECK = frozenset({OrderState.SELF_CHECKED, OrderState.AWAITING_SPOT_CHECK})
"""The work is done; only checks are left."""

AT_WORK = frozenset(
    {OrderState.ISSUED, OrderState.ACCEPTED, OrderState.IN_PROGRESS, OrderState.ON_HOLD, OrderState.REWORK}
)
"""A person has it and must still work on it."""

GROUPS: Mapping[str, frozenset[OrderState]] = {
    "open": frozenset(OrderState) - FINAL,
    "at_work": AT_WORK,
    "checks": AWAITS_CHECK,
    "final": FINAL,
    "all": frozenset(OrderState),
}
"""States that lists ask for together."""


class OrderStep(StrEnum):
    """What a person can do with an order."""

    ASSIGN = "assign"
    ACCEPT = "accept"
    START = "start"
    HOLD = "hold"
    RESUME = "resume"
    FINISH = "finish"  # done and self-checked, with a note
    PASS_CHECK = "pass_check"  # the second person's check
    SEND_BACK = "send_back"
    PASS_SPOT_CHECK = "pass_spot_check"  # the third person's check
    FAIL_SPOT_CHECK = "fail_spot_check"
    CANCEL = "cancel"


WITH_REASON = frozenset({OrderStep.HOLD, OrderStep.SEND_BACK, OrderStep.FAIL_SPOT_CHECK, OrderStep.CANCEL})
"""Steps that are not taken without a written reason."""


class SpotCheck(StrEnum):
    """Why a third person checks an order too."""

    NONE = ""
    DRAWN = "drawn"
    AFTER_FAILURE = (
        "after_failure"  # drawn with the share that holds after a failed spot check of the same person or team
    )


class Part(StrEnum):
    """What somebody is to an order."""

    RESPONSIBLE = "responsible"  # the person it is assigned to
    PLANNER = "planner"
    CHECKER = "checker"
    SPOT_CHECKER = "spot_checker"


@dataclass(frozen=True, slots=True)
class Move:
    """Where a step leads, and whose it is: one of these parts is enough."""

    to: OrderState
    parts: tuple[Part, ...]


_PLANNER, _WORKER, _EITHER = (Part.PLANNER,), (Part.RESPONSIBLE,), (Part.RESPONSIBLE, Part.PLANNER)
_CHECKER, _SPOT_CHECKER = (Part.CHECKER,), (Part.SPOT_CHECKER,)

ORDER_TRANSITIONS: dict[tuple[OrderState, OrderStep], Move] = {
    (OrderState.UNASSIGNED, OrderStep.ASSIGN): Move(OrderState.ISSUED, _PLANNER),
    (OrderState.ISSUED, OrderStep.ASSIGN): Move(OrderState.ISSUED, _PLANNER),
    (OrderState.ACCEPTED, OrderStep.ASSIGN): Move(OrderState.ISSUED, _PLANNER),
    (OrderState.IN_PROGRESS, OrderStep.ASSIGN): Move(OrderState.ISSUED, _PLANNER),
    (OrderState.ON_HOLD, OrderStep.ASSIGN): Move(OrderState.ISSUED, _PLANNER),
    (OrderState.REWORK, OrderStep.ASSIGN): Move(OrderState.ISSUED, _PLANNER),
    (OrderState.ISSUED, OrderStep.ACCEPT): Move(OrderState.ACCEPTED, _WORKER),
    (OrderState.ACCEPTED, OrderStep.START): Move(OrderState.IN_PROGRESS, _WORKER),
    (OrderState.REWORK, OrderStep.START): Move(OrderState.IN_PROGRESS, _WORKER),
    (OrderState.ACCEPTED, OrderStep.HOLD): Move(OrderState.ON_HOLD, _EITHER),
    (OrderState.IN_PROGRESS, OrderStep.HOLD): Move(OrderState.ON_HOLD, _EITHER),
    (OrderState.REWORK, OrderStep.HOLD): Move(OrderState.ON_HOLD, _EITHER),
    (OrderState.ON_HOLD, OrderStep.RESUME): Move(OrderState.IN_PROGRESS, _WORKER),
    (OrderState.ACCEPTED, OrderStep.FINISH): Move(OrderState.SELF_CHECKED, _WORKER),
    (OrderState.IN_PROGRESS, OrderStep.FINISH): Move(OrderState.SELF_CHECKED, _WORKER),
    (OrderState.REWORK, OrderStep.FINISH): Move(OrderState.SELF_CHECKED, _WORKER),
    (OrderState.SELF_CHECKED, OrderStep.PASS_CHECK): Move(
        OrderState.AWAITING_SPOT_CHECK, _CHECKER
    ),  # CLOSED: not drawn
    (OrderState.SELF_CHECKED, OrderStep.SEND_BACK): Move(OrderState.REWORK, _CHECKER),
    (OrderState.AWAITING_SPOT_CHECK, OrderStep.PASS_SPOT_CHECK): Move(OrderState.CLOSED, _SPOT_CHECKER),
    (OrderState.AWAITING_SPOT_CHECK, OrderStep.FAIL_SPOT_CHECK): Move(OrderState.REWORK, _SPOT_CHECKER),
    **{(state, OrderStep.CANCEL): Move(OrderState.CANCELLED, _PLANNER) for state in OrderState if state not in FINAL},
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
    origin: Origin = Origin.BY_HAND
    parent: int | None = None  # the order whose finding it mends
    spot_check: SpotCheck = SpotCheck.NONE
    spot_checked_by: int | None = None
    held_until: datetime | None = None  # when ON_HOLD and known
    subject: Title | None = None  # what it is about, where neither an alert kind nor a plan says it
    line: str = ""  # of the parent's checklist: the one that was not in order
    place: str = ""  # where, when no asset says so: a home's address
    request: int | None = None  # that it carries out


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
    detail: str = ""  # of a hold: why, a `clock.Pause`


@dataclass(frozen=True, slots=True)
class Bench:
    """The people (their numbers) who may take each part in one order, beside the person who is responsible."""

    planners: frozenset[int] = frozenset()
    checkers: frozenset[int] = frozenset()
    spot_checkers: frozenset[int] = frozenset()

    def parts(self, order: Order, person: int | None) -> frozenset[Part]:
        """What this person is to the order."""
        found = {
            Part.RESPONSIBLE: person is not None and person == order.person,
            Part.PLANNER: person in self.planners,
            Part.CHECKER: person in self.checkers,
            Part.SPOT_CHECKER: person in self.spot_checkers,
        }
        return frozenset(part for part, held in found.items() if held)


def next_order_state(order: Order, step: OrderStep, person: int | None, bench: Bench) -> OrderState:
    """The state after `step` by `person`; Conflict says why not (a state that forbids it, or a step of other people)."""
    move = ORDER_TRANSITIONS.get((order.state, step))
    if move is None:
        raise Conflict(f"order {order.id} is {order.state}: {step} is not possible now")
    if not bench.parts(order, person).intersection(move.parts):
        raise Conflict(f"order {order.id}: {step} is not for this person: {_WHOSE[move.parts[-1]]}")
    if step is OrderStep.PASS_CHECK and order.spot_check is SpotCheck.NONE:
        return OrderState.CLOSED
    return move.to


def open_steps(order: Order, person: int | None, bench: Bench) -> frozenset[OrderStep]:
    """What this person may do with the order now."""
    parts = bench.parts(order, person)
    return frozenset(
        step for (state, step), move in ORDER_TRANSITIONS.items() if state is order.state and parts & set(move.parts)
    )


def may_add_evidence(order: Order, person: int, bench: Bench) -> bool:
    """Photos and what was used are entered by whoever has a part in an order that is not final."""
    return order.state not in FINAL and bool(bench.parts(order, person))


_WHOSE = {
    Part.RESPONSIBLE: "it is assigned to another person",
    Part.PLANNER: "the foreman of its team, a supervisor, administrator or manager does this",
    Part.CHECKER: "a second person must check it: the team's foreman who did not work on it, or who stands in",
    Part.SPOT_CHECKER: "a third person must check it: a supervisor who neither worked on it nor checked it",
}
