"""A booster set: two to four pumps with one controller, fed from the town main or from a tank."""

from collections.abc import Callable
from random import Random

from facility.domain.asset import Asset
from simulators.plant.device import STEP, Physical
from simulators.plant.feeder import Feeder
from simulators.plant.pump import DRY, FAULT, FLOW, RUNNING, Pump, PumpGroup
from simulators.plant.tank import Tank
from simulators.plant.water_meter import WaterMeter

MOST, USUAL = 4, 3  # pumps of a set
SET_PRESSURE = 0.50  # MPa
NO_WATER, WATER_AGAIN = 0.05, 0.10  # MPa at the inlet below which it locks out, above which it starts again
LOCK_AFTER, UNLOCK_AFTER = 5.0, 10.0  # s
NO_WATER_CODE = 3
OWN_TANK = 0.02  # MPa at the inlet of a set whose supply is not simulated


class BoosterSet:
    """The controller holds the set pressure, changes the duty, and locks out without water."""

    def __init__(
        self, asset: Asset, rng: Random, supply: Callable[[], Feeder | None] | None, *, pumps: int = USUAL
    ) -> None:
        self.asset = asset
        self.pumps = [Pump(asset, rng, supply) for _ in range(max(2, min(MOST, pumps)))]
        self.group = PumpGroup(self.pumps, None, target=SET_PRESSURE)
        self.meters: list[WaterMeter] = []  # the town main, when it feeds the set
        self.tanks: list[Tank] = []  # else the tanks that feed it
        self.demand = 0.0  # m³/h at the set pressure, set before each step
        self._waited = 0.0

    @property
    def inlet(self) -> float:
        """MPa in front of the pumps."""
        if self.meters:
            return self.meters[0].pressure
        return 0.0098 * self.level if self.tanks else OWN_TANK

    @property
    def level(self) -> float:
        """m of water in the fullest of its tanks."""
        return max((tank.level for tank in self.tanks), default=0.0)

    @property
    def no_water(self) -> bool:
        """Locked out for want of water."""
        return self.group.locked

    def fail(self) -> None:
        """The duty pump's drive reports a fault."""
        self.pumps[self.group.duty].fail()

    def mend(self) -> None:
        """All pumps are ready again."""
        for pump in self.pumps:
            pump.mend()

    def step(self) -> None:
        """Guard the inlet, run the pumps, and take the water from where it comes."""
        group, inlet = self.group, self.inlet
        self._guard(inlet)
        group.demand = self.demand
        group.inlet = inlet if self.meters else 0.0
        group.past = self._past(inlet)
        group.step()
        for pump in self.pumps:
            pump.suction = inlet
        for meter in self.meters[:1]:
            meter.draw(group.flow + group.past)

    def _past(self, inlet: float) -> float:
        """m³/h through the by-pass, whose check valve opens when the main has less than the street."""
        over = inlet - self.group.pressure
        opens = self.meters and inlet > NO_WATER and over > 0.0
        return FLOW * min(1.0, over / 0.1) if opens else 0.0

    def _guard(self, inlet: float) -> None:
        locked = self.group.locked
        changes = self._enough(inlet) if locked else self._too_little(inlet)
        self._waited = self._waited + STEP if changes else 0.0
        if self._waited >= (UNLOCK_AFTER if locked else LOCK_AFTER):
            self.group.locked, self._waited = not locked, 0.0

    def _too_little(self, inlet: float) -> bool:
        """A tank gives little pressure: there its level decides."""
        return inlet < NO_WATER if self.meters else bool(self.tanks) and self.level < DRY

    def _enough(self, inlet: float) -> bool:
        return inlet > WATER_AGAIN if self.meters else self.level > 2 * DRY

    def values(self) -> dict[str, Physical]:
        """Points of a booster set; pumps that it does not have are absent."""
        group = self.group
        running = [place for place, pump in enumerate(self.pumps) if pump.state == RUNNING]
        code = NO_WATER_CODE if self.no_water else max(pump.fault_code for pump in self.pumps)
        points: dict[str, Physical] = {
            "running": bool(running),
            "auto": True,
            "fault": any(pump.state == FAULT for pump in self.pumps),
            "no_water": self.no_water,
            "high_pressure": False,
            "fault_code": float(code),
            "set_pressure": group.target,
            "outlet_pressure": group.pressure,
            "inlet_pressure": self.inlet,
            "duty_pump": f"pump_{group.duty + 1}" if running else "none",
            "flow": group.flow + group.past,
        }
        for place in range(MOST):
            points |= _pump_points(place + 1, self.pumps[place] if place < len(self.pumps) else None)
        return points


def _pump_points(number: int, pump: Pump | None) -> dict[str, Physical]:
    return {
        f"pump_{number}_state": pump.state if pump else "absent",
        f"pump_{number}_auto": pump is not None,
        f"pump_{number}_frequency": pump.hertz if pump else 0.0,
        f"pump_{number}_running_hours": pump.hours if pump else 0.0,
    }
