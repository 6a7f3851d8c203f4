"""The port of the audit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from facility.domain.audit import AuditRow


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which rows are wanted; what is empty asks for nothing. `action` and `subject`: all of it, or its first word (alert, person)."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None  # before it
    limit: int = 50
    offset: int = 0


class Audit(Protocol):
    """What was done, by whom: append-only, each row with the hash of the one before."""

    def note(
        self, at: datetime, person: int | None, action: str, subject: str, detail: Mapping[str, object] | None = None
    ) -> AuditRow:
        """Append. `person` None: the program. `action`: alert.shelved, person.changed, …; `subject`: alert:17.

        `detail` has plain values (texts, numbers, lists of them); no secrets.
        """
        ...

    def rows(self, subject: str = "") -> Iterator[AuditRow]:
        """All rows, or those of one subject, oldest first."""
        ...

    def row(self, number: int) -> AuditRow | None:
        """One row; None when it is not there."""
        ...

    def find(self, wanted: AuditFilter) -> tuple[list[AuditRow], int]:
        """One page of the rows, newest first, and how many there are on all pages."""
        ...

    def head(self) -> AuditRow | None:
        """The last row: who keeps its number and hash elsewhere sees when rows are cut off at the end."""
        ...
