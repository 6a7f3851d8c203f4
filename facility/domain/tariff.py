"""Tariffs: what a unit of electricity, water or gas costs, by the hour of the day and the month of the year."""

from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

FLAT = "flat"
"""The period of all hours that no other names."""


@dataclass(frozen=True, slots=True)
class Hours:
    """From one time of the day to another; `until` 00:00 is the end of the day, and before `since` it is the next morning."""

    since: time
    until: time

    def holds(self, at: time) -> bool:
        """The time lies in them."""
        if self.until == time(0):
            return at >= self.since
        if self.since < self.until:
            return self.since <= at < self.until
        return at >= self.since or at < self.until


@dataclass(frozen=True, slots=True)
class TariffPeriod:
    """Hours with a price of their own (yuan a unit); empty `months`: all the year."""

    name: str
    price: Decimal
    hours: tuple[Hours, ...]
    months: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Tariff:
    """Of a kind of supply. `flat`: the price of all other hours; the first period that fits counts."""

    flat: Decimal
    periods: tuple[TariffPeriod, ...] = ()

    def period_at(self, at: datetime, zone: ZoneInfo) -> str:
        """The name of the period in which an instant lies."""
        local = at.astimezone(zone)
        for period in self.periods:
            in_month = not period.months or local.month in period.months
            if in_month and any(hours.holds(local.time()) for hours in period.hours):
                return period.name
        return FLAT

    def price_of(self, name: str) -> Decimal:
        """Of a period."""
        return next((period.price for period in self.periods if period.name == name), self.flat)

    @property
    def names(self) -> tuple[str, ...]:
        """All periods, each once, the flat one last."""
        return tuple(dict.fromkeys([*(period.name for period in self.periods), FLAT]))
