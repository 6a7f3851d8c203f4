"""The work database on SQLite or PostgreSQL."""

import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property

from sqlalchemy import Connection

from facility.ports import WorkUnit
from facility.store.files import keep_room
from facility.store.sql.accounts import SqlAccounts, SqlSessions
from facility.store.sql.alert_records import SqlAlertRecords
from facility.store.sql.alerts import SqlAlerts
from facility.store.sql.api_keys import SqlApiKeys
from facility.store.sql.audit import SqlAudit
from facility.store.sql.calendars import SqlCalendarFeeds
from facility.store.sql.channels import SqlChannels, SqlReceipts
from facility.store.sql.conditions import SqlConditions
from facility.store.sql.daily_lists import SqlDailyLists, SqlReportPlaces
from facility.store.sql.drills import SqlDrills
from facility.store.sql.duties import SqlDuties
from facility.store.sql.engine import open_database
from facility.store.sql.evidence import SqlPhotos, SqlResults, SqlUsedThings
from facility.store.sql.folds import SqlFolds
from facility.store.sql.handovers import SqlHandovers
from facility.store.sql.home_visits import SqlHomeVisits
from facility.store.sql.homes import SqlHomes
from facility.store.sql.leases import SCHEDULER, SqlLeases
from facility.store.sql.migrate import migrate
from facility.store.sql.notices import SqlNotices
from facility.store.sql.occurrences import SqlOccurrences
from facility.store.sql.order_records import SqlAssessments, SqlOrderRecords
from facility.store.sql.orders import SqlOrders
from facility.store.sql.past_services import SqlPastServices
from facility.store.sql.people import SqlPeople
from facility.store.sql.plan_changes import SqlPlanChanges
from facility.store.sql.plan_steps import SqlPlanSteps
from facility.store.sql.plan_switches import SqlPlanSwitches
from facility.store.sql.renewals import SqlRenewals
from facility.store.sql.reports import SqlReports
from facility.store.sql.requests import SqlRequests
from facility.store.sql.revisions import SqlRevisions
from facility.store.sql.sign_ins import SqlSignIns
from facility.store.sql.suppressions import SqlAnnouncements, SqlSuppressions
from facility.store.sql.usages import SqlUsages


class SqlWork:
    """Port Work. `url`: `sqlite:////path/work.db` or `postgresql://user:password@host/name`. Safe to share by threads."""

    def __init__(self, url: str, site_id: str) -> None:
        self._database = open_database(url, "work")
        weakref.finalize(self, self._database.engine.dispose)
        self._site = site_id

    def prepare(self) -> None:
        """Migrate, and keep room for a full disk; SchemaUnknown, StoreUnavailable."""
        migrate(self._database)
        if self._database.file is not None:
            keep_room(self._database.file)

    @contextmanager
    def reading(self) -> Iterator[WorkUnit]:
        """One consistent moment."""
        with self._database.reading() as connection:
            yield SqlUnit(connection, self._site)

    @contextmanager
    def writing(self, epoch: int | None = None) -> Iterator[WorkUnit]:
        """All or nothing; LeaseLost when `epoch` no longer leads."""
        with self._database.writing(self._site) as connection:
            unit = SqlUnit(connection, self._site)
            if epoch is not None:
                unit.leases.require(SCHEDULER, epoch)
            yield unit

    def figures(self, program: str) -> Mapping[str, float]:
        """Durations of transactions, each with its wait for the lock and its commit."""
        return self._database.figures(f'program="{program}",store="work"')

    def close(self) -> None:
        """Give back all connections."""
        self._database.engine.dispose()


