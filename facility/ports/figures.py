"""The port of what figures about alerts are made of."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from facility.domain.alert import Alert
from facility.domain.alert_figures import Flood, Onset, Told
from facility.domain.order import Order, OrderEvent


class AlertRecords(Protocol):
    """Alerts, onsets and floods of a period, for counting."""

    def raised(self, since: datetime, until: datetime) -> list[Told]:
        """Alerts raised in [since, until) with their deadlines, oldest first."""
        ...

    def count_raised(self, since: datetime) -> int:
        """How many alerts were raised after `since`."""
        ...

    def active_since(self, before: datetime) -> list[Told]:
        """Alerts that are active now and whose onset is at or before `before`; oldest first."""
        ...

    def onsets(self, since: datetime, until: datetime) -> list[Onset]:
        """Conditions whose onset lies in [since, until), by asset and rule, oldest first."""
        ...

    def lasting(self, since: datetime, until: datetime) -> list[Alert]:
        """Alerts whose cause was there in [since, until): onset before its end, not returned before its beginning."""
        ...

    def floods(self, since: datetime, until: datetime) -> list[Flood]:
        """Floods that touch the period, oldest first."""
        ...

    def flood(self) -> Flood | None:
        """The flood that has not ended."""
        ...

    def begin_flood(self, at: datetime, peak: int) -> Flood:
        """Store that a flood began; the one that has not ended if there is one."""
        ...

    def change_flood(self, flood: Flood) -> None:
        """Store its new peak or its end; NotFound."""
        ...


@dataclass(frozen=True, slots=True)
class Work:
    """An order with when its work was finished last, before its checks; None: it is not, or was sent back."""

    order: Order
    finished_at: datetime | None


class OrderRecords(Protocol):
    """Orders of a period, for counting. All lists are oldest first."""

    def began(self) -> datetime | None:
        """Since when there are data of the estate: its first revision, order or alert; None: there are none."""
        ...

    def due(self, since: datetime, until: datetime) -> list[Work]:
        """Orders that are due in [since, until), cancelled ones too."""
        ...

    def touching(self, since: datetime, until: datetime) -> list[Work]:
        """Orders that were open in [since, until): opened before its end, not closed before its beginning."""
        ...

    def steps(self, names: Collection[str], since: datetime, until: datetime) -> list[tuple[OrderEvent, Order]]:
        """Steps of these names that were taken in [since, until), with their orders."""
        ...


@dataclass(frozen=True, slots=True)
class Assessment:
    """What somebody found of a building in a month (its first day): `sound` of `looked_at` parts are in good order."""

    building: str
    month: date
    looked_at: int
    sound: int
    remark: str
    person: int
    at: datetime


class Assessments(Protocol):
    """Monthly assessments of buildings; the latest of a building and month counts."""

    def put(self, assessment: Assessment) -> None:
        """Insert, or replace that of the building and month."""
        ...

    def between(self, first: date, last: date) -> list[Assessment]:
        """Those whose month begins in these days, by building and month."""
        ...
