"""The port of frozen reports."""

from datetime import date
from typing import Protocol

from facility.domain.report import Report, ReportKind


class Reports(Protocol):
    """Reports; one that was made is never changed."""

    def add(self, report: Report) -> bool:
        """False when there is one of this kind, team and period."""
        ...

    def get(self, report: int) -> Report:
        """NotFound."""
        ...

    def has(self, kind: ReportKind, team: str, first: date) -> bool:
        """There is one of the period that begins on this day."""
        ...

    def find(self, kind: ReportKind | None, limit: int, offset: int) -> tuple[list[Report], int]:
        """One page, newest first and without their content, and how many there are."""
        ...
