"""A gas meter behind an intake: counts what flows through it."""

from random import Random

from facility.domain.asset import Asset
from simulators.plant.device import HOURS, STEP, Physical, Wander
from simulators.plant.gas import Gas


class GasMeter:
    """A meter with battery and clock of its own."""

    def __init__(self, asset: Asset, rng: Random) -> None:
        self.asset = asset
        self.intakes: list[Gas] = []
        self.flow = 0.0  # m³/h
        self.cubic_metres = rng.uniform(40_000.0, 400_000.0)
        self.battery = rng.uniform(60.0, 95.0)  # %
        self.opened = False
        self._warmth = Wander(rng, 0.5, memory=600.0)

    def step(self) -> None:
        """Count what its intakes gave in this step."""
        self.flow = sum(intake.flow for intake in self.intakes)
        self.cubic_metres += self.flow * HOURS
        self.battery -= STEP / 86_400.0 / 25.0
        self._warmth.step()

    def values(self) -> dict[str, Physical]:
        """Points of a gas meter."""
        return {
            "total": self.cubic_metres,
            "flow": self.flow,
            "temperature": 16.0 + self._warmth.now,
            "battery": self.battery,
            "leak": any(intake.leak for intake in self.intakes),
            "tamper": self.opened,
        }
