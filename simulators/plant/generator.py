"""Emergency power: a diesel generator set with its start sequence, battery, fuel and cooling, and its controller."""

from random import Random

from facility.domain.asset import Asset
from simulators.plant.device import HOURS, STEP, Physical, Wander
from simulators.plant.feeder import ALIVE, DEAD, NOMINAL, Feeder

CONFIRMS, CRANKS, RUNS_UP = 2.0, 3.0, 5.0  # s: the start signal is trusted; the engine turns; it reaches its speed
START_AFTER = CONFIRMS + CRANKS + RUNS_UP  # s from the loss of the mains to the generator's voltage
LONGEST_CRANK, RESTS, ATTEMPTS = 8.0, 10.0, 3  # s, s between two attempts, attempts before it gives up
COOL_DOWN = 20.0  # s that the generator runs on without load
RATED = 300.0  # kW
TANK = 400.0  # l
IDLE_BURN, BURN = 4.0, 0.26  # l/h, l/kWh
HEATER, WORKING, LOAD_RISE = 42.0, 76.0, 12.0  # °C of the coolant at rest, running, and K more at the rated power
WARMS, COOLS = 240.0, 5_400.0  # s
TOO_HOT, OIL_COLD, OIL_WARM, OIL_LEAST = 98.0, 460.0, 340.0, 150.0  # °C, kPa
FLAT, FULL, CHARGER, CRANK_DROP = 22.6, 25.4, 1.8, 4.6  # V of the battery, what charger and starter make of it
DRAINS, CHARGES = 0.010, 0.0004  # share of the charge a second of cranking, of charging
WEAKEST = 0.15  # share of the charge that still turns the engine
LOW_FUEL, LOW_BATTERY = 0.15, 24.0  # share of the tank, V: warnings of the controller
STOPPED, WAITING, CRANKING, RESTING, RUNNING_UP = "stopped", "waiting", "cranking", "resting", "running_up"
RUNNING, COOLING, FAILED = "running", "cooling", "failed"
AUTO, MANUAL, TEST = "auto", "manual", "test"


