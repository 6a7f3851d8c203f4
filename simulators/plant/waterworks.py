"""What moves water and gas beyond booster pumps and tanks: town main, booster sets, pits, fire water, meters, and the air below."""

from collections.abc import Callable, Iterable, Mapping
from random import Random
from typing import TypeVar

from facility.domain.asset import Asset
from simulators.plant.air import Air
from simulators.plant.booster_set import BoosterSet
from simulators.plant.device import Breakable, Device
from simulators.plant.feeder import Feeder
from simulators.plant.fire_main import FireMain
from simulators.plant.fire_pump import JOCKEY_FLOW, JOCKEY_STOPS_ABOVE, FirePump, JockeyPump
from simulators.plant.fire_tank import FireTank
from simulators.plant.gas import Gas
from simulators.plant.gas_meter import GasMeter
from simulators.plant.pump import PumpGroup
from simulators.plant.sump import Sump
from simulators.plant.tank import Tank
from simulators.plant.valve import Valve
from simulators.plant.water_meter import WaterMeter

HOMES_OF_SET = 16.0  # m³/h at the daily maximum

D = TypeVar("D", bound=Device)
Supply = Callable[[], Feeder | None] | None


def maker_of(
    asset: Asset, rng: Random, supply: Supply, simulation: Mapping[str, object]
) -> Callable[[], Device] | None:
    """How the device of an asset is made, by its class; None for other classes."""
    sets = simulation.get("pumps")
    pumps = sets.get(asset.id, 3) if isinstance(sets, Mapping) else 3
    rain = simulation.get("rain", 0.0)
    made: dict[str, Callable[[], Device]] = {
        "booster_set": lambda: BoosterSet(asset, rng, supply, pumps=int(pumps)),
        "sump": lambda: Sump(asset, rng, supply, rain=float(rain) if isinstance(rain, int | float) else 0.0),
        "fire_pump": lambda: FirePump(asset, rng, supply),
        "jockey_pump": lambda: JockeyPump(asset, rng, supply),
        "fire_pressure": lambda: FireMain(asset, rng),
        "fire_tank": lambda: FireTank(asset, rng),
        "valve": lambda: Valve(asset),
        "water_meter": lambda: WaterMeter(asset, rng),
        "gas_meter": lambda: GasMeter(asset, rng),
        "air": lambda: Air(asset, rng),
    }
    return made.get(asset.profile.asset_class)


class Waterworks:
    """The devices above, connected by their assets' `supplied_by`, and stepped in the order in which water flows."""

    def __init__(self, devices: Mapping[str, Device], groups: Iterable[PumpGroup], homes: Random) -> None:
        self.meters = _only(devices, WaterMeter)
        self.sets = _only(devices, BoosterSet)
        self.pits = _only(devices, Sump)
        self.fire_tanks = _only(devices, FireTank)
        self.fire_pumps = _only(devices, FirePump)
        self.jockeys = _only(devices, JockeyPump)
        self.fire_mains = _only(devices, FireMain)
        self.valves = _only(devices, Valve)
        self.gas_meters = _only(devices, GasMeter)
        self.airs = _only(devices, Air)
        self.tanks = _only(devices, Tank)
        self.groups_of = {pump.asset.id: group for group in groups for pump in group.pumps}
        self.groups_of |= {id: booster.group for id, booster in self.sets.items()}
        self._demand = {id: HOMES_OF_SET * homes.uniform(0.8, 1.2) for id in self.sets}
        self._connect(_only(devices, Gas))

    def _connect(self, gases: Mapping[str, Gas]) -> None:
        for tank in self.tanks.values():
            tank.meters = _named(tank.asset, self.meters)
        for fire_tank in self.fire_tanks.values():
            fire_tank.meters = _named(fire_tank.asset, self.meters)
        for booster in self.sets.values():
            booster.meters = _named(booster.asset, self.meters)
            booster.tanks = _named(booster.asset, self.tanks)
            for tank in booster.tanks:
                tank.feeds_sets = True
        for pit in self.pits.values():
            found = [self.groups_of[id] for id in pit.asset.supplied_by if id in self.groups_of]
            pit.bursts = list(dict.fromkeys(found))
        for pump in self.fire_pumps.values():
            pump.tanks = _named(pump.asset, self.fire_tanks)
        for main in self.fire_mains.values():
            main.pumps = _named(main.asset, self.fire_pumps)
            main.jockeys = _named(main.asset, self.jockeys)
            main.valves = _named(main.asset, self.valves)
        for meter in self.gas_meters.values():
            meter.intakes = _named(meter.asset, gases)

    def step(self, hour: float, share: float) -> None:
        """One step; `share` of the daily maximum is what homes ask for. Tanks and gas intakes have been stepped."""
        for id, booster in self.sets.items():
            booster.demand = self._demand[id] * share
            booster.step()
        self._fire_water()
        for tank in self.tanks.values():
            taking = (booster for booster in self.sets.values() if tank in booster.tanks)
            tank.taken = sum(booster.group.flow / len(booster.tanks) for booster in taking)
            for meter in tank.meters[:1]:
                meter.draw(tank.filling())
        for meter in self.meters.values():
            meter.step()
        for pit in self.pits.values():
            pit.step()
        for gas_meter in self.gas_meters.values():
            gas_meter.step()
        for air in self.airs.values():
            air.step(hour)

    def _fire_water(self) -> None:
        for valve in self.valves.values():
            valve.step()
        mains = list(self.fire_mains.values())
        given = dict.fromkeys(self.fire_mains, 0.0)
        for jockey in self.jockeys.values():
            held = [main for main in mains if jockey in main.jockeys]
            jockey.step(min((main.pressure for main in held), default=JOCKEY_STOPS_ABOVE))
            low = [main for main in held if main.pressure < JOCKEY_STOPS_ABOVE]
            for main in low if jockey.running else ():
                given[main.asset.id] += JOCKEY_FLOW / len(low)
        for pump in self.fire_pumps.values():
            pump.step(min((main.pressure for main in mains if pump in main.pumps), default=JOCKEY_STOPS_ABOVE))
        for main in mains:
            main.step(given[main.asset.id])
        for tank in self.fire_tanks.values():
            tank.outflow = sum(pump.flow / len(pump.tanks) for pump in self.fire_pumps.values() if tank in pump.tanks)
            tank.step()

    def restore(self) -> None:
        """Supplies, pumps, valves and the weather back in order; levels and counters stay."""
        for meter in self.meters.values():
            meter.main, meter.opened = True, False
        for group in self.groups_of.values():
            group.burst = 0.0
        for pit in self.pits.values():
            pit.rain = pit.usual_rain
        for device in self._breakable():
            device.mend()
        for main in self.fire_mains.values():
            main.in_use = False
        for valve in self.valves.values():
            valve.wanted = 1.0

    def _breakable(self) -> Iterable[Breakable]:
        yield from self.sets.values()
        yield from self.pits.values()
        yield from self.fire_pumps.values()
        yield from self.jockeys.values()


def _named(asset: Asset, devices: Mapping[str, D]) -> list[D]:
    return [devices[id] for id in asset.supplied_by if id in devices]


def _only(devices: Mapping[str, Device], kind: type[D]) -> dict[str, D]:
    return {id: device for id, device in devices.items() if isinstance(device, kind)}
