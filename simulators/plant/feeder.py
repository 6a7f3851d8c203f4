"""Power: a metered way (incomer, feeder, building meter). Voltage comes down from its source, load goes up to it.

The meter takes its voltage from the supply side of its breaker: a tripped feeder still shows voltage, what is below it does not.
"""

import math
from collections.abc import Callable, Sequence
from random import Random

from facility.domain.asset import Asset
from simulators.plant.device import HOURS, STEP, Physical, Wander

NOMINAL = 230.0  # V between phase and neutral
ALIVE = 100.0  # V above which devices below have power
CLOSED, OPEN, TRIPPED = "closed", "open", "tripped"
DEMAND_WINDOW = 900.0  # s
DEAD = (0.0, 0.0, 0.0)


class Feeder:
    """A meter with its breaker. Without sources it is fed by the mains, which a scenario can take away."""

    def __init__(self, asset: Asset, rng: Random, sources: Sequence["Feeder"], *, load: float | None = None) -> None:
        self.asset = asset
        self.sources = tuple(sources)
        self.breaker = CLOSED
        self.mains = True
        self._fed_from: Feeder | None = None  # in this step
        self.volts = (NOMINAL,) * 3
        self.hertz = 50.0
        self.upstream: Callable[[], bool] | None = None  # the transformer before an incomer lets the mains through
        self.rated = rng.uniform(35.0, 80.0) if load is None else load  # kW of its own loads at the yearly maximum
        self.surge = 0.0  # kW that somebody has connected on top
        self.kilowatts = 0.0
        self.kilovars = 0.0  # taken from the source
        self.inductive = 0.0  # kvar taken by the loads, before compensation
        self.compensation = 0.0  # kvar that a capacitor bank gives on its busbar
        self.drawn = self.drawn_kilovars = 0.0  # asked by what is below, in this step
        self.demand = 0.0  # kW, mean of about the last 15 minutes
        self.kilowatt_hours = rng.uniform(20_000.0, 90_000.0)
        self._tangent = _tangent(rng.uniform(0.90, 0.97))  # kvar to kW of its own loads
        self._split = _shares(rng)
        self._offset = tuple(rng.uniform(-1.5, 1.5) for _ in range(3))
        self._restless = Wander(rng, 1.0)
        self._grid = Wander(rng, 0.012, memory=20.0)
        self._greed = Wander(rng, 0.03)
        self._warmth = Wander(rng, 0.5, memory=900.0)

    @property
    def alive(self) -> bool:
        """Voltage on its supply side."""
        return self.volts[0] > ALIVE

    @property
    def feeds(self) -> bool:
        """What is below it has power."""
        return self.breaker == CLOSED and self.alive

    def trip(self) -> None:
        """Its protection opens the breaker."""
        self.breaker = TRIPPED

    def close(self) -> None:
        """Somebody closes the breaker."""
        self.breaker = CLOSED

    def restore(self) -> None:
        """Supply, load and breaker as they should be."""
        self.mains, self.surge = True, 0.0
        self.close()

    def source(self) -> "Feeder | None":
        """The way that feeds it now: the first one that has power (a bus coupler changes over at once)."""
        return next((source for source in self.sources if source.feeds), None)

    def energise(self) -> None:
        """Take the voltage from the source. Sources first."""
        wander = self._restless.step()
        source = self._fed_from = self.source()
        if source is not None:
            sag = 0.002 * self.kilowatts
            self.volts = (source.volts[0] - sag, source.volts[1] - sag, source.volts[2] - sag)
            self.hertz = source.hertz
        elif not self.sources and self.mains and (self.upstream is None or self.upstream()):
            base = NOMINAL + 2.0 + wander - 0.012 * self.kilowatts
            self.volts = (base + self._offset[0], base + self._offset[1], base + self._offset[2])
            self.hertz = 50.0 + self._grid.step()
        else:
            self.volts, self.hertz = DEAD, 0.0

    def draw(self, kilowatts: float, kilovars: float = 0.0) -> None:
        """A consumer or a meter below takes power in this step."""
        self.drawn += kilowatts
        self.drawn_kilovars += kilovars

    def load(self, share: float) -> None:
        """Sum up its load and pass it on to its source; `share` of the yearly maximum is asked now. Meters below first."""
        own = self.rated * share * (1.0 + self._greed.step()) + self.surge
        feeds = self.feeds
        self.kilowatts = self.drawn + own if feeds else 0.0
        self.inductive = self.drawn_kilovars + own * self._tangent if feeds else 0.0
        self.kilovars = self.inductive - self.compensation if feeds else 0.0
        self.drawn = self.drawn_kilovars = 0.0
        self._warmth.step()
        self.demand += (self.kilowatts - self.demand) * STEP / DEMAND_WINDOW
        self.kilowatt_hours += self.kilowatts * HOURS
        if self._fed_from is not None and self.kilowatts:
            self._fed_from.draw(self.kilowatts, self.kilovars)

    def amperes(self) -> tuple[float, float, float]:
        """The current of each phase."""
        if not self.kilowatts:
            return DEAD
        apparent = 1000.0 * math.hypot(self.kilowatts, self.kilovars)
        l1, l2, l3 = (
            apparent * share / volts if volts > ALIVE else 0.0
            for share, volts in zip(self._split, self.volts, strict=True)
        )
        return l1, l2, l3

    def values(self) -> dict[str, Physical]:
        """Points of a three-phase meter."""
        amperes = self.amperes()
        return {
            "voltage_l1": self.volts[0],
            "voltage_l2": self.volts[1],
            "voltage_l3": self.volts[2],
            "current_l1": amperes[0],
            "current_l2": amperes[1],
            "current_l3": amperes[2],
            "current_neutral": max(amperes) - min(amperes),
            "active_power": self.kilowatts,
            "reactive_power": self.kilovars,
            "power_factor": power_factor(self.kilowatts, self.kilovars),
            "frequency": self.hertz,
            "busbar_temperature": 24.0 + 0.06 * self.demand + self._warmth.now,
            "demand": self.demand,
            "energy": self.kilowatt_hours,
            "energy_exported": 0.0,
            "breaker_state": self.breaker,
        }


def sources_first(feeders: Sequence[Feeder]) -> list[Feeder]:
    """The meters in an order in which each comes after its sources; ValueError when they feed each other in a circle."""
    ordered: list[Feeder] = []
    waiting = list(feeders)
    placed: set[str] = set()
    while waiting:
        ready = [feeder for feeder in waiting if all(source.asset.id in placed for source in feeder.sources)]
        if not ready:
            raise ValueError(f"these feed each other in a circle: {', '.join(f.asset.id for f in waiting)}")
        ordered += ready
        placed.update(feeder.asset.id for feeder in ready)
        waiting = [feeder for feeder in waiting if feeder.asset.id not in placed]
    return ordered


def powered_by(feeders: Sequence[Feeder]) -> Callable[[], Feeder | None]:
    """A consumer's view of its supply: the first of its feeders that has power now."""
    return lambda: next((feeder for feeder in feeders if feeder.feeds), None)


def power_factor(kilowatts: float, kilovars: float) -> float:
    """Active to apparent power; 1 without load, as meters show it."""
    return abs(kilowatts) / math.hypot(kilowatts, kilovars) if kilowatts else 1.0


def _tangent(factor: float) -> float:
    return math.sqrt(1.0 / (factor * factor) - 1.0)


def _shares(rng: Random) -> tuple[float, float, float]:
    raw = [rng.uniform(0.9, 1.1) for _ in range(3)]
    total = sum(raw)
    return raw[0] / total, raw[1] / total, raw[2] / total
