"""Fire: the alarm panel with its four loops, on mains and battery."""

from collections.abc import Callable
from random import Random

from facility.domain.asset import Asset
from simulators.plant.device import STEP, Physical, Wander
from simulators.plant.feeder import Feeder
from simulators.plant.fire_main import FireMain
from simulators.plant.fire_pump import AUTO, FirePump

LOOPS = 4
POINTS = 160  # detectors and modules of a loop
BATTERY = 24 * 3600.0  # s that the battery carries the panel
NORMAL, ALARM, FAULT, DISABLED = "normal", "alarm", "fault", "disabled"


class FirePanel:
    """A panel: an alarm stays until it is reset at the panel."""

    def __init__(self, asset: Asset, rng: Random, supply: Callable[[], Feeder | None] | None) -> None:
        self.asset = asset
        self.loops = [NORMAL] * LOOPS
        self.alarms = rng.randrange(3, 40)
        self._supply = supply
        self._battery = BATTERY
        self._hydrant, self._sprinkler = 0.55, 0.62  # MPa where the mains are not simulated
        self.hydrants: list[FireMain] = []
        self.sprinklers: list[FireMain] = []
        self.pumps: list[FirePump] = []
        self._ripple = Wander(rng, 0.004)

    @property
    def mains(self) -> bool:
        """The panel's mains supply is there."""
        return self._supply is None or self._supply() is not None

    @property
    def alarming(self) -> bool:
        """It reports fire."""
        return ALARM in self.loops

    def alarm(self, loop: int) -> None:
        """A detector of a loop (1–4) reports fire."""
        self.loops[loop - 1] = ALARM
        self.alarms += 1

    def disturb(self, loop: int) -> None:
        """A loop (1–4) is broken."""
        self.loops[loop - 1] = FAULT

    def disable(self, loop: int) -> None:
        """A loop (1–4) is disabled at the panel."""
        self.loops[loop - 1] = DISABLED

    def reset(self) -> None:
        """Somebody resets the panel."""
        self.loops = [NORMAL] * LOOPS

    def step(self) -> None:
        """The battery follows the mains, the hydrant main its small ripple."""
        change = 2.0 * STEP if self.mains else -STEP
        self._battery = max(0.0, min(BATTERY, self._battery + change))
        self._ripple.step()

    def values(self) -> dict[str, Physical]:
        """Points of a fire panel."""
        points: dict[str, Physical] = {
            "fire_alarm": self.alarming,
            "fault": FAULT in self.loops or not self.mains,
            "disablement": DISABLED in self.loops,
            "mains_ok": self.mains,
            "battery_ok": self._battery > 0.2 * BATTERY,
            "alarm_count": float(self.alarms),
            "points_total": float(LOOPS * POINTS),
            "points_faulty": float(POINTS * self.loops.count(FAULT)),
            "points_disabled": float(POINTS * self.loops.count(DISABLED)),
            "linkage_on": self.alarming,
            "hydrant_pressure": self._pressure(self.hydrants, self._hydrant),
            "sprinkler_pressure": self._pressure(self.sprinklers, self._sprinkler),
            "pump_running": any(pump.running for pump in self.pumps),
            "pump_auto": all(pump.mode == AUTO for pump in self.pumps),
        }
        points.update({f"loop_{number}": state for number, state in enumerate(self.loops, start=1)})
        return points

    def _pressure(self, mains: list[FireMain], usual: float) -> float:
        return max(0.0, min((main.pressure for main in mains), default=usual) + self._ripple.now)
