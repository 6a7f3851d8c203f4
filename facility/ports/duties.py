"""The port of duties: rosters and what changes them, absences, deputies, the record of people."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from facility.domain.duty import Absence, Deputies
from facility.domain.person import PersonEvent
from facility.domain.roster import Roster, Swap


@dataclass(frozen=True, slots=True)
class ToldVacancy:
    """A coming vacancy that the manager was told of: once, and again the day before."""

    position: str
    begin: datetime
    until: datetime | None
    told_at: datetime
    told_again_at: datetime | None = None


class Duties(Protocol):
    """Who is on duty when, as people entered it."""

    @property
    def writes(self) -> int:
        """How often this transaction has written here: what was read before may be old by now."""
        ...

    def rosters(self) -> list[Roster]:
        """All rosters, by id."""
        ...

    def put_roster(self, roster: Roster) -> None:
        """Insert or replace by id; Conflict when its position has another roster."""
        ...

    def drop_roster(self, roster: str) -> None:
        """Remove a roster with its swaps; NotFound."""
        ...

    def swaps(self, since: date) -> list[Swap]:
        """Exceptions of this day and later ones."""
        ...

    def put_swap(self, swap: Swap) -> None:
        """Insert or replace by roster, day and shift."""
        ...

    def drop_swap(self, roster: str, day: date, shift: str) -> None:
        """Back to the pattern; nothing when there is none."""
        ...

    def absences(self, since: datetime) -> list[Absence]:
        """Absences that are not over before `since`, the earliest first."""
        ...

    def absences_of(self, person: int) -> list[Absence]:
        """All absences of a person, the latest first."""
        ...

    def put_absence(self, absence: Absence) -> Absence:
        """Insert (id 0) or change; NotFound."""
        ...

    def deputies(self) -> Deputies:
        """All deputies, in their order."""
        ...

    def put_deputies(self, of: int | str, deputies: tuple[int, ...]) -> None:
        """Replace the deputies of a person (number) or a position (id)."""
        ...

    def log(self, event: PersonEvent) -> None:
        """Add to the record of a person."""
        ...

    def events(self, person: int) -> list[PersonEvent]:
        """A person's record, newest first."""
        ...

    def told(self) -> list[ToldVacancy]:
        """Vacancies that were told, by position and begin."""
        ...

    def put_told(self, vacancy: ToldVacancy) -> None:
        """Insert or replace by position and begin."""
        ...

    def forget_told(self, before: datetime) -> None:
        """Drop what is long over: begun before, and not told as lasting."""
        ...
