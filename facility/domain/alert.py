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
    RETURN = "return"  # its condition ended (or, of an alert raised by hand, a person says so)
    RECUR = "recur"  # the condition opened again
    RESET = "reset"  # latched: the panel was reset
    RENEW = "renew"  # told again while it stands: its shelf, or what else kept it quiet, is over
    LAPSE = "lapse"  # kept quiet from first to last: nobody was told, nobody has to acknowledge


_A, _K, _R, _C = (
    AlertState.ACTIVE_UNACKNOWLEDGED,
    AlertState.ACTIVE_ACKNOWLEDGED,
    AlertState.RETURNED_UNACKNOWLEDGED,
    AlertState.CLOSED,
)
TRANSITIONS: dict[tuple[AlertState, AlertStep, bool], AlertState] = {
    # (state, step, latched): the state afterwards. What is not listed is refused.
    (_A, AlertStep.ACKNOWLEDGE, False): _K,
    (_A, AlertStep.RETURN, False): _R,
    (_A, AlertStep.RENEW, False): _A,
    (_A, AlertStep.LAPSE, False): _C,
    (_K, AlertStep.RETURN, False): _C,
    (_K, AlertStep.RENEW, False): _A,
    (_R, AlertStep.ACKNOWLEDGE, False): _C,
    (_R, AlertStep.RECUR, False): _A,
    (_A, AlertStep.ACKNOWLEDGE, True): _K,
    (_A, AlertStep.RECUR, True): _A,
    (_A, AlertStep.RESET, True): _R,
    (_K, AlertStep.RECUR, True): _A,
    (_K, AlertStep.RESET, True): _C,
    (_R, AlertStep.ACKNOWLEDGE, True): _C,
    (_R, AlertStep.RECUR, True): _A,
}
"""The whole life cycle (ISA-18.2; OPC UA Part 9: active, acknowledged, latched)."""

BY_HAND = "hand:"
"""First letters of the rule of an alert that a person raised; the rest makes a second click the same alert."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. `id` is 0 until stored; one alert that is not CLOSED per (asset, rule)."""

    id: int
    asset: str
    rule: str
    kind: str  # alert kind: mains_lost, comm_lost, …
    level: int
    state: AlertState
    onset: datetime  # raised by hand: when the person was told of it
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
    area: str = ""
    note: str = ""  # raised by hand: what the person wrote
    raised_by: int | None = None  # person
    latched: bool = False  # ends only by the panel's reset and an acknowledgement; nothing may keep it quiet
    hidden: str = ""  # kept quiet now: a SuppressionKind
    round: int = 0  # how often it was told anew: after it recurred, or after what kept it quiet was over
    round_at: datetime | None = None  # when that telling began; None: when it was raised
    announced: int | None = None  # the outage that the utility announced
    version: int = 0  # grows with each change

    @property
    def told_from(self) -> datetime:
        """The moment from which the steps of its ladder are counted."""
        return self.round_at or self.raised_at

    @property
    def by_hand(self) -> bool:
        """Raised by a person: no condition ends it."""
        return self.rule.startswith(BY_HAND)


TOLD = frozenset({"told", "told_all_clear", "refused"})
"""Events whose person is the one to whom the program sent a message."""


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """One line of an alert's history: what happened, when, by whom (None: the program), in words of the locale."""

    alert: int
    at: datetime
    what: str  # raised, acknowledged, returned, recurred, told, told_by_phone, shelved, …: `pages.event.<what>`
    person: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The promise behind one step of an alert's ladder: its people told by `due_at`, kept at `met_at`, or missed."""

    alert: int
    due_at: datetime
    met_at: datetime | None = None
    notice: int | None = None  # the proof, when a channel accepted it
    missed_at: datetime | None = None  # when the miss was recorded
    round: int = 0
    step: int = 0
    position: str = ""  # who is told in this step
    proof: str = ""  # without a notice: acknowledged, told_by_phone
    waived_at: datetime | None = None  # no longer wanted: somebody acknowledged before this step

    @property
    def kept(self) -> bool:
        """Met in time."""
        return self.met_at is not None and self.met_at <= self.due_at


def next_state(state: AlertState, step: AlertStep, *, latched: bool = False) -> AlertState:
    """The state after `step`; Conflict when the state does not allow it."""
    try:
        return TRANSITIONS[state, step, latched]
    except KeyError:
        kind = "a latched alert" if latched else "an alert"
        raise Conflict(f"{kind} that is {state} cannot {step}") from None
