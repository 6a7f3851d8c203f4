"""The whole estate: builds the devices from the site, steps them in the order in which they depend on each other."""

import math
from collections.abc import Callable, Iterable, Mapping
from random import Random
from typing import TypeVar

from facility.domain.asset import Asset, Site
from simulators.plant.day import DAYS, GAS_OF_YEAR, WATER, WATER_OF_YEAR, at_day, at_hour
from simulators.plant.device import STEP, Device, Event, Physical
from simulators.plant.feeder import powered_by
from simulators.plant.fire_panel import FirePanel
from simulators.plant.gas import Gas
from simulators.plant.gate import Gate
from simulators.plant.power import Power
from simulators.plant.pump import Pump, PumpGroup
from simulators.plant.tank import Tank
from simulators.plant.waterworks import Waterworks, maker_of

DAY = 86_400.0
SEED, START_HOUR, MONTH = 7, 8.0, 11.0  # defaults of simulation.seed, start_hour and month
HOMES, ROOF = 14.0, 5.0  # m³/h at the daily maximum: homes on a main, homes below a tank
TANK_HEIGHT = 4.0  # m, or the end of the transmitter's range when that is less

D = TypeVar("D", bound=Device)


class Plant:
    """All devices of a site. Two plants of one site and seed are equal after equally many steps and equal actions.

    `site.simulation`: seed (7), start_hour (8), month (1–12, begins in its middle; 11), generators (ids of meters that stand
    for one; default: meters without source named generator…), loads (asset id → kW of a meter's own loads at the yearly
    maximum), rain (mm/h), pumps (asset id → pumps of a booster set, 2–4).
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self.seed = _number(site.simulation.get("seed"), SEED)
        self.steps = 0
        self._start = _number(site.simulation.get("start_hour"), START_HOUR) * 3600.0
        assets = {asset.id: asset for asset in site.assets.values() if asset.wired and not asset.retired}
        self._first_day = DAYS / 12.0 * (_number(site.simulation.get("month"), MONTH) - 0.5)
        self.power = Power(assets, site.simulation, self._rng, self.day)
        self.feeders = self.power.feeders
        self.incomers = self.power.incomers
        electrical = self.power.devices
        consumers = {asset.id: self._consumer(asset) for asset in assets.values() if asset.id not in electrical}
        self.devices: dict[str, Device] = {**electrical, **{id: d for id, d in consumers.items() if d is not None}}
        self.pumps = {pump.asset.id: pump for pump in _only(self.devices.values(), Pump)}
        self.tanks = {tank.asset.id: tank for tank in _only(self.devices.values(), Tank)}
        self.gases = {gas.asset.id: gas for gas in _only(self.devices.values(), Gas)}
        self.panels = {panel.asset.id: panel for panel in _only(self.devices.values(), FirePanel)}
        self.gates = {gate.asset.id: gate for gate in _only(self.devices.values(), Gate)}
        for gas in self.gases.values():
            gas.suppliers = [self.gases[id] for id in gas.asset.supplied_by if id in self.gases]
        self.groups = self._groups()
        self.waterworks = Waterworks(self.devices, self.groups, Random(f"{self.seed}:sets"))
        self._connect_panels()
        self._homes = Random(f"{self.seed}:homes")
        self._demand = [HOMES * self._homes.uniform(0.8, 1.2) for _ in self.groups]
        self._roof = {id: ROOF * self._homes.uniform(0.8, 1.2) for id in self.tanks}
        self._events: list[Event] = []

    @property
    def time(self) -> float:
        """Simulated seconds since the start."""
        return self.steps * STEP

    @property
    def hour(self) -> float:
        """The hour of the simulated day."""
        return (self._start + self.time) % DAY / 3600.0

    @property
    def day(self) -> float:
        """Days since the beginning of the simulated year, with the hour as their fraction."""
        return self._first_day + (self._start + self.time) / DAY

    def step(self) -> None:
        """Let STEP seconds pass."""
        hour = self.hour
        self.power.comes()
        self._water(hour)
        for gas in self.gases.values():
            gas.season = at_day(GAS_OF_YEAR, self.day)
            gas.step(hour)
        self.waterworks.step(hour, self._share(hour))
        for panel in self.panels.values():
            panel.step()
        fire = any(panel.alarming for panel in self.panels.values())
        day = int((self._start + self.time) // DAY)
        for gate in self.gates.values():
            gate.released = fire
            gate.step(hour, day)
            self._events += gate.take_events()
        self.power.goes(self.day, hour)
        self.steps += 1

    def run(self, seconds: float) -> None:
        """Let simulated time pass."""
        for _ in range(math.ceil(seconds / STEP)):
            self.step()

    def values(self, asset: str) -> dict[str, Physical]:
        """The present value of each point of an asset; empty for a kind of device that has no physics here."""
        device = self.devices.get(asset)
        return device.values() if device else {}

    def take_events(self) -> list[Event]:
        """What devices reported since the last call, oldest first."""
        events, self._events = self._events, []
        return events

    def restore(self) -> None:
        """Everything back in order: supplies, breakers, pumps, panels, gates. Levels and counters stay."""
        self.power.restore()
        for pump in self.pumps.values():
            pump.mend()
        for tank in self.tanks.values():
            tank.city_water = True
        for gas in self.gases.values():
            gas.network = True
            gas.mend()
        for panel in self.panels.values():
            panel.reset()
        for gate in self.gates.values():
            gate.jammed = False
        self.waterworks.restore()

    def _water(self, hour: float) -> None:
        share = self._share(hour)
        for group, homes in zip(self.groups, self._demand, strict=True):
            group.demand = homes * share + sum(
                tank.filling() / len(tank.filled_by) for tank in self.tanks.values() if group in tank.filled_by
            )
            group.step()
        for id, tank in self.tanks.items():
            takers = [group for group in self.groups if id in group.pumps[0].asset.supplied_by]
            tank.outflow = sum(group.flow / _tanks(group, self.tanks) for group in takers)
            if not takers:
                tank.outflow = 0.0 if tank.feeds_sets else self._roof[id] * share
            tank.step()

    def _share(self, hour: float) -> float:
        return at_hour(WATER, hour) * at_day(WATER_OF_YEAR, self.day)

    def _connect_panels(self) -> None:
        works = self.waterworks
        for panel in self.panels.values():
            panel.pumps = list(works.fire_pumps.values())
            for main in works.fire_mains.values():
                sprinklers = main.asset.profile.id.startswith("sprinkler")
                (panel.sprinklers if sprinklers else panel.hydrants).append(main)

    def _rng(self, id: str) -> Random:
        return Random(f"{self.seed}:{id}")

    def _consumer(self, asset: Asset) -> Device | None:
        feeders = [self.feeders[id] for id in asset.fed_by if id in self.feeders]
        supply = powered_by(feeders) if feeders else None
        rng = self._rng(asset.id)
        make: dict[str, Callable[[], Device]] = {
            "pump": lambda: Pump(asset, rng, supply),
            "tank": lambda: Tank(asset, rng, _height(asset)),
            "gas": lambda: Gas(asset, rng),
            "fire_panel": lambda: FirePanel(asset, rng, supply),
            "gate": lambda: Gate(asset, rng, supply),
        }
        maker = make.get(asset.profile.asset_class) or maker_of(asset, rng, supply, self.site.simulation)
        return maker() if maker else None

    def _groups(self) -> list[PumpGroup]:
        together: dict[tuple[str, tuple[str, ...]], list[Pump]] = {}
        for pump in self.pumps.values():
            together.setdefault((pump.asset.area, pump.asset.supplied_by), []).append(pump)
        groups = []
        for (_, suppliers), pumps in together.items():
            tanks = [self.tanks[id] for id in suppliers if id in self.tanks]
            groups.append(PumpGroup(pumps, _fullest(tanks)))
        for tank in self.tanks.values():
            tank.filled_by = [
                group for group in groups if any(pump.asset.id in tank.asset.supplied_by for pump in group.pumps)
            ]
        return groups


def _height(asset: Asset) -> float:
    level = asset.profile.points.get("water_level")
    return min(TANK_HEIGHT, level.high) if level and level.high else TANK_HEIGHT


def _fullest(tanks: list[Tank]) -> Callable[[], float] | None:
    return (lambda: max(tank.level for tank in tanks)) if tanks else None


def _tanks(group: PumpGroup, tanks: Mapping[str, Tank]) -> int:
    return sum(id in tanks for id in group.pumps[0].asset.supplied_by)


def _only(devices: Iterable[Device], kind: type[D]) -> list[D]:
    return [device for device in devices if isinstance(device, kind)]


def _number(value: object, default: float) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else default
