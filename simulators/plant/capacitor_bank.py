"""A capacitor bank: switches steps in and out to hold the power factor of its busbar, each step in its turn."""

import math
from random import Random

from facility.domain.asset import Asset
from simulators.plant.device import STEP, Physical, Wander
from simulators.plant.feeder import NOMINAL, Feeder, power_factor
from simulators.plant.room import Room

STEPS, KILOVARS = 8, 25.0  # kvar of a step at the nominal voltage
TARGET = 0.97
TANGENT = math.sqrt(1.0 / TARGET**2 - 1.0)
WAITS = 20.0  # s between two switchings
DISCHARGES = 60.0  # s before a step may be switched in again
WARMS, RISE = 900.0, 2.0  # s; K a step
TOO_HOT, TOO_MUCH = 60.0, 1.1  # °C in the cabinet, share of the nominal voltage: all steps go out
AUTO, MANUAL = "auto", "manual"


class CapacitorBank:
    """A bank on the busbar of one feeder."""

    def __init__(self, asset: Asset, rng: Random, feeder: Feeder | None, room: Room) -> None:
        self.asset = asset
        self.feeder = feeder
        self.room = room
        self.mode = AUTO
        self.on = [False] * STEPS
        self.dead = [False] * STEPS  # fuse blown: switched in, it gives nothing
        self.switchings = [rng.randrange(4_000, 9_000) for _ in range(STEPS)]
        self.temperature = room.temperature + 4.0
        self._rests = [0.0] * STEPS  # s until the step is discharged
        self._waited = 0.0
        self._distortion = Wander(rng, 0.1, memory=120.0)

    @property
    def volts(self) -> float:
        """Between phase and neutral on the busbar."""
        return self.feeder.volts[0] if self.feeder is not None and self.feeder.feeds else 0.0

    @property
    def given(self) -> float:
        """kvar given now."""
        working = sum(on and not dead for on, dead in zip(self.on, self.dead, strict=True))
        return KILOVARS * working * (self.volts / NOMINAL) ** 2

    def restore(self) -> None:
        """Fuses replaced, control in auto."""
        self.dead, self.mode = [False] * STEPS, AUTO

    def blow_fuses(self, steps: int) -> None:
        """The first steps give nothing any more."""
        self.dead = [number < steps for number in range(STEPS)]

    def step(self) -> None:
        """Switch at most one step; the feeder carries what is left."""
        self._rests = [max(0.0, rest - STEP) for rest in self._rests]
        self._distortion.step()
        self._waited += STEP
        voltage = self.volts / NOMINAL
        if voltage < 0.5 or voltage > TOO_MUCH or self.temperature > TOO_HOT:
            for number in range(STEPS):
                self._switch_out(number)
        elif self.mode == AUTO and self._waited >= WAITS:
            self._waited = 0.0
            self._regulate()
        aim = self.room.temperature + 4.0 + RISE * sum(self.on)
        self.temperature += (aim - self.temperature) * STEP / WARMS
        if self.feeder is not None:
            self.feeder.compensation = self.given

    def _regulate(self) -> None:
        assert self.feeder is not None
        missing = self.feeder.inductive - self.given - self.feeder.kilowatts * TANGENT
        ready = [number for number in range(STEPS) if not self.on[number] and not self._rests[number]]
        working = [number for number in range(STEPS) if self.on[number]]
        if missing > 0.6 * KILOVARS and ready:
            self._switch_in(min(ready, key=lambda number: (self.switchings[number], number)))
        elif missing < -0.8 * KILOVARS and working:
            self._switch_out(max(working, key=lambda number: (self.switchings[number], number)))

    def _switch_in(self, number: int) -> None:
        self.on[number] = True
        self.switchings[number] += 1

    def _switch_out(self, number: int) -> None:
        if self.on[number]:
            self.on[number], self._rests[number] = False, DISCHARGES

    def values(self) -> dict[str, Physical]:
        """Points of a capacitor bank."""
        kilowatts, inductive = (self.feeder.kilowatts, self.feeder.inductive) if self.feeder is not None else (0.0, 0.0)
        lost = any(on and dead for on, dead in zip(self.on, self.dead, strict=True))
        hot, high = self.temperature > TOO_HOT, self.volts > TOO_MUCH * NOMINAL
        return {
            "power_factor_before": power_factor(kilowatts, inductive),
            "power_factor": power_factor(kilowatts, inductive - self.given),
            "reactive_power": self.given,
            "load": kilowatts,
            "voltage": self.volts * math.sqrt(3.0),
            "current": 1000.0 * self.given / (3.0 * self.volts) if self.volts else 0.0,
            "temperature": self.temperature,
            "voltage_thd": 2.0 + 0.1 * sum(self.on) + self._distortion.now if self.volts else 0.0,
            "steps_on": float(sum(self.on)),
            "mode": self.mode,
            **{f"step_{number}": on for number, on in enumerate(self.on, start=1)},
            "capacity_lost": lost,
            "over_temperature": hot,
            "overvoltage": high,
            "alarm": lost or hot or high,
            "switchings": float(sum(self.switchings)),
            "switchings_most": float(max(self.switchings)),
        }
