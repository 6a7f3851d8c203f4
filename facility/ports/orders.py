"""The ports of service orders and of the ledger of planned work."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from facility.domain.occurrence import Expansion, Occurrence, OccurrenceState
from facility.domain.order import Order, OrderEvent, OrderState, Origin, WorkKind
from facility.domain.slot import Slot
from facility.domain.usage import Usage


@dataclass(frozen=True, slots=True)
class OrderText:
    """What a reader typed: found in an order's subject or place; `title_ids` and `assets` are those whose names hold it."""

    words: str
    title_ids: frozenset[str] = frozenset()
    assets: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders; None asks for nothing, an empty collection is never met."""

    states: Collection[OrderState] | None = None
    kinds: Collection[WorkKind] | None = None
    origins: Collection[Origin] | None = None
    positions: Collection[str] | None = None
    person: int | None = None
    assets: Collection[str] | None = None
    areas: Collection[str] | None = None  # orders of requests have an area of their own; with it `assets_there`
    assets_there: Collection[str] = ()  # everything that stands in these areas
    overdue_at: datetime | None = None  # not final, and due before then
    due_from: datetime | None = None
    due_before: datetime | None = None
    opened_from: datetime | None = None
    opened_before: datetime | None = None
    closed_from: datetime | None = None
    closed_before: datetime | None = None
    text: OrderText | None = None
    sort: str = "due_at"  # due_at, opened_at, closed_at, number, state, kind, asset, person
    descending: bool = False
    limit: int = 50
    offset: int = 0


class Orders(Protocol):
    """Service orders with their events."""

    def add(self, order: Order) -> Order:
        """Store a new order; for an alert, an occurrence, a finding or a rule to tune that has one already, return that one."""
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

    def find(self, wanted: OrderFilter) -> list[Order]:
        """One page of those that fit; what is alike is sorted by number, so that no page repeats or leaves out an order."""
        ...

    def count(self, wanted: OrderFilter) -> Mapping[OrderState, int]:
        """How many fit in each state, whatever page and states are asked for; states without any are left out."""
        ...

    def changed_at(self, numbers: Collection[int]) -> Mapping[int, datetime]:
        """When each of these was changed last, by its history."""
        ...

    def loads(self) -> Mapping[int, int]:
        """How many orders each person must still work on; those without any are left out."""
        ...

    def checked_since_failure(self, finisher: int | None, positions: Collection[str]) -> int | None:
        """How many orders of this finisher, or of these positions, passed the second check since one failed its spot check.

        The fewer of the two; None when none ever failed.
        """
        ...

    def of_alert(self, alert: int) -> Order | None:
        """The corrective order of an alert."""
        ...

    def of_parent(self, order: int) -> list[Order]:
        """The orders that mend what this one found, oldest first."""
        ...


class Occurrences(Protocol):
    """The ledger of planned work. Lists are sorted by window, plan and asset."""

    def add_missing(self, occurrences: Iterable[Occurrence]) -> int:
        """Insert those whose (plan, asset, slot) is not there, as PLANNED; returns how many were new."""
        ...

    def add_slots(self, groups: Iterable[tuple[str, str, Sequence[Slot]]]) -> int:
        """The same for many (plan, asset, its slots); groups may share one list of slots."""
        ...

    def get(self, occurrence: int) -> Occurrence:
        """One occurrence; NotFound."""
        ...

    def between(self, first: date, last: date) -> list[Occurrence]:
        """Occurrences whose window touches these days."""
        ...

    def unfinished(self, until: date) -> list[Occurrence]:
        """PLANNED and OPEN ones whose window begins by `until`, and MERGED ones whose larger order is not finished."""
        ...

    def tally(self, first: date, last: date) -> Mapping[str, Mapping[OccurrenceState, int]]:
        """By plan: how many of the slots whose window ended in these days are in each state."""
        ...

    def next_days(self) -> Mapping[str, date]:
        """By plan: the next day of what is PLANNED or OPEN; the window's last day where none is given yet."""
        ...

    def placed(self, since: date, until: date) -> list[Occurrence]:
        """PLANNED, OPEN and MERGED ones that were given one of these days."""
        ...

    def of_order(self, order: int) -> list[Occurrence]:
        """The occurrences that an order fulfils: one, or those of a round."""
        ...

    def merged_into(self, occurrence: int) -> list[Occurrence]:
        """The smaller ones whose work this one's order does."""
        ...

    def latest(self, plans: Sequence[str]) -> Mapping[tuple[str, str], Occurrence]:
        """The last occurrence of each (plan, asset) of these plans."""
        ...

    def change(self, occurrence: Occurrence) -> None:
        """Store what can change of an occurrence: all but its plan, asset and slot; NotFound."""
        ...

    def place(self, occurrences: Iterable[Occurrence]) -> None:
        """Store the day and the placement of many, and nothing else of them."""
        ...

    def withdraw(self, plan: str, asset: str, after: date) -> int:
        """Remove PLANNED occurrences whose window begins after a day: they were only foreseen. Returns how many."""
        ...

    def expansions(self) -> Mapping[tuple[str, str], Expansion]:
        """How far each (plan, asset) is expanded."""
        ...

    def expanded(self, expansion: Iterable[Expansion]) -> None:
        """Store how far they are expanded now."""
        ...

    def forget(self, plan: str, asset: str) -> None:
        """This plan is not expanded for this asset any more."""
        ...


class Usages(Protocol):
    """How far counting points have come, by which plans are triggered."""

    def all(self) -> list[Usage]:
        """By asset and point."""
        ...

    def get(self, asset: str, point: str) -> Usage | None:
        """One of them; None when it was never read."""
        ...

    def put(self, usage: Usage) -> None:
        """Insert or replace."""
        ...
