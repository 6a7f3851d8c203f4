"""The ledger of planned work: each (plan, asset, slot) once, and each ends accounted for."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class OccurrenceState(StrEnum):
    """PLANNED: the order is not opened yet. OPEN: its order is. The others are final; MISSED counts."""

    PLANNED = "planned"
    OPEN = "open"
    DONE = "done"
    MERGED = "merged"
    EXCUSED = "excused"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One planned piece of work. `id` is 0 until stored."""

    id: int
    plan: str
    asset: str
    slot: str
    first: date
    last: date
    state: OccurrenceState = OccurrenceState.PLANNED
    order: int | None = None
