"""The ledger of planned work: each (plan, asset, slot) once, and each ends accounted for."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from facility.domain.slot import Slot


class OccurrenceState(StrEnum):
    """PLANNED: the order is not opened yet. OPEN: its order is. The others are final; MISSED counts.

    MERGED: a larger order of the asset does it; PLANNED again when that one was not finished inside this window.
    """

    PLANNED = "planned"
    OPEN = "open"
    DONE = "done"
    MERGED = "merged"
    EXCUSED = "excused"
    MISSED = "missed"


class Reason(StrEnum):
    """Why a slot was excused or missed, when no person gave a reason of their own."""

    NOT_PLANNED = "not_planned"  # its plan or asset has left the site file
    NOT_RUNNING = "not_running"  # its window passed while the program was down
    NOT_FINISHED = "not_finished"  # its order was open and not finished in time
    DONE_BEFORE = "done_before"  # the work was done before it was planned here, as an imported list says
    NO_VACANT_HOME = "no_vacant_home"  # a round of vacant homes, and there was none to visit
    NOT_TAKEN_IN = "not_taken_in"  # the larger order was not finished inside its window


@dataclass(frozen=True, slots=True)
class Placement:
    """Why a slot has its day: minutes of the position on that day beside its capacity, days to choose from, same place."""

    load: int
    capacity: int
    choices: int
    same_place: bool = False
    provisional: bool = False  # the year's holidays are not published yet
    lacks: str = ""  # the skill that nobody on duty has on any day of the window


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One planned piece of work. `id` is 0 until stored; `day`: the day it was given, None until then."""

    id: int
    plan: str
    asset: str
    slot: Slot
    state: OccurrenceState = OccurrenceState.PLANNED
    order: int | None = None
    day: date | None = None
    placement: Placement | None = None
    into: int | None = None  # the larger occurrence whose order does it
    finished_at: datetime | None = None  # the work itself, before its checks
    used: float | None = None  # what the asset had been used in all when the work was finished, or fell due
    ended_by: int | None = None  # who excused it
    reason: str = ""  # a Reason, or the words of who excused it


@dataclass(frozen=True, slots=True)
class Expansion:
    """How far the slots of a plan's asset are in the ledger, and of which trigger."""

    plan: str
    asset: str
    trigger: str  # a digest: another one means that the plan was changed
    until: date
