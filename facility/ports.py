"""Ports: what the flow needs of the world outside, as Protocols. Adapters stand in `store/`, `bus`, `clock`, and the programs.

Stores are synchronous: asyncio programs call them in a thread. All times are aware datetimes in UTC.
"""

from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol, runtime_checkable

from facility.domain.alert import Alert, AlertEvent, Deadline
from facility.domain.condition import Condition, Edge
from facility.domain.counter import Counter
from facility.domain.notice import Answer, Notice
from facility.domain.occurrence import Occurrence
from facility.domain.order import Order, OrderEvent
from facility.domain.person import Person
from facility.domain.rollup import Counters, Rolled, Rollup
from facility.domain.state import AssetState, ProgramState


class Clock(Protocol):
    """Time. `now()` is an anchor plus the monotonic clock, so that a step of the wall clock is absorbed in one place."""

    def now(self) -> datetime:
        """The present time, UTC, never going back."""
        ...

    def monotonic(self) -> float:
        """Seconds since some start; the base of every wait and timeout."""
        ...


@dataclass(frozen=True, slots=True)
class Sample:
    """One window of history: its start, mean, minimum, maximum, last value and number of stored values (0: a gap).

    `width`: of the roll-up that it comes from where that is wider than was asked, because the readings are gone.
    """

    at: datetime
    mean: float | None
    low: float | None
    high: float | None
    last: float | None
    count: int
    width: timedelta = field(default=timedelta(0), compare=False)


class History(Protocol):
    """Readings for years. Takes lines of the InfluxDB line protocol, times in nanoseconds, as the spool holds them.

    Line: `<asset class>,site=<id>,asset=<id> <point>=<float>,<point>_text="…",<point>_quality="bad:timeout" <ns>`.
    Writing a line twice changes nothing; two lines of one series and time are merged, later fields winning.
    """

    def prepare(self) -> None:
        """Make bucket, retention or tables where allowed; StoreUnavailable, StoreRejected."""
        ...

    def write(self, lines: bytes) -> None:
        """Store all lines durably or raise: StoreUnavailable (try again), StoreRejected (at least one line is bad)."""
        ...

    def windows(
        self, asset_class: str, asset: str, point: str, since: datetime, until: datetime, every: timedelta
    ) -> list[Sample]:
        """The point's values of [since, until) in windows of `every`, oldest first, empty windows left out.

        Read from the coarsest roll-up that fits, from readings where nothing is rolled up yet.
        """
        ...

    def rollups(
        self,
        asset_class: str,
        asset: str,
        point: str,
        since: datetime,
        until: datetime,
        every: timedelta,
        counter: Counter | None = None,
    ) -> list[Rollup]:
        """As `windows`, with the first value and, of a counter, what was counted inside each window."""
        ...

    def roll_up(self, now: datetime, counters: Counters) -> Rolled:
        """One step of rolling up, bounded in time: windows that ended, then windows that late lines changed.

        Idempotent, whoever calls it. StoreUnavailable, StoreRejected: nothing was lost, call again later.
        """
        ...

    def count(self, asset_class: str, asset: str, since: datetime, until: datetime) -> int:
        """Number of stored times (lines) of an asset in [since, until)."""
        ...


@runtime_checkable
class GzipHistory(History, Protocol):
    """A history that takes compressed lines as they are."""

    def write_gzip(self, body: bytes) -> None:
        """As `write`; the lines as gzip members in a row."""
        ...


class Live(Protocol):
    """Present values: one row an asset, rebuildable. `version` grows with each write, so that readers see what changed."""

    def prepare(self) -> None:
        """Make the table."""
        ...

    def put(self, states: Collection[AssetState]) -> None:
        """Replace the rows of these assets."""
        ...

    def get(self, assets: Collection[str] | None = None) -> dict[str, AssetState]:
        """The rows of these assets (None: all)."""
        ...

    def changed(self, since: int) -> tuple[int, dict[str, AssetState]]:
        """The highest version, and the rows written after version `since`."""
        ...

    def put_program(self, state: ProgramState) -> None:
        """Replace a program's own account."""
        ...

    def programs(self) -> dict[str, ProgramState]:
        """The accounts of all programs."""
        ...


