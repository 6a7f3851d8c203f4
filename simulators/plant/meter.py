"""A multifunction meter: what a plain meter shows, and line voltages, harmonics, unbalance, phases, tariffs, highest demand."""

import math
from collections.abc import Sequence
from random import Random

from facility.domain.asset import Asset
from simulators.plant.day import tariff_at
from simulators.plant.device import HOURS, Physical, Wander
from simulators.plant.feeder import ALIVE, Feeder, power_factor

PHASES, LINES = ("l1", "l2", "l3"), ("l12", "l23", "l31")
TARIFFS = ("sharp", "peak", "flat", "valley")
PLAIN = frozenset(
    {f"{quantity}_{phase}" for quantity in ("voltage", "current") for phase in PHASES}
    | {"current_neutral", "active_power", "reactive_power", "power_factor", "frequency", "busbar_temperature"}
    | {"demand", "energy", "energy_exported", "breaker_state"}
)
"""The points of a plain feeder meter; a profile with others is one of a multifunction meter."""


class MultifunctionMeter(Feeder):
    """A metered way whose meter measures more."""

    def __init__(self, asset: Asset, rng: Random, sources: Sequence[Feeder], *, load: float | None = None) -> None:
        super().__init__(asset, rng, sources, load=load)
        self.hour = 0.0  # set before each step
        self.highest = 0.0  # kW of demand
        shares = [rng.uniform(0.05, 0.15), rng.uniform(0.25, 0.35), rng.uniform(0.30, 0.40)]
        shares.append(1.0 - sum(shares))
        self.tariffs = {name: self.kilowatt_hours * share for name, share in zip(TARIFFS, shares, strict=True)}
        self.kilovar_hours = [
            self.kilowatt_hours * rng.uniform(0.25, 0.35),
            rng.uniform(0.0, 50.0),
        ]  # taken, given back
        self._distortion = [rng.uniform(1.4, 2.4) for _ in PHASES]  # % of voltage
        self._rectifiers = [rng.uniform(8.0, 15.0) for _ in PHASES]  # % of current at full load
        self._lean = [rng.uniform(-0.015, 0.015) for _ in PHASES]  # of the phases' power factors
        self._ripple = Wander(rng, 0.05, memory=30.0)

    def load(self, share: float) -> None:
        """As a feeder, and count by tariff."""
        super().load(share)
        self.tariffs[tariff_at(self.hour)] += self.kilowatts * HOURS
        self.kilovar_hours[self.kilovars < 0.0] += abs(self.kilovars) * HOURS
        self.highest = max(self.highest, self.demand)
        self._ripple.step()

    def values(self) -> dict[str, Physical]:
        """Points of a multifunction meter."""
        points = super().values()
        points["demand_highest"] = self.highest
        points["apparent_power"] = math.hypot(self.kilowatts, self.kilovars)
        points["reactive_energy"], points["reactive_energy_exported"] = self.kilovar_hours
        points["voltage_unbalance"] = _unbalance(self.volts)
        points["phase_sequence_wrong"] = False
        points |= {f"energy_{name}": counted for name, counted in self.tariffs.items()}
        points |= dict(zip([f"voltage_{line}" for line in LINES], _lines(self.volts), strict=True))
        for number, phase in enumerate(PHASES):
            points |= self._of_phase(number, phase)
        return points

    def _of_phase(self, number: int, phase: str) -> dict[str, Physical]:
        alive, loaded = self.volts[number] > ALIVE, self.kilowatts > 0.0
        share = self.kilowatts / self.rated if self.rated else 0.0
        factor = power_factor(self.kilowatts, self.kilovars)
        return {
            f"active_power_{phase}": self.kilowatts * self._split[number],
            f"power_factor_{phase}": max(-1.0, min(1.0, factor + self._lean[number])) if loaded else 1.0,
            f"voltage_thd_{phase}": self._distortion[number] + 0.6 * share + self._ripple.now if alive else 0.0,
            f"current_thd_{phase}": self._rectifiers[number] * (1.2 - 0.4 * share) + self._ripple.now
            if loaded
            else 0.0,
        }


def _lines(volts: tuple[float, float, float]) -> list[float]:
    pairs = [(volts[first], volts[(first + 1) % 3]) for first in range(3)]
    return [math.sqrt(a * a + a * b + b * b) for a, b in pairs]  # phases 120° apart


def _unbalance(volts: tuple[float, float, float]) -> float:
    """% by which the phase furthest from the mean lies away from it."""
    mean = sum(volts) / 3.0
    return 100.0 * max(abs(volt - mean) for volt in volts) / mean if mean > ALIVE else 0.0
