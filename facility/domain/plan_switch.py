"""A plan switched off from a day, or on again: what a person decided, why, when."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class PlanSwitch:
    """How a plan stands. `off_from`: no slot that begins on this day or later; None: it is on. `version` counts changes."""

    plan: str
    off_from: date | None
    reason: str
    person: int
    at: datetime
    version: int = 0  # 0: not stored yet
