"""A drill (演习): a scenario played by the simulators for real people on real channels, marked as a drill wherever it is seen."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from facility.domain.text import Title

AFTERMATH = timedelta(minutes=2)  # what begins so long after a drill's end is still of it
LONGEST = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class DrillSpec:
    """The site file's `drills:`. Only what happens on these links, which simulators serve, is ever of a drill."""

    simulators: str  # address of their control
    links: frozenset[str]


@dataclass(frozen=True, slots=True)
class Drill:
    """One drill. `id` is 0 until stored. It runs until `ended_at`, at the latest until `ends_at`."""

    id: int
    scenario: str
    title: Title
    started_at: datetime
    started_by: int  # person
    ends_at: datetime
    ended_at: datetime | None = None
    participants: tuple[str, ...] = field(default_factory=tuple)  # names
    evaluation: str = ""
    evaluated_by: int | None = None

    def runs(self, now: datetime) -> bool:
        """It is going on."""
        return self.ended_at is None and now < self.ends_at

    def covers(self, at: datetime) -> bool:
        """What begins at this time is of the drill."""
        return self.started_at <= at < (self.ended_at or self.ends_at) + AFTERMATH


@dataclass(frozen=True, slots=True)
class Asked:
    """A drill that somebody wants: scenario, leading person, length, names of participants."""

    scenario: str
    by: int
    minutes: int
    participants: tuple[str, ...] = ()
