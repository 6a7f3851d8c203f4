"""A maintenance plan and its slots: calendar windows counted from the anchor, never from the slot before."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from facility.domain.order import WorkKind
from facility.domain.text import Title


class Cadence(StrEnum):
    """How often. Calendar windows: a week from Monday, a month from its first day, a quarter from its first month."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"
    YEARLY = "yearly"


@dataclass(frozen=True, slots=True)
class CheckItem:
    """One line of a plan's checklist; with a point it asks for a measured value."""

    title: Title
    point: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done to which assets, how often, by which position of each asset. `source` names clause and edition."""

    id: str
    title: Title
    kind: WorkKind
    cadence: Cadence
    assets: tuple[str, ...]
    items: tuple[CheckItem, ...]
    by: str  # "operating" or "maintaining": which position of the asset does it
    start: date  # no slot that ends before this day
    source: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """One window of a plan: `key` such as 2026-W48 or 2026-Q4, first and last day."""

    key: str
    first: date
    last: date


_MONTHS = {Cadence.MONTHLY: 1, Cadence.QUARTERLY: 3, Cadence.HALF_YEARLY: 6, Cadence.YEARLY: 12}
_LETTER = {Cadence.QUARTERLY: "Q", Cadence.HALF_YEARLY: "H"}


def slot_of(cadence: Cadence, day: date) -> Slot:
    """The slot in which `day` lies."""
    if cadence is Cadence.WEEKLY:
        first = day - timedelta(days=day.weekday())
        year, week, _ = day.isocalendar()
        return Slot(f"{year}-W{week:02d}", first, first + timedelta(days=6))
    months = _MONTHS[cadence]
    number = (day.month - 1) // months
    first = date(day.year, number * months + 1, 1)
    last_month = first.month + months - 1
    last = date(day.year, last_month, monthrange(day.year, last_month)[1])
    return Slot(_key(cadence, first, number + 1), first, last)


def slots(plan: Plan, since: date, until: date) -> Iterator[Slot]:
    """All slots of the plan that touch the days `since` … `until`, oldest first."""
    day = max(since, plan.start)
    while day <= until:
        slot = slot_of(plan.cadence, day)
        yield slot
        day = slot.last + timedelta(days=1)


def _key(cadence: Cadence, first: date, number: int) -> str:
    if cadence is Cadence.MONTHLY:
        return f"{first.year}-{first.month:02d}"
    if cadence is Cadence.YEARLY:
        return str(first.year)
    return f"{first.year}-{_LETTER[cadence]}{number}"
