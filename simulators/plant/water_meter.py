"""The town main: a metered connection to the waterworks, with the pressure that the street gives."""

from random import Random

from facility.domain.asset import Asset
from simulators.plant.device import HOURS, STEP, Physical, Wander

NOMINAL = 0.30  # MPa in the street at rest
RATED = 300.0  # m³/h at which the street's pressure has sunk by SAG
SAG = 0.05  # MPa
FOLLOWS = 4.0  # s in which the pressure follows a loss or a return
USABLE = 0.05  # MPa below which nothing flows any more
EXCESS, EXCESS_AFTER = 200.0, 120.0  # m³/h and s of it that the meter calls a leak


class WaterMeter:
    """A bulk meter with pressure sensor. Consumers `draw` from it in each step; `main` is the town's supply."""

    def __init__(self, asset: Asset, rng: Random) -> None:
        self.asset = asset
        self.main = True
        self.pressure = NOMINAL
        self.flow = 0.0  # m³/h
        self.cubic_metres = rng.uniform(80_000.0, 400_000.0)
        self.battery = rng.uniform(72.0, 98.0)  # %
        self.opened = False  # somebody has taken its cover off
        self._drawn = 0.0
        self._excess = 0.0
        self._restless = Wander(rng, 0.004, memory=30.0)

    @property
    def push(self) -> float:
        """How much of the nominal flow the present pressure makes."""
        return (self.pressure / NOMINAL) ** 0.5 if self.pressure > USABLE else 0.0

    def draw(self, cubic_metres_an_hour: float) -> None:
        """A consumer takes water in this step."""
        self._drawn += cubic_metres_an_hour

    def step(self) -> None:
        """Count what was drawn, then let the pressure follow the street."""
        self.flow, self._drawn = self._drawn, 0.0
        self.cubic_metres += self.flow * HOURS
        self.battery -= STEP / 86_400.0 / 40.0  # a cell lasts about ten years
        aim = NOMINAL + self._restless.step() - SAG * (self.flow / RATED) ** 2 if self.main else 0.0
        self.pressure = max(0.0, self.pressure + (aim - self.pressure) * STEP / FOLLOWS)
        self._excess = self._excess + STEP if self.flow > EXCESS else 0.0

    def values(self) -> dict[str, Physical]:
        """Points of a water meter."""
        return {
            "total": self.cubic_metres,
            "flow": self.flow,
            "pressure": self.pressure,
            "battery": self.battery,
            "leak": self._excess >= EXCESS_AFTER,
            "tamper": self.opened,
        }
