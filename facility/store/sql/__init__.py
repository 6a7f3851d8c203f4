"""The work database on SQLite or PostgreSQL."""

import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property

from sqlalchemy import Connection

from facility.ports import WorkUnit
from facility.store.files import keep_room
from facility.store.sql.alert_records import SqlAlertRecords
from facility.store.sql.alerts import SqlAlerts
from facility.store.sql.conditions import SqlConditions
from facility.store.sql.engine import open_database
from facility.store.sql.folds import SqlFolds
from facility.store.sql.leases import SCHEDULER, SqlLeases
from facility.store.sql.migrate import migrate
from facility.store.sql.notices import SqlNotices
from facility.store.sql.occurrences import SqlOccurrences
from facility.store.sql.orders import SqlOrders
from facility.store.sql.people import SqlPeople
from facility.store.sql.revisions import SqlRevisions


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
        return SqlAlerts(self._connection, self._site)

    @cached_property
    def notices(self) -> SqlNotices:
        """The outbox."""
        return SqlNotices(self._connection, self._site)

    @cached_property
    def orders(self) -> SqlOrders:
        """Service orders."""
        return SqlOrders(self._connection, self._site)

    @cached_property
    def occurrences(self) -> SqlOccurrences:
        """Planned work."""
        return SqlOccurrences(self._connection, self._site)

    @cached_property
    def people(self) -> SqlPeople:
        """People."""
        return SqlPeople(self._connection, self._site)

    @cached_property
    def revisions(self) -> SqlRevisions:
        """Revisions of the site file."""
        return SqlRevisions(self._connection, self._site)

    @cached_property
    def leases(self) -> SqlLeases:
        """The leader's lease."""
        return SqlLeases(self._connection, self._site)

    @cached_property
    def folds(self) -> SqlFolds:
        """Consequences."""
        return SqlFolds(self._connection, self._site)

    @cached_property
    def alert_records(self) -> SqlAlertRecords:
        """What figures are made of."""
        return SqlAlertRecords(self._connection, self._site)
