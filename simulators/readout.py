"""What a device shows: the plant's values, with the faults that lie between the process and the wire."""

from random import Random

from facility.domain.asset import Asset
from simulators.faults import Faults, WireFault
from simulators.plant.device import Physical
from simulators.plant.plant import Plant


class Readout:
    """Shown values by asset. A stuck device shows what it showed when it was first read with the fault."""

    def __init__(self, plant: Plant, faults: Faults) -> None:
        self.plant = plant
        self.faults = faults
        self._frozen: dict[tuple[int, str], dict[str, Physical]] = {}

    @property
    def version(self) -> tuple[int, int]:
        """Changes whenever a shown value may have changed."""
        return self.plant.steps, self.faults.version

    def values(self, asset: Asset) -> dict[str, Physical]:
        """The shown value of each point."""
        values = self.plant.values(asset.id)
        faults = self.faults.on(asset.link, asset.id)
        stuck, forced, drift = faults.get("stuck"), faults.get("forced"), faults.get("drift")
        if drift is not None:
            values |= self._drifted(drift, values)
        if "noise" in faults:
            values |= self._noisy(asset, faults["noise"], values)
        if stuck is not None:
            values |= self._held(asset, stuck, values)
        if forced is not None:
            values[str(forced.parameters["point"])] = forced.parameters["value"]
        return values

    def _drifted(self, drift: WireFault, values: dict[str, Physical]) -> dict[str, Physical]:
        point = str(drift.parameters["point"])
        value = values.get(point)
        if not isinstance(value, float):
            return {}
        return {point: value + drift.number("per_minute", 0.0) * (self.plant.time - drift.since) / 60.0}

    def _noisy(self, asset: Asset, noise: WireFault, values: dict[str, Physical]) -> dict[str, Physical]:
        """The same at each look until the plant moves on: reading changes nothing."""
        point = str(noise.parameters["point"])
        value, amplitude = values.get(point), noise.number("amplitude", 0.0)
        if not isinstance(value, float):
            return {}
        chance = Random(f"{self.plant.seed}:{asset.id}:{noise.since}:{self.plant.steps}")
        return {point: value + chance.uniform(-amplitude, amplitude)}

    def _held(self, asset: Asset, stuck: WireFault, values: dict[str, Physical]) -> dict[str, Physical]:
        key = (stuck.id, asset.id)
        if key not in self._frozen:
            active = {fault.id for fault in self.faults.all()}
            self._frozen = {key: held for key, held in self._frozen.items() if key[0] in active}
            self._frozen[key] = dict(values)
        held = self._frozen[key]
        point = stuck.parameters.get("point")
        return held if point is None else {str(point): held.get(str(point))}
