"""Fire water in stock: a tank that only the fire pumps empty, refilled from the town main."""

from random import Random

from facility.domain.asset import Asset
from simulators.plant.device import HOURS, Physical, Wander
from simulators.plant.water_meter import WaterMeter

HEIGHT = 3.5  # m
FULL, REFILL_BELOW = 3.2, 3.0  # m: the refill valve closes, opens
LOW, VERY_LOW, OVERFLOW = 2.6, 1.0, 3.4  # m: floats
REFILL_FLOW = 25.0  # m³/h at the town main's nominal pressure


class FireTank:
    """A tank with transmitter, floats and refill valve."""

    def __init__(self, asset: Asset, rng: Random) -> None:
        self.asset = asset
        self.square_metres = rng.uniform(60.0, 90.0)
        self.level = rng.uniform(3.08, 3.18)  # m
        self.valve = "closed"
        self.meters: list[WaterMeter] = []
        self.outflow = 0.0  # m³/h, set before each step
        self._warmth = Wander(rng, 0.3, memory=900.0)
        self._ripple = Wander(rng, 0.002, memory=4.0)

    @property
    def empty(self) -> bool:
        """Pumps draw air."""
        return self.level < 0.3

    def step(self) -> None:
        """Move the level, then the valve."""
        filling = self._filling()
        for meter in self.meters[:1]:
            meter.draw(filling)
        change = (filling - self.outflow) * HOURS / self.square_metres
        self.level = min(HEIGHT, max(0.0, self.level + change))
        if self.level < REFILL_BELOW:
            self.valve = "open"
        elif self.level > FULL:
            self.valve = "closed"
        self._warmth.step()
        self._ripple.step()

    def _filling(self) -> float:
        if self.valve == "closed":
            return 0.0
        return REFILL_FLOW * (self.meters[0].push if self.meters else 1.0)

    def values(self) -> dict[str, Physical]:
        """Points of a fire tank."""
        return {
            "water_level": max(0.0, self.level + self._ripple.now),
            "temperature": 12.0 + self._warmth.now,
            "volume": self.level * self.square_metres,
            "refill_valve": self.valve,
            "low_level": self.level < LOW,
            "very_low_level": self.level < VERY_LOW,
            "overflow": self.level > OVERFLOW,
        }