class Conditions(Protocol):
    """Conditions, taken in from the collectors' journals."""

    def take(self, edges: Iterable[Edge]) -> int:
        """Take edges in, in their order; those already taken (collector, sequence) are skipped. Returns how many were new."""
        ...

    def reconcile(self, collector: str, open_now: Collection[Edge], at: datetime) -> int:
        """Make the collector's open set equal to `open_now` (its OPENED edges). Returns how many rows were mended."""
        ...

    def put_site(self, condition: Condition) -> None:
        """Store a site rule's condition (collector ""): opened, or ended when `ended_at` is set."""
        ...

    def open(self) -> list[Condition]:
        """All open conditions."""
        ...

    def recent(self, limit: int) -> list[Condition]:
        """The latest conditions, newest onset first."""
        ...

    def unweighed(self, since: datetime, limit: int) -> list[Condition]:
        """Ended conditions that were not weighed since they ended, and ended at or after `since`; oldest end first."""
        ...

    def weighed(self, conditions: Iterable[Condition]) -> None:
        """Remember that it was decided whether these are news; one that opens again is weighed again."""
        ...

    def ended(self, rule: str, since: datetime) -> list[Condition]:
        """Conditions of a rule, of any asset, that ended at or after `since`."""
        ...

    def last_end(self, asset: str, rule: str) -> datetime | None:
        """When the latest ended condition of the rule ended."""
        ...


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


class Notices(Protocol):
    """The outbox."""

    def add(self, notice: Notice) -> bool:
        """Queue a notice; False when its key exists already."""
        ...

    def due(self, now: datetime, limit: int) -> list[Notice]:
        """WAITING notices whose `next_at` has come: level 1 first, then oldest first."""
        ...

    def change(self, notice: Notice) -> None:
        """Store the outcome of an attempt."""
        ...

    def of_alert(self, alert: int) -> list[Notice]:
        """All notices of an alert, oldest first."""
        ...

    def of_order(self, order: int) -> list[Notice]:
        """All notices of an order, oldest first."""
        ...

    def waiting(self) -> list[Notice]:
        """All notices not yet accepted by their channel."""
        ...


class Orders(Protocol):
    """Service orders with their events."""

    def add(self, order: Order) -> Order:
        """Store a new order; for an alert or an occurrence that has one already, return that one."""
        ...

    def get(self, order: int) -> Order:
        """One order; NotFound."""
        ...

    def change(self, order: Order) -> Order:
        """Store the order if its `version` is still the stored one (Conflict otherwise); returns it with the next version."""
        ...

    def log(self, event: OrderEvent) -> bool:
        """Append to an order's history; False when (order, key) is there already."""
        ...

    def events(self, order: int) -> list[OrderEvent]:
        """An order's history, oldest first."""
        ...

    def recent(self, limit: int, *, unfinished_only: bool = False) -> list[Order]:
        """Orders, newest first."""
        ...

    def of_alert(self, alert: int) -> Order | None:
        """The corrective order of an alert."""
        ...


class Occurrences(Protocol):
    """The ledger of planned work."""

    def add_missing(self, occurrences: Iterable[Occurrence]) -> int:
        """Insert those whose (plan, asset, slot) is not there; returns how many were new."""
        ...

    def between(self, first: date, last: date) -> list[Occurrence]:
        """Occurrences whose window touches these days."""
        ...

    def unfinished_before(self, day: date) -> list[Occurrence]:
        """PLANNED or OPEN occurrences whose window ended before `day`."""
        ...

    def of_order(self, order: int) -> Occurrence | None:
        """The occurrence that an order fulfils."""
        ...

    def change(self, occurrence: Occurrence) -> None:
        """Store the occurrence's new state and order."""
        ...


class People(Protocol):
    """People and the positions they fill."""

    def all(self) -> list[Person]:
        """Everybody, by login."""
        ...

    def get(self, person: int) -> Person:
        """One person; NotFound."""
        ...

    def holders(self, position: str) -> list[Person]:
        """Who fills the position now, in a stable order; the first is the one who is assigned work."""
        ...

    def put(self, person: Person) -> Person:
        """Insert or replace by login; returns the person with its id."""
        ...


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


@dataclass(frozen=True, slots=True)
class Lease:
    """Leadership as it stands in the database: `epoch` grows with each takeover, `beat` with each sign of life."""

    holder: str
    epoch: int
    beat: int


class Leases(Protocol):
    """The leader's lease. Ages are judged by the reader's own monotonic clock, never by wall clocks."""

    def read(self, name: str) -> Lease | None:
        """The lease as it stands."""
        ...

    def seize(self, name: str, holder: str, over: Lease | None) -> Lease | None:
        """Take the lease if it still is as `over` says (epoch and beat); None when it changed meanwhile."""
        ...

    def beat(self, name: str, epoch: int) -> bool:
        """Sign of life; False when the epoch is no longer ours."""
        ...


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


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A notice as a channel sends it: rendered text, the recipient's address on that channel, the link to act on."""

    key: str
    to: str
    title: str  # the first line: fits a lock screen
    text: str  # all lines, plain
    link: str
    level: int


class Channel(Protocol):
    """A message channel: sends, and says what the vendor's own answer means. Never raises for what a vendor can do."""

    def send(self, outgoing: Outgoing) -> Answer:
        """Send now; blocks for at most the channel's timeout."""
        ...


Channels = dict[str, Channel]
