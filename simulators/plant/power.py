"""The power of the estate: builds the ways from the sources down, and steps voltage downwards and load upwards."""

from collections.abc import Callable, Iterable, Mapping
from random import Random
from typing import TypeVar

from facility.domain.asset import Asset
from simulators.plant.breaker import Breaker
from simulators.plant.capacitor_bank import CapacitorBank
from simulators.plant.day import COOLING_AND_HEATING, ELECTRICITY, at_day, at_hour, outdoors
from simulators.plant.device import Device
from simulators.plant.feeder import Feeder, sources_first
from simulators.plant.generator import Generator, GeneratorSet
from simulators.plant.meter import PLAIN, MultifunctionMeter
from simulators.plant.room import EnvironmentalSensor, Room
from simulators.plant.transfer_switch import SwitchController, TransferSwitch, generators_of
from simulators.plant.transformer import Transformer

WAYS = ("meter", "breaker", "generator", "transfer_switch")  # classes of assets that power passes through
Rng = Callable[[str], Random]
D = TypeVar("D")


class Power:
    """All electrical devices. `day` counts from the beginning of a year, `hour` from midnight."""

    def __init__(self, assets: Mapping[str, Asset], simulation: Mapping[str, object], rng: Rng, day: float) -> None:
        self.feeders = _ways(assets, simulation, rng)
        self.generators = _only(self.feeders.values(), Generator)
        self.switches = _only(self.feeders.values(), TransferSwitch)
        self.breakers = _only(self.feeders.values(), Breaker)
        self.incomers = [f for f in self.feeders.values() if not f.sources and not isinstance(f, Generator)]
        self.rooms: dict[str, Room] = {}
        self._outside = outdoors(day, 24.0 * (day % 1.0))
        self._rng = rng
        beside = {asset.id: device for asset in assets.values() if (device := self._beside(asset)) is not None}
        self.transformers = _only(beside.values(), Transformer)
        self.banks = _only(beside.values(), CapacitorBank)
        self.sensors = _only(beside.values(), EnvironmentalSensor)
        self.devices: dict[str, Device] = {**self.feeders, **beside}
        self._order = sources_first(list(self.feeders.values()))
        self._meters = _only(self.feeders.values(), MultifunctionMeter)
        self._put_transformers_before_incomers()

    def comes(self) -> None:
        """Voltage for this step, from the sources down."""
        for generator in self.generators:
            generator.wanted = False
        for switch in self.switches:
            switch.control()
        for generator in self.generators:
            generator.control()
        for feeder in self._order:
            feeder.energise()

    def goes(self, day: float, hour: float) -> None:
        """Load of this step, from the consumers up; then what it does to transformers, capacitors and rooms."""
        share = at_hour(ELECTRICITY, hour) * at_day(COOLING_AND_HEATING, day)
        for meter in self._meters:
            meter.hour = hour
        for feeder in reversed(self._order):
            feeder.load(share)
        for room in self.rooms.values():
            room.heat = 0.0
        for transformer in self.transformers:
            transformer.step()
            transformer.room.heat += transformer.losses()
        for bank in self.banks:
            bank.step()
        outside = outdoors(day, hour)
        for room in self.rooms.values():
            room.step(outside)

    def restore(self) -> None:
        """Supplies, breakers, engines, fans and fuses in order; levels and counters stay."""
        for transformer in self.transformers:
            transformer.restore()
        for feeder in self.feeders.values():
            feeder.restore()
        for bank in self.banks:
            bank.restore()
        for sensor in self.sensors:
            sensor.smoke = sensor.water = sensor.door_open = False

    def _beside(self, asset: Asset) -> Device | None:
        rng, kind = self._rng(asset.id), asset.profile.asset_class
        if kind == "transformer":
            return Transformer(asset, rng, self._room(asset.area))
        if kind == "capacitor_bank":
            busbar = next((self.feeders[id] for id in asset.fed_by if id in self.feeders), None)
            return CapacitorBank(asset, rng, busbar, self._room(asset.area))
        if kind == "environment":
            return EnvironmentalSensor(asset, self._room(asset.area))
        return None

    def _room(self, area: str) -> Room:
        if area not in self.rooms:
            self.rooms[area] = Room(self._rng(f"room {area}"), self._outside)
        return self.rooms[area]

    def _put_transformers_before_incomers(self) -> None:
        for transformer in self.transformers:
            transformer.below = [f for f in self.incomers if transformer.asset.id in f.asset.fed_by]
            for incomer in transformer.below:
                incomer.upstream = lambda transformer=transformer: transformer.closed


def _ways(assets: Mapping[str, Asset], simulation: Mapping[str, object], rng: Rng) -> dict[str, Feeder]:
    """Every asset that power passes through; ValueError when they feed each other in a circle."""
    ways = {id: asset for id, asset in assets.items() if asset.profile.asset_class in WAYS}
    named = simulation.get("generators")
    generators = named if isinstance(named, list) else [id for id in ways if id.startswith("generator")]
    listed = simulation.get("loads")
    loads = listed if isinstance(listed, Mapping) else {}
    feeding = {source for asset in ways.values() for source in asset.fed_by}
    made: dict[str, Feeder] = {}

    def make(id: str, above: tuple[str, ...]) -> Feeder:
        if id in above:
            raise ValueError(f"these feed each other in a circle: {', '.join(above)}")
        if id not in made:
            asset = ways[id]
            sources = [make(source, (*above, id)) for source in asset.fed_by if source in ways]
            load = float(loads[id]) if id in loads else 0.0 if id in feeding else None
            made[id] = _way(asset, rng(id), sources, load, generator=id in generators)
        return made[id]

    for id in ways:
        make(id, ())
    return {id: made[id] for id in ways}


def _way(asset: Asset, rng: Random, sources: list[Feeder], load: float | None, *, generator: bool) -> Feeder:
    kind = asset.profile.asset_class
    if kind == "generator":
        return GeneratorSet(asset, rng)
    if kind == "transfer_switch":
        return SwitchController(asset, rng, sources, load=load)
    if kind == "breaker":
        return Breaker(asset, rng, sources, load=load)
    if generator and not sources:
        return Generator(asset, rng)
    from_generators = [bool(generators_of(source)) for source in sources]
    if any(from_generators) and not all(from_generators):
        return TransferSwitch(asset, rng, sources, load=load)
    if asset.profile.points.keys() - PLAIN:
        return MultifunctionMeter(asset, rng, sources, load=load)
    return Feeder(asset, rng, sources, load=load)


def _only(devices: Iterable[object], kind: type[D]) -> list[D]:
    return [device for device in devices if isinstance(device, kind)]
