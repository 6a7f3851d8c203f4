"""Power: a metered way (incomer, feeder, building meter). Voltage comes down from its source, load goes up to it.

The meter takes its voltage from the supply side of its breaker: a tripped feeder still shows voltage, what is below it does not.
"""

from collections.abc import Callable, Sequence
from random import Random

from facility.domain.asset import Asset
from simulators.plant.day import ELECTRICITY, at_hour
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
        self.volts = (NOMINAL,) * 3
        self.hertz = 50.0
        self.rated = rng.uniform(35.0, 80.0) if load is None else load  # kW of its own loads at the daily maximum
        self.kilowatts = 0.0
        self.drawn = 0.0  # kW asked by what is below, in this step
        self.demand = 0.0  # kW, mean of about the last 15 minutes
        self.kilowatt_hours = rng.uniform(20_000.0, 90_000.0)
        self._power_factor = rng.uniform(0.90, 0.97)
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

    def source(self) -> "Feeder | None":
        """The way that feeds it now: the first one that has power (a bus coupler changes over at once)."""
        return next((source for source in self.sources if source.feeds), None)

    def energise(self) -> None:
        """Take the voltage from the source. Sources first."""
        wander = self._restless.step()
        source = self.source()
        if source is not None:
            sag = 0.002 * self.kilowatts
            self.volts = (source.volts[0] - sag, source.volts[1] - sag, source.volts[2] - sag)
            self.hertz = source.hertz
        elif not self.sources and self.mains:
            base = NOMINAL + 2.0 + wander - 0.012 * self.kilowatts
            self.volts = (base + self._offset[0], base + self._offset[1], base + self._offset[2])
            self.hertz = 50.0 + self._grid.step()
        else:
            self.volts, self.hertz = DEAD, 0.0

    def draw(self, kilowatts: float) -> None:
        """A consumer or a meter below takes power in this step."""
        self.drawn += kilowatts

    def load(self, hour: float) -> None:
        """Sum up its load and pass it on to its source. Meters below first."""
        greed = self._greed.step()
        own = self.rated * at_hour(ELECTRICITY, hour) * (1.0 + greed)
        self.kilowatts = self.drawn + own if self.feeds else 0.0
        self.drawn = 0.0
        self._warmth.step()
        self.demand += (self.kilowatts - self.demand) * STEP / DEMAND_WINDOW
        self.kilowatt_hours += self.kilowatts * HOURS
        source = self.source()
        if source is not None and self.kilowatts:
            source.draw(self.kilowatts)

    def values(self) -> dict[str, Physical]:
        """Points of a three-phase meter."""
        factor = self._power_factor if self.kilowatts else 1.0
        reactive = self.kilowatts * (1.0 / (factor * factor) - 1.0) ** 0.5
        amperes = [
            self.kilowatts * share * 1000.0 / (volts * factor) if self.kilowatts and volts > ALIVE else 0.0
            for share, volts in zip(self._split, self.volts, strict=True)
        ]
        return {
            "voltage_l1": self.volts[0],
            "voltage_l2": self.volts[1],
            "voltage_l3": self.volts[2],
            "current_l1": amperes[0],
            "current_l2": amperes[1],
            "current_l3": amperes[2],
            "current_neutral": max(amperes) - min(amperes),
            "active_power": self.kilowatts,
            "reactive_power": reactive,
            "power_factor": factor,
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


def _shares(rng: Random) -> tuple[float, float, float]:
    raw = [rng.uniform(0.9, 1.1) for _ in range(3)]
    total = sum(raw)
    return raw[0] / total, raw[1] / total, raw[2] / total
