"""An outage that the utility announced: it marks the alert as announced and keeps nobody from being told."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Supply(StrEnum):
    """What will be away (停电、停水、停气)."""

    POWER = "power"
    WATER = "water"
    GAS = "gas"


KINDS: dict[Supply, frozenset[str]] = {
    Supply.POWER: frozenset({"mains_lost", "power_lost", "emergency_lost", "no_voltage"}),
    Supply.WATER: frozenset({"water_lost", "town_water_lost", "pressure_low"}),
    Supply.GAS: frozenset({"gas_lost"}),
}
"""The kinds of alerts that such an outage explains."""

SLACK = timedelta(minutes=30)
"""Utilities begin early and end late by so much."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """What, where (an area, or the whole estate when empty), from and until. `id` is 0 until stored."""

    id: int
    supply: Supply
    area: str
    starts_at: datetime
    ends_at: datetime
    source: str  # who announced it, where it was read
    person: int
    entered_at: datetime
    cancelled_at: datetime | None = None
    cancelled_by: int | None = None

    def explains(self, kind: str, areas: tuple[str, ...], onset: datetime) -> bool:
        """It speaks of an alert of this kind that began then; `areas`: the alert's area and those around it."""
        return (
            self.cancelled_at is None
            and kind in KINDS[self.supply]
            and (not self.area or self.area in areas)
            and self.starts_at - SLACK <= onset <= self.ends_at + SLACK
        )
