"""Water under pressure: booster pumps in groups (duty and standby) that hold the pressure of their main by frequency."""

from collections.abc import Callable, Sequence
from random import Random

from facility.domain.asset import Asset
from simulators.plant.device import HOURS, STEP, Physical, Wander
from simulators.plant.feeder import Feeder

TARGET = 0.45  # MPa
HEAD = 0.80  # MPa of a pump at 50 Hz without flow
FLOW = 40.0  # m³/h of a pump at 50 Hz against no pressure
STORAGE = 0.15  # m³ that the main and its pressure tank give for 1 MPa
SLOWEST, FASTEST, RAMP = 22.0, 50.0, 12.0  # Hz, Hz, Hz/s
RESTART_AFTER = 5.0  # s of power before the controller starts a pump again
HELP_AFTER, ALONE_AFTER = 10.0, 60.0  # s at full speed before the standby helps; s of low speed before it stops
DRY = 0.15  # m of water in the tank below which a pump stops on dry running
NO_FAULT, OVERLOAD, DRY_RUN = 0, 12, 31  # codes of the frequency converter
STOPPED, RUNNING, FAULT = "stopped", "running", "fault"


class Pump:
    """One booster pump with its frequency converter."""

    def __init__(self, asset: Asset, rng: Random, supply: Callable[[], Feeder | None] | None) -> None:
        self.asset = asset
        self._supply = supply
        self.hertz = 0.0
        self.state = STOPPED
        self.fault_code = NO_FAULT
        self.flow = 0.0  # m³/h
        self.kilowatts = rng.uniform(7.0, 11.0)  # at 50 Hz
        self.hours = rng.uniform(1_500.0, 9_000.0)
        self.starts = rng.randrange(400, 2_500)
        self.pressure = TARGET
        self.suction = 0.02  # MPa
        self.warmth = 25.0  # °C of the motor
        self._hum = Wander(rng, 0.08, memory=5.0)

    @property
    def powered(self) -> bool:
        """Its converter has power."""
        return self._supply is None or self._supply() is not None

    @property
    def available(self) -> bool:
        """It can run."""
        return self.state != FAULT and self.powered

    def start(self) -> None:
        """Start from standstill."""
        self.state, self.hertz = RUNNING, 5.0
        self.starts += 1

    def stop(self) -> None:
        """Stop at once."""
        self.state, self.hertz, self.flow = STOPPED, 0.0, 0.0

    def fail(self, code: int = OVERLOAD) -> None:
        """The converter reports a fault and stops the motor."""
        self.stop()
        self.state, self.fault_code = FAULT, code

    def mend(self) -> None:
        """Reset the fault; the controller starts it when needed."""
        if self.state == FAULT:
            self.state, self.fault_code = STOPPED, NO_FAULT

    def turn(self, wanted: float, pressure: float) -> None:
        """One step at the wanted frequency against what is left of the main's pressure above that of the inlet."""
        self.hertz += max(-RAMP * STEP, min(RAMP * STEP, wanted - self.hertz))
        speed = self.hertz / FASTEST
        head = HEAD * speed * speed
        pressure = max(0.0, pressure)
        self.flow = FLOW * speed * (1.0 - pressure / head) ** 0.5 if head > pressure else 0.0
        self.hours += HOURS
        self._hum.step()
        feeder = self._supply() if self._supply else None
        if feeder is not None:
            feeder.draw(self.kilowatts * speed**3)

    def cool(self) -> None:
        """One step of the motor's temperature, running or not."""
        aim = 22.0 + 48.0 * (self.hertz / FASTEST) ** 2
        self.warmth += (aim - self.warmth) * STEP / 600.0

    def values(self) -> dict[str, Physical]:
        """Points of a booster pump."""
        speed = self.hertz / FASTEST
        return {
            "run_state": self.state,
            "mode": "auto",
            "frequency": self.hertz,
            "outlet_pressure": self.pressure,
            "inlet_pressure": self.suction,
            "motor_power": self.kilowatts * speed**3,
            "motor_temperature": self.warmth,
            "motor_current": max(0.0, self.kilowatts * 2.0 * (0.25 + 0.75 * speed * speed) + self._hum.now)
            if speed
            else 0.0,
            "running_hours": self.hours,
            "starts": float(self.starts),
            "fault_code": float(self.fault_code),
            "fault": self.state == FAULT,
            "overload": self.fault_code == OVERLOAD,
        }


