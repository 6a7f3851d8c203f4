"""The port of alerts with their events and deadlines."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from facility.domain.alert import Alert, AlertEvent, AlertState, Deadline


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts of all times; an empty field asks for nothing. `since` and `until` are about the onset."""

    levels: tuple[int, ...] = ()
    states: tuple[AlertState, ...] = ()
    kinds: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    missed: bool = False  # only those with a missed deadline
    sort: str = "onset"  # onset, raised_at, level, kind, asset, state
    descending: bool = True
    limit: int = 50
    offset: int = 0


class Alerts(Protocol):
    """Alerts with their events and deadlines."""

    def add(self, alert: Alert, due_at: datetime | None, position: str = "") -> Alert | None:
        """Store a new alert with the deadline of its first step; None when one that is not CLOSED exists for (asset, rule).

        Without `due_at` nobody is promised to be told: it is kept quiet.
        """
        ...

    def get(self, alert: int) -> Alert:
        """One alert; NotFound."""
        ...

    def unclosed(self) -> list[Alert]:
        """All alerts that are not CLOSED, most severe and oldest first."""
        ...

    def recent(self, limit: int) -> list[Alert]:
        """The latest alerts of any state, newest first."""
        ...

    def tell_of(self, asset: str, rule: str, onset: datetime) -> bool:
        """Was there an alert of the rule in whose time (from its onset to its close) this onset lies?"""
        ...

    def latest_of(self, asset: str, rule: str) -> Alert | None:
        """The alert of the rule with the latest onset, of any state."""
        ...

    def find(self, wanted: AlertFilter) -> tuple[list[Alert], int]:
        """One page of those that were asked for, and how many there are on all pages."""
        ...

    def change(self, alert: Alert) -> Alert:
        """Store the alert's new state; returned with its next version."""
        ...

    def log(self, event: AlertEvent) -> None:
        """Append to an alert's history, and to the audit."""
        ...

    def events(self, alert: int) -> list[AlertEvent]:
        """An alert's history, oldest first."""
        ...

    def deadline(self, alert: int) -> Deadline:
        """That of the first step, of the latest round; NotFound."""
        ...

    def deadlines(self, alert: int) -> list[Deadline]:
        """Those of all steps, round by round."""
        ...

    def add_deadline(self, deadline: Deadline) -> None:
        """One more step's; nothing when (alert, round, step) has one."""
        ...

    def missed(self, since: datetime) -> int:
        """How many were recorded as missed since then."""
        ...

    def open_deadlines(self) -> list[Deadline]:
        """Deadlines neither met, recorded as missed nor waived, earliest first."""
        ...

    def change_deadline(self, deadline: Deadline) -> None:
        """Store that a deadline was met, missed or waived."""
        ...