class Generator(Feeder):
    """A generator as a source. Its transfer switches tell it that they want it; in auto it starts by itself."""

    def __init__(self, asset: Asset, rng: Random) -> None:
        super().__init__(asset, rng, (), load=0.0)
        self.wanted = False
        self.mode = AUTO
        self.state = STOPPED
        self.attempt = 0
        self.will_not_fire = False  # the fuel valve is stuck
        self.cause = ""  # of a shutdown: fail_to_start, hot, oil or fuel
        self._waited = 0.0
        self._governor = Wander(rng, 0.06, memory=8.0)
        self.fuel = TANK * rng.uniform(0.78, 0.92)  # l
        self.charge = 1.0  # of the battery
        self.charger = True
        self.coolant = HEATER
        self.oil = 0.0  # kPa
        self.hours = rng.uniform(80.0, 400.0)
        self.starts = rng.randrange(60, 300)

    @property
    def running(self) -> bool:
        """It gives voltage."""
        return self.state in (RUNNING, COOLING)

    @property
    def turning(self) -> bool:
        """The engine runs by itself."""
        return self.running or self.state == RUNNING_UP

    @property
    def battery(self) -> float:
        """V of the starter battery."""
        rest = FLAT + (FULL - FLAT) * self.charge
        if self.state == CRANKING:
            return rest - CRANK_DROP
        return rest + (CHARGER if self.charger else 0.0)

    def control(self) -> None:
        """One step of the start and stop sequence, and of what the engine does to fuel, battery, oil and coolant."""
        called = self.mode == TEST or (self.mode == AUTO and self.wanted)
        self._waited += STEP
        before = self.state
        self._advance(called)
        if self.state != before:
            self._waited = 0.0
        self._live_on()
        self._protect()

    def restore(self) -> None:
        """Mended, refuelled, reset and in auto."""
        super().restore()
        self.mode, self.will_not_fire, self.charger = AUTO, False, True
        self.charge, self.fuel = 1.0, max(self.fuel, 0.8 * TANK)
        self.reset()

    def reset(self) -> None:
        """Acknowledge a shutdown at the panel."""
        if self.state == FAILED:
            self.state, self._waited = STOPPED, 0.0
        self.cause = ""

    def _advance(self, called: bool) -> None:
        if self.state == STOPPED and called:
            self.state, self.attempt = WAITING, 1
        elif self.state in (WAITING, RESTING, CRANKING) and not called:
            self._stop()
        elif self.state == WAITING:
            self._next(CONFIRMS - STEP, CRANKING)  # the step in which the signal came counts
        elif self.state == RESTING:
            self._next(RESTS, CRANKING)
        elif self.state == CRANKING:
            self._crank()
        elif self.state == RUNNING_UP:
            self._next(RUNS_UP, RUNNING)
        elif self.state == RUNNING and not called:
            self.state = COOLING
        elif self.state == COOLING and called:
            self.state = RUNNING
        elif self.state == COOLING and self._waited >= COOL_DOWN - STEP:
            self._stop()

    def _next(self, after: float, state: str) -> None:
        if self._waited >= after:
            self.state = state

    def _stop(self) -> None:
        self.state, self.attempt = STOPPED, 0

    def _crank(self) -> None:
        fires = not self.will_not_fire and self.fuel > 0.0 and self.charge > WEAKEST
        if fires and self._waited >= CRANKS:
            self.state = RUNNING_UP
            self.starts += 1
        elif self._waited >= LONGEST_CRANK and self.attempt >= ATTEMPTS:
            self._fail("fail_to_start")
        elif self._waited >= LONGEST_CRANK:
            self.state, self.attempt = RESTING, self.attempt + 1

    def _fail(self, cause: str) -> None:
        self.state, self.cause = FAILED, cause

    def _live_on(self) -> None:
        if self.state == CRANKING:
            self.charge = max(0.0, self.charge - DRAINS * STEP)
        elif self.charger:
            self.charge = min(1.0, self.charge + CHARGES * STEP)
        share = self.kilowatts / RATED
        if self.turning:
            self.hours += HOURS
            self.fuel = max(0.0, self.fuel - (IDLE_BURN + BURN * self.kilowatts) * HOURS)
            self.coolant += (WORKING + LOAD_RISE * share - self.coolant) * STEP / WARMS
        else:
            self.coolant += (HEATER - self.coolant) * STEP / COOLS
        warm = max(0.0, min(1.0, (self.coolant - HEATER) / (WORKING - HEATER)))
        pressed = OIL_COLD + (OIL_WARM - OIL_COLD) * warm if self.turning else 0.0
        self.oil += (pressed - self.oil) * min(1.0, STEP / 1.5)

    def _protect(self) -> None:
        if self.running and self.fuel <= 0.0:
            self._fail("fuel")
        elif self.running and self.coolant > TOO_HOT:
            self._fail("hot")
        elif self.state == RUNNING and self._waited > 10.0 and self.oil < OIL_LEAST:
            self._fail("oil")

    def energise(self) -> None:
        """Voltage of its own, with a governor's small swings."""
        swing = self._governor.step()
        if not self.running:
            self.volts, self.hertz = DEAD, 0.0
            return
        base = NOMINAL + 1.0 + 8.0 * swing - 0.01 * self.kilowatts
        self.volts, self.hertz = (base, base + 0.4, base - 0.3), 50.0 + swing


class GeneratorSet(Generator):
    """A generator that is read by its controller, not by a meter."""

    def values(self) -> dict[str, Physical]:
        """Points of a standby generator's controller."""
        amperes = self.amperes()
        low = self.battery < LOW_BATTERY and self.state != CRANKING
        shutdown = self.state == FAILED
        return {
            "state": self.state,
            "mode": self.mode,
            "voltage_l1": self.volts[0],
            "voltage_l2": self.volts[1],
            "voltage_l3": self.volts[2],
            "frequency": self.hertz,
            "speed": self._speed(),
            "current_l1": amperes[0],
            "current_l2": amperes[1],
            "current_l3": amperes[2],
            "active_power": self.kilowatts,
            "load_share": 100.0 * self.kilowatts / RATED,
            "coolant_temperature": self.coolant,
            "oil_pressure": self.oil,
            "fuel_level": 100.0 * self.fuel / TANK,
            "battery_voltage": self.battery,
            "running_hours": self.hours,
            "starts": float(self.starts),
            "energy": self.kilowatt_hours,
            "common_alarm": shutdown or low or self.fuel < LOW_FUEL * TANK or not self.charger,
            "common_shutdown": shutdown,
            "emergency_stop": False,
            "fail_to_start": shutdown and self.cause == "fail_to_start",
            "coolant_hot": shutdown and self.cause == "hot",
            "oil_pressure_low": shutdown and self.cause == "oil",
            "charger_failed": not self.charger,
        }

    def _speed(self) -> float:
        if self.volts[0] > ALIVE:
            return 30.0 * self.hertz  # four poles
        slow = {CRANKING: 180.0, RUNNING_UP: 1_500.0 * min(1.0, self._waited / RUNS_UP)}
        return slow.get(self.state, 0.0)
