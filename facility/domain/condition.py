"""A condition: a rule that became true, with its onset; found inside one asset by a collector, or over a site by the scheduler."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from facility.domain.reading import Value
from facility.domain.rule import Truth


class EdgeKind(StrEnum):
    """A condition opens or ends."""

    OPENED = "opened"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Edge:
    """One journalled change of a condition. (`collector`, `sequence`) is unique for ever: taking it in twice changes nothing."""

    collector: str
    sequence: int
    asset: str
    rule: str
    kind: EdgeKind
    onset: datetime  # when the rule's expression first was true (OPENED and ENDED alike)
    at: datetime  # when this edge was decided: after the hold
    point: str = ""  # the point that shows it best, for messages
    value: Value | None = None
    limit: Value | None = None


def folded(edges: Sequence[Edge]) -> list[Edge]:
    """The first and the last two edges of each rule of each asset, in their order: what flapped in between is left out.

    No condition is lost by it: what was open before ends, what is open now stays open, what came and went is told once.
    """
    of_rule: dict[tuple[str, str], list[int]] = {}
    for number, edge in enumerate(edges):
        of_rule.setdefault((edge.asset, edge.rule), []).append(number)
    kept = {number for numbers in of_rule.values() for number in (numbers[0], *numbers[-2:])}
    return [edge for number, edge in enumerate(edges) if number in kept]


@dataclass(frozen=True, slots=True)
class Condition:
    """An open or ended condition as it stands in the work database."""

    asset: str
    rule: str
    onset: datetime
    opened_at: datetime
    collector: str = ""
    ended_at: datetime | None = None
    point: str = ""
    value: Value | None = None
    limit: Value | None = None


class Phase(StrEnum):
    """Where a rule stands between two edges."""

    NORMAL = "normal"
    PENDING = "pending"  # true, but not yet for the hold time
    OPEN = "open"
    CLEARING = "clearing"  # false again, but not yet for the clear-hold time


@dataclass(frozen=True, slots=True)
class Progress:
    """State of one rule of one asset. `since`: start of the phase PENDING or CLEARING; `onset`: of the open condition."""

    phase: Phase = Phase.NORMAL
    since: datetime | None = None
    onset: datetime | None = None

    @property
    def open_now(self) -> bool:
        """The condition is open (also while it is clearing)."""
        return self.phase in (Phase.OPEN, Phase.CLEARING)


def advance(
    progress: Progress, truth: Truth, at: datetime, hold: timedelta, clear_hold: timedelta
) -> tuple[Progress, EdgeKind | None]:
    """The next state of a rule at time `at`, and the edge if there is one.

    UNKNOWN moves nothing: it neither confirms nor clears, and an open condition stays open.
    """
    if truth is Truth.UNKNOWN:
        return progress, None
    if progress.open_now:
        return _advance_open(progress, truth, at, clear_hold)
    if truth is Truth.FALSE:
        return (progress if progress.phase is Phase.NORMAL else Progress()), None
    since = progress.since if progress.phase is Phase.PENDING and progress.since else at
    if at - since >= hold:
        return Progress(Phase.OPEN, None, since), EdgeKind.OPENED
    return Progress(Phase.PENDING, since, None), None


def _advance_open(
    progress: Progress, truth: Truth, at: datetime, clear_hold: timedelta
) -> tuple[Progress, EdgeKind | None]:
    if truth is Truth.TRUE:
        return (progress if progress.phase is Phase.OPEN else replace(progress, phase=Phase.OPEN, since=None)), None
    since = progress.since if progress.phase is Phase.CLEARING and progress.since else at
    if at - since >= clear_hold:
        return Progress(), EdgeKind.ENDED
    return replace(progress, phase=Phase.CLEARING, since=since), None
