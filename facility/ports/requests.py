"""The ports of requests and complaints, and of the daily lists that are made of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from facility.domain.request import FollowUp, OutsideStep, Request, RequestEvent, RequestKind, RequestState


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """Which requests are wanted; what is empty asks for nothing. `text`: number, words or place."""

    kinds: Collection[RequestKind] = ()
    states: Collection[RequestState] = ()
    category: str = ""
    areas: Collection[str] = ()
    text: str = ""
    since: datetime | None = None  # received
    until: datetime | None = None
    finished_since: datetime | None = None
    finished_until: datetime | None = None
    oldest_first: bool = False
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True, slots=True)
class DailyList:
    """The unresolved work of a day as it stood in the evening. `rows`: plain values, frozen."""

    day: date
    made_at: datetime
    rows: tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True)
class ReportPlace:
    """Where a QR code of the public form hangs. `token_hash`: of what its address holds. `revoked_at`: it works no more."""

    id: int
    token_hash: str
    area: str
    asset: str
    place: str
    made_at: datetime
    revoked_at: datetime | None = None


class Requests(Protocol):
    """Requests with their events, call backs and outside steps."""

    def add(self, request: Request, key: str) -> Request:
        """Store a new one with its id; the one that has this key already."""
        ...

    def get(self, request: int) -> Request:
        """NotFound."""
        ...

    def change(self, request: Request) -> Request:
        """Store it if its `version` is still the stored one (Conflict otherwise); returns it with the next version."""
        ...

    def of_order(self, order: int) -> Request | None:
        """The request that an order belongs to."""
        ...

    def find(self, wanted: RequestFilter) -> tuple[list[Request], int]:
        """One page, newest first (or oldest), and how many there are on all pages."""
        ...

    def log(self, event: RequestEvent) -> bool:
        """Append to its history; False when (request, key) is there already."""
        ...

    def events(self, requests: Collection[int]) -> Mapping[int, list[RequestEvent]]:
        """Histories, oldest first."""
        ...

    def follow_up(self, follow_up: FollowUp) -> bool:
        """Store a call back; False when (request, key) is there already."""
        ...

    def follow_ups(self, requests: Collection[int]) -> Mapping[int, list[FollowUp]]:
        """Call backs, oldest first."""
        ...

    def follow_ups_between(self, since: datetime, until: datetime) -> list[FollowUp]:
        """Call backs in [since, until), oldest first."""
        ...

    def put_step(self, step: OutsideStep) -> None:
        """Insert or replace the step of this name."""
        ...

    def steps(self, request: int) -> list[OutsideStep]:
        """In the order of their names."""
        ...

    def forget_reporters(self, until: datetime) -> int:
        """Delete names and phones of those that were closed before; how many."""
        ...

    def forget_resident(self, resident: int) -> None:
        """Delete what was noted of a person of the register."""
        ...


class DailyLists(Protocol):
    """The daily unresolved lists (日未处理工作盘点表)."""

    def add(self, made: DailyList) -> bool:
        """False when the day has its list already."""
        ...

    def get(self, day: date) -> DailyList | None:
        """The list of a day."""
        ...

    def days(self, limit: int) -> list[date]:
        """Days with a list, latest first."""
        ...


class ReportPlaces(Protocol):
    """Where the public form is offered."""

    def add(self, place: ReportPlace) -> ReportPlace:
        """Store a new one with its id."""
        ...

    def all(self) -> list[ReportPlace]:
        """Newest first, revoked ones too."""
        ...

    def at(self, token_hash: str) -> ReportPlace | None:
        """The one that stands behind an address and was not revoked."""
        ...

    def revoke(self, place: int, at: datetime) -> None:
        """It works no more; NotFound."""
        ...
