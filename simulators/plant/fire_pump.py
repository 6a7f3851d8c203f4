"""Fire pumps: the large one that starts when the pressure drops and only a person stops, and the jockey that holds it."""

from collections.abc import Callable
from random import Random

from facility.domain.asset import Asset
from simulators.plant.device import HOURS, Physical, Wander
from simulators.plant.feeder import Feeder
from simulators.plant.fire_tank import FireTank

HEAD, DROOP = 1.15, 0.35  # MPa without flow; MPa less at the rated flow
RATED = 108.0  # m³/h
STARTS_BELOW = 0.75  # MPa
JOCKEY_STARTS_BELOW, JOCKEY_STOPS_ABOVE = 0.83, 0.90  # MPa
JOCKEY_FLOW = 3.6  # m³/h
SPIN_UP = 0.1  # of the speed in one step
SUCTION = 0.03  # MPa in front of the pump with a full tank
AMPERES = 140.0
OFF, MANUAL, AUTO = "off", "manual", "auto"


class FirePump:
    """A fire pump with its controller. It does not stop by itself."""

    def __init__(self, asset: Asset, rng: Random, supply: Callable[[], Feeder | None] | None) -> None:
        self.asset = asset
        self.running = False
        self.fault = False
        self.phase_loss = False
        self.mode = AUTO
        self.tanks: list[FireTank] = []
        self.pressure = 0.0  # MPa of its main
        self.flow = 0.0  # m³/h
        self.starts = rng.randrange(60, 300)
        self.hours = rng.uniform(20.0, 120.0)
        self._speed = 0.0
        self._supply = supply
        self._hum = Wander(rng, 1.0, memory=5.0)

    @property
    def powered(self) -> bool:
        """Its controller has its supply."""
        return self._supply is None or self._supply() is not None

    @property
    def dry(self) -> bool:
        """Its tank gives no water."""
        return bool(self.tanks) and all(tank.empty for tank in self.tanks)

    def fail(self) -> None:
        """The controller reports a fault and stops the motor."""
        self.fault, self.running = True, False

    def stop(self) -> None:
        """A person stops it at the controller and leaves it in automatic."""
        self.running, self.mode = False, AUTO

    def mend(self) -> None:
        """In order, at rest, in automatic."""
        self.fault = self.phase_loss = False
        self.stop()

    def step(self, pressure: float) -> None:
        """Start when the main's pressure has dropped; deliver against it."""
        able = self.powered and not self.fault and not self.phase_loss
        if not self.running and able and self.mode == AUTO and pressure < STARTS_BELOW:
            self.running = True
            self.starts += 1
        turns = self.running and able
        self._speed = min(1.0, self._speed + SPIN_UP) if turns else max(0.0, self._speed - SPIN_UP)
        spare = HEAD * self._speed * self._speed - pressure
        self.flow = RATED * min(1.4, (spare / DROOP) ** 0.5) if spare > 0.0 and not self.dry else 0.0
        self.pressure = pressure
        self._hum.step()
        feeder = self._supply() if self._supply else None
        if turns:
            self.hours += HOURS
            if feeder is not None:
                feeder.draw(75.0 * (0.5 + 0.5 * self.flow / RATED))

    def values(self) -> dict[str, Physical]:
        """Points of a fire pump controller."""
        load = 0.55 + 0.45 * self.flow / RATED
        turns = self.running and self.powered
        return {
            "power_ok": self.powered,
            "mode": self.mode,
            "running": turns,
            "fault": self.fault,
            "phase_loss": self.phase_loss,
            "failed_to_start": False,
            "low_suction": self.dry,
            "pressure": self.pressure,
            "suction_pressure": 0.0 if self.dry else SUCTION,
            "motor_current": max(0.0, AMPERES * load + self._hum.now) if turns else 0.0,
            "starts": float(self.starts),
            "running_hours": self.hours,
        }


class JockeyPump:
    """A small pump that holds the pressure of one or more fire mains."""

    def __init__(self, asset: Asset, rng: Random, supply: Callable[[], Feeder | None] | None) -> None:
        self.asset = asset
        self.running = False
        self.fault = False
        self.pressure = 0.0  # MPa at its outlet
        self.starts = rng.randrange(4_000, 20_000)
        self.hours = rng.uniform(100.0, 900.0)
        self._supply = supply

    @property
    def powered(self) -> bool:
        """It has power."""
        return self._supply is None or self._supply() is not None

    def fail(self) -> None:
        """Its motor protection trips."""
        self.fault, self.running = True, False

    def mend(self) -> None:
        """Ready again."""
        self.fault = False

    def step(self, lowest: float) -> None:
        """Run between the two pressures of the lowest main."""
        able = self.powered and not self.fault
        wanted = lowest < (JOCKEY_STOPS_ABOVE if self.running else JOCKEY_STARTS_BELOW)
        self.starts += able and wanted and not self.running
        self.running = able and wanted
        self.pressure = lowest
        if self.running:
            self.hours += HOURS
            feeder = self._supply() if self._supply else None
            if feeder is not None:
                feeder.draw(2.2)

    def values(self) -> dict[str, Physical]:
        """Points of a jockey pump."""
        return {
            "running": self.running,
            "fault": self.fault,
            "auto": True,
            "pressure": self.pressure,
            "starts": float(self.starts),
            "running_hours": self.hours,
        }
