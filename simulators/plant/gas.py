"""Gas: the estate's intake with its valve and leak detector."""

from random import Random

from facility.domain.asset import Asset
from simulators.plant.day import GAS, at_hour
from simulators.plant.device import HOURS, STEP, Physical, Wander

SUPPLY = 2.6  # kPa of the network behind the regulator
LEAKED, FAN_ABOVE = 40.0, 5.0  # % of the lower explosive limit in a leaking room; above which the fan runs
LEAST = 0.8  # kPa at which appliances still burn
EMPTIES = 0.02  # share of the pressure that one m³/h takes from the pipes per second, without supply


class Gas:
    """A gas intake. The detector closes the valve; a person opens it again."""

    def __init__(self, asset: Asset, rng: Random) -> None:
        self.asset = asset
        self.network = True
        self.suppliers: list[Gas] = []  # intakes before this one
        self.season = 1.0  # how much more than in the mean of the year is used
        self.leak = False
        self.valve = "open"
        self.pressure = SUPPLY
        self.flow = 0.0
        self.cubic_metres = rng.uniform(40_000.0, 400_000.0)
        self.concentration = 0.0  # % of the lower explosive limit
        self._largest = rng.uniform(18.0, 30.0)  # m³/h
        self._restless = Wander(rng, 0.03)
        self._greed = Wander(rng, 0.06)

    @property
    def delivers(self) -> bool:
        """There is pressure for what lies behind it."""
        return self.valve == "open" and self.pressure > LEAST

    def mend(self) -> None:
        """The leak is mended and the valve opened by hand."""
        self.leak, self.valve = False, "open"

    def step(self, hour: float) -> None:
        """Pressure follows the network, or falls by use behind a closed valve."""
        if self.leak:
            self.valve = "closed"
        wander, greed = self._restless.step(), self._greed.step()
        asked = self.season * self._largest * at_hour(GAS, hour) * max(0.0, 1.0 + greed)
        supplied = self.network and all(supplier.delivers for supplier in self.suppliers)
        if supplied and self.valve == "open":
            self.pressure += (SUPPLY + wander - 0.008 * asked - self.pressure) * min(1.0, STEP / 2.0)
        else:
            self.pressure = max(0.0, self.pressure * (1.0 - EMPTIES * max(asked, 1.0) * STEP))
        self.cubic_metres += self.flow * HOURS
        self.concentration += ((LEAKED if self.leak else 0.0) - self.concentration) * STEP / 20.0
        self.flow = asked if self.pressure > LEAST else 0.0

    def values(self) -> dict[str, Physical]:
        """Points of a gas intake."""
        return {
            "pressure": self.pressure,
            "flow": self.flow,
            "volume": self.cubic_metres,
            "temperature": 18.0 + 10.0 * self._restless.now,
            "concentration": self.concentration,
            "fan_running": self.concentration > FAN_ABOVE,
            "valve_state": self.valve,
            "detector_alarm": self.leak,
        }
