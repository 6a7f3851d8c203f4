"""A fire main as its pressure transmitter sees it: hydrants or sprinklers, pumps behind them, a little leakage."""

from random import Random

from facility.domain.asset import Asset
from simulators.plant.device import HOURS, Physical, Wander
from simulators.plant.fire_pump import FirePump, JockeyPump
from simulators.plant.valve import Valve

HELD = 0.88  # MPa at the start
STORAGE = 0.4  # m³ that the main and its pressure tank give for 1 MPa
LEAKAGE = 0.02  # m³/h at HELD
IN_USE = 36.0  # m³/h at HELD: two hydrant nozzles, or some sprinkler heads
RELIEF = 1.20  # MPa at which the relief valve opens


class FireMain:
    """A main with the transmitter at its least favourable outlet."""

    def __init__(self, asset: Asset, rng: Random) -> None:
        self.asset = asset
        self.pressure = HELD + rng.uniform(-0.03, 0.01)
        self.in_use = False
        self.pumps: list[FirePump] = []
        self.jockeys: list[JockeyPump] = []
        self.valves: list[Valve] = []
        self._ripple = Wander(rng, 0.002, memory=5.0)

    def step(self, from_jockeys: float) -> None:
        """What the pumps deliver against what leaves; a closed valve lets nothing in."""
        delivered = from_jockeys + sum(pump.flow for pump in self.pumps)
        if not all(valve.passes for valve in self.valves):
            delivered = 0.0
        asked = IN_USE if self.in_use else 0.0
        leaves = (asked + LEAKAGE) * (self.pressure / HELD) ** 0.5
        change = (delivered - leaves) * HOURS / STORAGE
        self.pressure = min(RELIEF, max(0.0, self.pressure + change))
        self._ripple.step()

    @property
    def shown(self) -> float:
        """MPa on the transmitter."""
        return max(0.0, self.pressure + self._ripple.now)

    def values(self) -> dict[str, Physical]:
        """Points of a pressure transmitter."""
        return {"pressure": self.shown, "unit_setting": "mpa", "decimals": 3.0}