class SqlUnit:
    """Port WorkUnit: repositories on one transaction."""

    def __init__(self, connection: Connection, site: str) -> None:
        self._connection = connection
        self._site = site

    @cached_property
    def conditions(self) -> SqlConditions:
        """Conditions."""
        return SqlConditions(self._connection, self._site)

    @cached_property
    def alerts(self) -> SqlAlerts:
        """Alerts."""
        return SqlAlerts(self._connection, self._site, self.audit)

    @cached_property
    def audit(self) -> SqlAudit:
        """The audit."""
        return SqlAudit(self._connection, self._site)

    @cached_property
    def usage(self) -> SqlUsages:
        """How far counting points have come."""
        return SqlUsages(self._connection, self._site)

    @cached_property
    def suppressions(self) -> SqlSuppressions:
        """What keeps alerts quiet."""
        return SqlSuppressions(self._connection, self._site)

    @cached_property
    def announcements(self) -> SqlAnnouncements:
        """Announced outages."""
        return SqlAnnouncements(self._connection, self._site)

    @cached_property
    def notices(self) -> SqlNotices:
        """The outbox."""
        return SqlNotices(self._connection, self._site)

    @cached_property
    def channels(self) -> SqlChannels:
        """Health of the message channels."""
        return SqlChannels(self._connection, self._site)

    @cached_property
    def receipts(self) -> SqlReceipts:
        """Receipts of gateways."""
        return SqlReceipts(self._connection, self._site)

    @cached_property
    def orders(self) -> SqlOrders:
        """Service orders."""
        return SqlOrders(self._connection, self._site)

    @cached_property
    def order_records(self) -> SqlOrderRecords:
        """Orders, for counting."""
        return SqlOrderRecords(self._connection, self._site)

    @cached_property
    def reports(self) -> SqlReports:
        """Frozen reports."""
        return SqlReports(self._connection, self._site)

    @cached_property
    def assessments(self) -> SqlAssessments:
        """Assessments of buildings."""
        return SqlAssessments(self._connection, self._site)

    @cached_property
    def results(self) -> SqlResults:
        """What checks found."""
        return SqlResults(self._connection, self._site)

    @cached_property
    def photos(self) -> SqlPhotos:
        """Photos of orders."""
        return SqlPhotos(self._connection, self._site)

    @cached_property
    def used(self) -> SqlUsedThings:
        """Parts, materials, paid work."""
        return SqlUsedThings(self._connection, self._site)

    @cached_property
    def requests(self) -> SqlRequests:
        """Requests and complaints."""
        return SqlRequests(self._connection, self._site)

    @cached_property
    def daily_lists(self) -> SqlDailyLists:
        """Daily unresolved lists."""
        return SqlDailyLists(self._connection, self._site)

    @cached_property
    def calendars(self) -> SqlCalendarFeeds:
        """Calendar feeds."""
        return SqlCalendarFeeds(self._connection, self._site)

    @cached_property
    def handovers(self) -> SqlHandovers:
        """The shift handover log."""
        return SqlHandovers(self._connection, self._site)

    @cached_property
    def report_places(self) -> SqlReportPlaces:
        """Places of the public form."""
        return SqlReportPlaces(self._connection, self._site)

    @cached_property
    def occurrences(self) -> SqlOccurrences:
        """Planned work."""
        return SqlOccurrences(self._connection, self._site)

    @cached_property
    def past_services(self) -> SqlPastServices:
        """Work that was done before."""
        return SqlPastServices(self._connection, self._site)

    @cached_property
    def plan_changes(self) -> SqlPlanChanges:
        """Plans that people changed."""
        return SqlPlanChanges(self._connection, self._site)

    @cached_property
    def plan_switches(self) -> SqlPlanSwitches:
        """Plans that people switched off or on."""
        return SqlPlanSwitches(self._connection, self._site)

    @cached_property
    def people(self) -> SqlPeople:
        """People."""
        return SqlPeople(self._connection, self._site)

    @cached_property
    def duties(self) -> SqlDuties:
        """Rosters, absences, deputies."""
        return SqlDuties(self._connection, self._site)

    @cached_property
    def renewals(self) -> SqlRenewals:
        """Renewed certificates."""
        return SqlRenewals(self._connection, self._site)

    @cached_property
    def revisions(self) -> SqlRevisions:
        """Revisions of the site file."""
        return SqlRevisions(self._connection, self._site)

    @cached_property
    def leases(self) -> SqlLeases:
        """The leader's lease."""
        return SqlLeases(self._connection, self._site)

    @cached_property
    def drills(self) -> SqlDrills:
        """Drills."""
        return SqlDrills(self._connection, self._site)

    @cached_property
    def plan_steps(self) -> SqlPlanSteps:
        """Steps of emergency plans that were ticked off."""
        return SqlPlanSteps(self._connection, self._site)

    @cached_property
    def accounts(self) -> SqlAccounts:
        """Who may sign in."""
        return SqlAccounts(self._connection, self._site)

    @cached_property
    def sessions(self) -> SqlSessions:
        """Who is signed in."""
        return SqlSessions(self._connection, self._site)

    @cached_property
    def api_keys(self) -> SqlApiKeys:
        """Keys of machines."""
        return SqlApiKeys(self._connection, self._site)

    @cached_property
    def sign_ins(self) -> SqlSignIns:
        """The record of signing in."""
        return SqlSignIns(self._connection, self._site)

    @cached_property
    def home_visits(self) -> SqlHomeVisits:
        """Vacant homes that orders list."""
        return SqlHomeVisits(self._connection, self._site)

    @cached_property
    def homes(self) -> SqlHomes:
        """Homes and their people."""
        return SqlHomes(self._connection, self._site)

    @cached_property
    def folds(self) -> SqlFolds:
        """Consequences."""
        return SqlFolds(self._connection, self._site)

    @cached_property
    def alert_records(self) -> SqlAlertRecords:
        """What figures are made of."""
        return SqlAlertRecords(self._connection, self._site)