class PumpGroup:
    """Pumps on one main: from the duty pump on, the first that can run has the duty, the others stand by."""

    def __init__(self, pumps: Sequence[Pump], suction: Callable[[], float] | None, *, target: float = TARGET) -> None:
        self.pumps = tuple(pumps)
        self.target = target  # MPa
        self.pressure = target
        self.demand = 0.0  # m³/h asked at the target pressure, set before each step
        self.burst = 0.0  # m³/h that a burst pipe would lose at the target pressure
        self.inlet = 0.0  # MPa in front of the pumps that adds to their own
        self.past = 0.0  # m³/h that reach the main past the pumps
        self.locked = False  # the set's controller keeps all pumps at rest
        self.duty = 0  # place of the duty pump
        self._suction = suction  # m of water in the tank they take from
        self._hertz = 35.0
        self._error = 0.0
        self._dark = 0.0
        self._strained = self._idle = 0.0
        if pumps:
            pumps[0].state, pumps[0].hertz = RUNNING, self._hertz

    @property
    def flow(self) -> float:
        """m³/h that the pumps take from their tank."""
        return sum(pump.flow for pump in self.pumps)

    @property
    def lost(self) -> float:
        """m³/h that leave through a burst pipe."""
        return self.burst * float((self.pressure / self.target) ** 0.5)

    def change_duty(self) -> None:
        """The next pump takes over the duty; the one that had it rests."""
        running = [pump for pump in self.pumps if pump.state == RUNNING]
        self.duty = (self.duty + 1) % len(self.pumps)
        following = self.pumps[self.duty]
        if running and following.available and following.state == STOPPED:
            running[0].stop()
            following.start()
            following.hertz = self._hertz  # a bumpless change: the controller brings it up to speed first

    def step(self) -> None:
        """Start and stop pumps, turn them, and let the pressure follow."""
        self._protect()
        self._choose()
        running = [pump for pump in self.pumps if pump.state == RUNNING]
        self._regulate(bool(running))
        for pump in running:
            pump.turn(self._hertz, self.pressure - self.inlet)
        used = (self.demand + self.burst) * (self.pressure / self.target) ** 0.5
        change = (self.flow + self.past - used) * HOURS / STORAGE
        self.pressure = max(0.0, self.pressure + change)
        for pump in self.pumps:
            pump.pressure = self.pressure
            pump.suction = 0.0098 * self._suction() if self._suction else 0.2
            pump.cool()

    def _protect(self) -> None:
        dry = self._suction is not None and self._suction() < DRY
        for pump in self.pumps:
            if (self.locked or not pump.powered) and pump.state == RUNNING:
                pump.stop()
            elif dry and pump.state == RUNNING:
                pump.fail(DRY_RUN)
            elif pump.fault_code == DRY_RUN and self._suction is not None and self._suction() > 2 * DRY:
                pump.mend()

    def _choose(self) -> None:
        running = [pump for pump in self.pumps if pump.state == RUNNING]
        inline = (*self.pumps[self.duty :], *self.pumps[: self.duty])
        ready = [pump for pump in inline if pump.available and pump.state == STOPPED and not self.locked]
        if not running:
            self._dark = self._dark + STEP if ready else 0.0
            if ready and self._dark >= RESTART_AFTER:
                ready[0].start()
                self.duty = self.pumps.index(ready[0])
                self._hertz, self._dark = SLOWEST, 0.0
            return
        self._dark = 0.0
        strained = self._hertz >= FASTEST - 0.5 and self.pressure < 0.9 * self.target
        idle = len(running) > 1 and self._hertz < 32.0
        self._strained = self._strained + STEP if strained else 0.0
        self._idle = self._idle + STEP if idle else 0.0
        if ready and self._strained >= HELP_AFTER:
            ready[0].start()
            self._strained = 0.0
        elif self._idle >= ALONE_AFTER:
            next(pump for pump in reversed(inline) if pump in running).stop()
            self._idle = 0.0

    def _regulate(self, running: bool) -> None:
        error = self.target - self.pressure
        if running:
            change = 40.0 * (error - self._error) + 12.0 * error * STEP
            self._hertz = max(SLOWEST, min(FASTEST, self._hertz + change))
        self._error = error
