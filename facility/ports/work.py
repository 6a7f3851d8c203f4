"""The work database: one transaction over all that it holds."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from facility.ports.alerts import Alerts
from facility.ports.conditions import Conditions
from facility.ports.figures import AlertRecords
from facility.ports.folds import Folds
from facility.ports.leases import Leases
from facility.ports.notices import Notices
from facility.ports.orders import Occurrences, Orders
from facility.ports.people import People
from facility.ports.revisions import Revisions


class WorkUnit(Protocol):
    """One transaction on the work database."""

    @property
    def conditions(self) -> Conditions: ...
    @property
    def alerts(self) -> Alerts: ...
    @property
    def notices(self) -> Notices: ...
    @property
    def orders(self) -> Orders: ...
    @property
    def occurrences(self) -> Occurrences: ...
    @property
    def people(self) -> People: ...
    @property
    def revisions(self) -> Revisions: ...
    @property
    def leases(self) -> Leases: ...
    @property
    def folds(self) -> Folds: ...
    @property
    def alert_records(self) -> AlertRecords: ...


class Work(Protocol):
    """Conditions, alerts, notices, plans, orders, people. Every row belongs to one site."""

    def prepare(self) -> None:
        """Migrate to the newest schema, or check it: SchemaUnknown when the database is newer than the program."""
        ...

    def reading(self) -> AbstractContextManager[WorkUnit]:
        """A consistent view for reading."""
        ...

    def writing(self, epoch: int | None = None) -> AbstractContextManager[WorkUnit]:
        """A short write transaction, committed at the end and rolled back on an error.

        With `epoch`, the leader's lease is checked inside the transaction: LeaseLost when another has taken it.
        """
        ...

    def figures(self, program: str) -> Mapping[str, float]:
        """How long this program's transactions took, as complete Prometheus series."""
        ...
