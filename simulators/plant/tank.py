"""Water in stock: tanks filled through a valve that follows the level, emptied by pumps or by the homes below."""

from random import Random

from facility.domain.asset import Asset
from simulators.plant.device import HOURS, Physical, Wander
from simulators.plant.pump import TARGET, PumpGroup
from simulators.plant.water_meter import WaterMeter

OPEN_BELOW, CLOSE_ABOVE, OVERFLOW = 0.75, 0.85, 0.97  # shares of the height
LOW_FLOAT = 0.5  # m
CITY_FLOW, FILL_FLOW = 45.0, 16.0  # m³/h through the valve: from the city main, from a pump group
FILLS_ABOVE = 0.10  # MPa below which pumps cannot lift water into the tank


class Tank:
    """A tank. `filled_by` are the pump groups that lift water into it; without them the city main does."""

    def __init__(self, asset: Asset, rng: Random, height: float) -> None:
        self.asset = asset
        self.height = height
        self.square_metres = rng.uniform(12.0, 30.0)
        self.level = height * rng.uniform(0.76, 0.84)
        self.valve = "open" if rng.random() < 0.5 else "closed"
        self.filled_by: list[PumpGroup] = []
        self.city_water = True
        self.meters: list[WaterMeter] = []  # the town main, when it is metered
        self.feeds_sets = False  # booster sets take from it, not homes
        self.taken = 0.0  # m³/h that they take
        self.outflow = 0.0  # m³/h, set before each step
        self._warmth = Wander(rng, 0.4, memory=600.0)
        self._ripple = Wander(rng, 0.003, memory=4.0)

    def filling(self) -> float:
        """m³/h that flow in now."""
        if self.valve == "closed":
            return 0.0
        if not self.filled_by:
            push = self.meters[0].push if self.meters else 1.0
            return CITY_FLOW * push if self.city_water else 0.0
        pressure = max(group.pressure for group in self.filled_by)
        return FILL_FLOW * (pressure / TARGET) ** 0.5 if pressure > FILLS_ABOVE else 0.0

    def step(self) -> None:
        """Move the level, then the valve."""
        out = (self.outflow + self.taken) if self.level > 0.02 else 0.0
        self.level = min(self.height, max(0.0, self.level + (self.filling() - out) * HOURS / self.square_metres))
        self._warmth.step()
        self._ripple.step()
        if self.level < OPEN_BELOW * self.height:
            self.valve = "open"
        elif self.level > CLOSE_ABOVE * self.height:
            self.valve = "closed"

    def values(self) -> dict[str, Physical]:
        """Points of a tank."""
        return {
            "water_level": max(0.0, self.level + self._ripple.now),
            "inlet_valve": self.valve,
            "overflow": self.level > OVERFLOW * self.height,
            "temperature": 15.0 + self._warmth.now,
            "volume": self.level * self.square_metres,
            "inlet_flow": self.filling(),
            "low_float": self.level < LOW_FLOAT,
        }
