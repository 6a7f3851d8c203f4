"""The air of a car park: carbon monoxide from cars, taken out by fans that the controller starts."""

from random import Random

from facility.domain.asset import Asset
from simulators.plant.day import CARS, WARMTH, at_hour
from simulators.plant.device import STEP, Physical, Wander

FROM_CARS = 0.012  # ppm a second at the busiest hour
STILL, VENTILATED = 1 / 900.0, 1 / 150.0  # share that leaves in a second without and with fans
FANS_ON, FANS_OFF = 20.0, 10.0  # ppm


class Air:
    """A sensor in the car park."""

    def __init__(self, asset: Asset, rng: Random) -> None:
        self.asset = asset
        self.monoxide = rng.uniform(2.0, 5.0)  # ppm
        self.fans = False
        self._traffic = Wander(rng, 0.3, memory=120.0)
        self._warmth = Wander(rng, 0.3, memory=900.0)
        self._warm = 18.0
        self._humid = rng.uniform(55.0, 70.0)  # %

    def step(self, hour: float) -> None:
        """Cars bring gas and warmth, air takes them away."""
        cars = at_hour(CARS, hour) * max(0.0, 1.0 + self._traffic.step())
        leaves = self.monoxide * (VENTILATED if self.fans else STILL)
        self.monoxide += (FROM_CARS * cars - leaves) * STEP
        self.fans = self.monoxide > (FANS_OFF if self.fans else FANS_ON)
        self._warm = 17.0 + 3.0 * at_hour(WARMTH, hour) + self._warmth.step()

    def values(self) -> dict[str, Physical]:
        """Points of an air sensor."""
        return {
            "carbon_monoxide": self.monoxide,
            "temperature": self._warm,
            "humidity": self._humid - 4.0 * self._warmth.now,
        }
