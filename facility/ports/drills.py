"""The ports of drills: their records, and the simulators that play them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from facility.domain.drill import Drill
from facility.domain.errors import FacilityError
from facility.domain.text import Title


class Drills(Protocol):
    """Drills, at most one of which runs."""

    def add(self, drill: Drill) -> Drill:
        """Store a new one; Conflict when one is not ended."""
        ...

    def get(self, drill: int) -> Drill:
        """One drill; NotFound."""
        ...

    def change(self, drill: Drill) -> None:
        """Store its end or its evaluation; NotFound."""
        ...

    def recent(self, limit: int) -> list[Drill]:
        """The latest, newest first."""
        ...


class StageError(FacilityError):
    """The simulators do not answer, or refuse."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What the simulators can play. `lasts`: until its last step."""

    name: str
    title: Title
    explanation: Title
    see: Title  # what people should see
    lasts: timedelta


class Stage(Protocol):
    """The simulators, from the side of those who train with them. StageAway when they do not answer, StageRefused."""

    def scenarios(self) -> Sequence[Scenario]:
        """What can be played."""
        ...

    def play(self, scenario: str) -> None:
        """Begin a scenario at real speed."""
        ...

    def stop(self) -> None:
        """End the scenario and every fault of it."""
        ...
