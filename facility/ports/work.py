"""The work database: one transaction over all that it holds."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from facility.ports.accounts import Accounts, ApiKeys, Sessions, SignIns
from facility.ports.alerts import Alerts
from facility.ports.audit import Audit
from facility.ports.channels import Channels, Receipts
from facility.ports.conditions import Conditions
from facility.ports.drills import Drills
from facility.ports.duties import Duties
from facility.ports.emergencies import PlanSteps
from facility.ports.evidence import Photos, Results, UsedThings
from facility.ports.figures import AlertRecords
from facility.ports.folds import Folds
from facility.ports.homes import Homes
from facility.ports.leases import Leases
from facility.ports.notices import Notices
from facility.ports.orders import Occurrences, Orders, Usages
from facility.ports.past_services import PastServices
from facility.ports.people import People
from facility.ports.plan_switches import PlanSwitches
from facility.ports.renewals import Renewals
from facility.ports.revisions import Revisions
from facility.ports.suppressions import Announcements, Suppressions


class WorkUnit(Protocol):
    """One transaction on the work database."""

    @property
    def conditions(self) -> Conditions: ...
    @property
    def alerts(self) -> Alerts: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def suppressions(self) -> Suppressions: ...
    @property
    def announcements(self) -> Announcements: ...
    @property
    def notices(self) -> Notices: ...
    @property
    def channels(self) -> Channels: ...
    @property
    def receipts(self) -> Receipts: ...
    @property
    def orders(self) -> Orders: ...
    @property
    def results(self) -> Results: ...
    @property
    def photos(self) -> Photos: ...
    @property
    def used(self) -> UsedThings: ...
    @property
    def occurrences(self) -> Occurrences: ...
    @property
    def usage(self) -> Usages: ...
    @property
    def past_services(self) -> PastServices: ...
    @property
    def plan_switches(self) -> PlanSwitches: ...
    @property
    def people(self) -> People: ...
    @property
    def duties(self) -> Duties: ...
    @property
    def renewals(self) -> Renewals: ...
    @property
    def revisions(self) -> Revisions: ...
    @property
    def leases(self) -> Leases: ...
    @property
    def drills(self) -> Drills: ...
    @property
    def plan_steps(self) -> PlanSteps: ...
    @property
    def accounts(self) -> Accounts: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def api_keys(self) -> ApiKeys: ...
    @property
    def sign_ins(self) -> SignIns: ...
    @property
    def folds(self) -> Folds: ...
    @property
    def homes(self) -> Homes: ...
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
