"""When planned work falls due: by the calendar, by use, by an alert, by the end of a certificate, or by hand.

All calendar windows are counted from the calendar or from the plan's first day, never from the window before: three months
after 30 November are at the end of February, and the next are on 30 May all the same.
"""

from dataclasses import dataclass
from datetime import time
from enum import StrEnum


class Cadence(StrEnum):
    """How often. Calendar windows: a week from Monday, a month from its first day, a quarter from its first month."""

    DAILY = "daily"
    TWICE_WEEKLY = "twice_weekly"  # Monday to Wednesday, Thursday to Sunday
    WEEKLY = "weekly"
    HALF_MONTHLY = "half_monthly"  # to the 15th, from the 16th
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"
    YEARLY = "yearly"


class Step(StrEnum):
    """Units in which intervals are counted."""

    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"


@dataclass(frozen=True, slots=True)
class Calendar:
    """One slot each calendar window; `months`: only windows that begin in these, all when empty."""

    cadence: Cadence
    months: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Shifts:
    """One slot each shift: the day is divided at these times, the last shift ends at the first time of the next day."""

    times: tuple[time, ...]


@dataclass(frozen=True, slots=True)
class Interval:
    """A length in calendar steps: 6 months, 10 days."""

    count: int
    step: Step


@dataclass(frozen=True, slots=True)
class Every:
    """One slot each interval, one beside the other, counted from the plan's first day."""

    interval: Interval


@dataclass(frozen=True, slots=True)
class AfterCompletion:
    """The next slot begins an interval after the last one ended, and lasts so many days; the first one on the plan's first day."""

    interval: Interval
    days: int


@dataclass(frozen=True, slots=True)
class OnDay:
    """A day of the month: its number (31: the last day of shorter months; -1: the last), for `days` days from there."""

    day: int
    months: tuple[int, ...] = ()
    days: int = 1


@dataclass(frozen=True, slots=True)
class OnWeekday:
    """The first to fourth, or the last (-1) such weekday (1: Monday … 7: Sunday) of the month, for `days` days from there."""

    nth: int
    weekday: int
    months: tuple[int, ...] = ()
    days: int = 1


@dataclass(frozen=True, slots=True)
class Season:
    """From a day of the year to another, as (month, day); it may pass the end of the year. 29 February is the 28th otherwise."""

    begins: tuple[int, int]
    ends: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Seasons:
    """One slot each season of each year: 1–30 April and 1–31 October, or before the rainy season."""

    seasons: tuple[Season, ...]


@dataclass(frozen=True, slots=True)
class Use:
    """After so many hours or starts of a counting point since the last service; or after the interval, whichever is first.

    The slot begins when that is seen, and lasts so many days.
    """

    point: str
    every: float  # in the point's unit
    days: int
    at_latest: Interval | None = None


@dataclass(frozen=True, slots=True)
class OnAlert:
    """One slot each alert of these kinds on the plan's asset: once per cause, again only after it has recovered."""

    kinds: tuple[str, ...]
    days: int = 1


@dataclass(frozen=True, slots=True)
class Expiry:
    """One slot each certificate of this kind of the asset: from `lead` days before it expires until that day."""

    certificate: str
    lead: int


@dataclass(frozen=True, slots=True)
class ByHand:
    """Only when somebody opens it; the slot lasts so many days."""

    days: int = 1


Trigger = Calendar | Shifts | Every | AfterCompletion | OnDay | OnWeekday | Seasons | Use | OnAlert | Expiry | ByHand
Expandable = Calendar | Shifts | Every | OnDay | OnWeekday | Seasons
"""Triggers whose slots follow from the calendar alone, so that the ledger can hold them ahead."""

EXPANDABLE = (Calendar, Shifts, Every, OnDay, OnWeekday, Seasons)
