"""What every simulated device is, and the small random walk that makes its values live."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Protocol

from facility.domain.asset import Asset

STEP = 0.25  # simulated seconds of one step of the plant
HOURS = STEP / 3600.0  # the same in hours

Physical = float | str | bool | None
"""A value before it goes on the wire: numbers and counts, bits, an enum's label key, text; None: not available."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a device reports when it happens (a card swipe). `sequence` counts from 1 for each device."""

    asset: str
    sequence: int
    fields: Mapping[str, str]


class Device(Protocol):
    """A device of the plant."""

    @property
    def asset(self) -> Asset: ...

    def values(self) -> dict[str, Physical]:
        """The present value of each point, by the profile's point names, in the points' units."""
        ...


class Breakable(Protocol):
    """What can trip and be mended: a pump, or a set of pumps."""

    def fail(self) -> None: ...
    def mend(self) -> None: ...


class Wander:
    """A value that wanders around zero, staying within about three times `spread`, with a memory of `memory` seconds."""

    def __init__(self, rng: Random, spread: float, memory: float = 60.0) -> None:
        self._rng = rng
        self._keep = 1.0 - STEP / memory
        self._kick = spread * (24.0 * STEP / memory) ** 0.5  # uniform −½…½ has variance 1/12
        self.now = 0.0

    def step(self) -> float:
        """The next value."""
        self.now = self.now * self._keep + (self._rng.random() - 0.5) * self._kick
        return self.now
