"""An alert: our record that people must be told of something, from its onset to its close (ISA-18.2)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from facility.domain.errors import Conflict
from facility.domain.reading import Value

DEADLINES = {1: timedelta(seconds=300), 2: timedelta(seconds=600), 3: timedelta(hours=24)}
"""From onset to proof, by level (requirements: graded information)."""


class AlertState(StrEnum):
    """Life cycle; CLOSED is final."""

    ACTIVE_UNACKNOWLEDGED = "active_unacknowledged"
    ACTIVE_ACKNOWLEDGED = "active_acknowledged"
    RETURNED_UNACKNOWLEDGED = "returned_unacknowledged"
    CLOSED = "closed"

    @property
    def active(self) -> bool:
        """The cause is still there."""
        return self in (AlertState.ACTIVE_UNACKNOWLEDGED, AlertState.ACTIVE_ACKNOWLEDGED)


class AlertStep(StrEnum):
    """What can happen to an alert."""

    ACKNOWLEDGE = "acknowledge"
    RETURN = "return"
    RECUR = "recur"  # the condition opened again before anybody acknowledged


TRANSITIONS: dict[tuple[AlertState, AlertStep], AlertState] = {
    (AlertState.ACTIVE_UNACKNOWLEDGED, AlertStep.ACKNOWLEDGE): AlertState.ACTIVE_ACKNOWLEDGED,
    (AlertState.ACTIVE_UNACKNOWLEDGED, AlertStep.RETURN): AlertState.RETURNED_UNACKNOWLEDGED,
    (AlertState.ACTIVE_ACKNOWLEDGED, AlertStep.RETURN): AlertState.CLOSED,
    (AlertState.RETURNED_UNACKNOWLEDGED, AlertStep.ACKNOWLEDGE): AlertState.CLOSED,
    (AlertState.RETURNED_UNACKNOWLEDGED, AlertStep.RECUR): AlertState.ACTIVE_UNACKNOWLEDGED,
}


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. `id` is 0 until stored; one alert that is not CLOSED per (asset, rule)."""

    id: int
    asset: str
    rule: str
    kind: str  # alert kind: mains_lost, comm_lost, …
    level: int
    state: AlertState
    onset: datetime
    raised_at: datetime
    acknowledged_at: datetime | None = None
    acknowledged_by: int | None = None  # person
    returned_at: datetime | None = None
    closed_at: datetime | None = None
    late: bool = False  # raised after its deadline had passed (old onset, long stop)
    point: str = ""
    value: Value | None = None
    limit: Value | None = None
    drill: int | None = None  # the drill that it is of


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """One line of an alert's history: what happened, when, by whom (None: the program), in words of the locale."""

    alert: int
    at: datetime
    # raised, acknowledged, returned, recurred, earlier, closed, told, refused, escalated, deadline_missed, order_opened, plan_step
    what: str
    person: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The promise behind an alert: somebody told by `due_at`, kept at `met_at` by `notice`, or missed."""

    alert: int
    due_at: datetime
    met_at: datetime | None = None
    notice: int | None = None
    missed_at: datetime | None = None  # when the miss was recorded


def next_state(state: AlertState, step: AlertStep) -> AlertState:
    """The state after `step`; Conflict when the state does not allow it."""
    try:
        return TRANSITIONS[state, step]
    except KeyError:
        raise Conflict(f"an alert that is {state} cannot {step}") from None
