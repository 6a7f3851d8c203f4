"""Drainage: a pit with two pumps that take turns, filled by seepage, rain and burst pipes."""

from collections.abc import Callable
from random import Random

from facility.domain.asset import Asset
from simulators.plant.device import HOURS, Physical, Wander
from simulators.plant.feeder import Feeder
from simulators.plant.pump import PumpGroup

AREA, FLOOR_AREA = 4.0, 400.0  # m² of the pit, and of the floor above it that is under water next
DEPTH = 2.0  # m: above it the floor is flooded
STOP, START, HELP, HIGH = 0.4, 0.9, 1.2, 1.5  # m: pumps stop, first, second pump starts, high-level float
PUMP_FLOW = 40.0  # m³/h of one pump
SEEPAGE = 0.3  # m³/h
CATCHMENT = 4.5  # m³/h for each mm/h of rain
CLOUDBURST = 50.0  # mm/h
SHARE_OF_BURST = 0.3  # of a burst pipe's water finds its way into the pit
KILOWATTS = 3.0


class PitPump:
    """A submersible pump."""

    def __init__(self, rng: Random) -> None:
        self.running = False
        self.fault = False
        self.hours = rng.uniform(200.0, 2_000.0)
        self.starts = rng.randrange(800, 9_000)

    def switch(self, on: bool) -> None:
        """Run or rest; a broken pump rests."""
        on = on and not self.fault
        self.starts += on and not self.running
        self.running = on


class Sump:
    """A pit with its controller."""

    def __init__(self, asset: Asset, rng: Random, supply: Callable[[], Feeder | None] | None, *, rain: float) -> None:
        self.asset = asset
        self.pumps = (PitPump(rng), PitPump(rng))
        self.level = rng.uniform(0.45, 0.7)  # m
        self.rain = self.usual_rain = rain  # mm/h
        self.bursts: list[PumpGroup] = []  # mains that would burst into it
        self._supply = supply
        self._lead = 0  # the pump that starts first
        self._ripple = Wander(rng, 0.004, memory=3.0)

    @property
    def powered(self) -> bool:
        """The controller and its pumps have power."""
        return self._supply is None or self._supply() is not None

    @property
    def inflow(self) -> float:
        """m³/h that run in."""
        burst = SHARE_OF_BURST * sum(group.lost for group in self.bursts)
        return SEEPAGE + CATCHMENT * self.rain + burst

    def fail(self) -> None:
        """The pump that runs, else the one that comes next, trips."""
        first = next((pump for pump in self.pumps if pump.running), self.pumps[self._lead])
        first.fault, first.running = True, False

    def mend(self) -> None:
        """Both pumps are ready again."""
        for pump in self.pumps:
            pump.fault = False

    def step(self) -> None:
        """Control the pumps, move the level."""
        self._control()
        out = 0.0
        feeder = self._supply() if self._supply else None
        for pump in self.pumps:
            if pump.running:
                out += PUMP_FLOW
                pump.hours += HOURS
                if feeder is not None:
                    feeder.draw(KILOWATTS)
        area = FLOOR_AREA if self.level > DEPTH else AREA
        self.level = max(0.0, self.level + (self.inflow - out) * HOURS / area)
        self._ripple.step()

    def _control(self) -> None:
        lead, second = self.pumps[self._lead], self.pumps[1 - self._lead]
        if not self.powered or self.level < STOP:
            if self.powered and lead.running:
                self._lead = 1 - self._lead  # they take turns
            lead.switch(on=False)
            second.switch(on=False)
            return
        lead.switch(on=lead.running or self.level > START)
        second.switch(on=second.running or self.level > (START if lead.fault else HELP))

    def values(self) -> dict[str, Physical]:
        """Points of a sump pump controller."""
        points: dict[str, Physical] = {
            "water_level": max(0.0, self.level + self._ripple.now),
            "high_level": self.level > HIGH,
            "power_ok": self.powered,
        }
        for number, pump in enumerate(self.pumps, start=1):
            points |= {
                f"pump_{number}_running": pump.running,
                f"pump_{number}_fault": pump.fault,
                f"pump_{number}_auto": True,
                f"pump_{number}_starts": float(pump.starts),
                f"pump_{number}_running_hours": pump.hours,
            }
        return points
