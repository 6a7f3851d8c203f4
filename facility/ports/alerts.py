"""The port of alerts with their events and deadlines."""

from datetime import datetime
from typing import Protocol

from facility.domain.alert import Alert, AlertEvent, Deadline


class Alerts(Protocol):
    """Alerts with their events and deadlines."""

    def add(self, alert: Alert, due_at: datetime) -> Alert | None:
        """Store a new alert with its deadline; None when one that is not CLOSED exists for (asset, rule)."""
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

    def change(self, alert: Alert) -> None:
        """Store the alert's new state."""
        ...

    def log(self, event: AlertEvent) -> None:
        """Append to an alert's history."""
        ...

    def events(self, alert: int) -> list[AlertEvent]:
        """An alert's history, oldest first."""
        ...

    def deadline(self, alert: int) -> Deadline:
        """The alert's deadline; NotFound."""
        ...

    def open_deadlines(self) -> list[Deadline]:
        """Deadlines neither met nor recorded as missed, earliest first."""
        ...

    def change_deadline(self, deadline: Deadline) -> None:
        """Store that a deadline was met or missed."""
        ...
