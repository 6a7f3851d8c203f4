"""The port of the site file's revisions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Revision:
    """An immutable revision of the site file. `files`: name → text. `assets`: id → retired?"""

    number: int
    digest: str
    applied_at: datetime
    files: dict[str, str]
    changes: tuple[str, ...]


class Revisions(Protocol):
    """Revisions of the site file, and the equipment ledger that they make."""

    def latest(self) -> Revision | None:
        """The newest revision."""
        ...

    def add(self, revision: Revision) -> Revision:
        """Append a revision (its number is given by the store)."""
        ...
