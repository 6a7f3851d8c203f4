"""The transfer switch between a normal source and a standby source, alone or with its controller."""

from collections.abc import Sequence
from random import Random

from facility.domain.asset import Asset
from simulators.plant.device import STEP, Physical
from simulators.plant.feeder import ALIVE, Feeder
from simulators.plant.generator import Generator

TAKE_OVER = 1.0  # s of good generator voltage before the switch takes it
BACK_AFTER = 10.0  # s of good mains before the switch goes back
AUTO, MANUAL = "auto", "manual"


class TransferSwitch(Feeder):
    """Takes the standby source when the normal one is lost, goes back when it returns; sources with a generator are standby."""

    def __init__(self, asset: Asset, rng: Random, sources: Sequence[Feeder], *, load: float | None = None) -> None:
        super().__init__(asset, rng, sources, load=load)
        standby = [source for source in self.sources if generators_of(source)] or list(self.sources[1:])
        self._standby = standby
        self._normal = [source for source in self.sources if source not in standby]
        self._generators = [generator for source in standby for generator in generators_of(source)]
        self.on_standby = False
        self.mode = AUTO
        self.jammed = False
        self.testing = False
        self.transfers = rng.randrange(20, 200)
        self._waited = 0.0

    @property
    def normal_there(self) -> bool:
        """The normal source has power, and nobody tests the standby one."""
        return any(source.feeds for source in self._normal) and not self.testing

    @property
    def standby_there(self) -> bool:
        """The standby source has power."""
        return any(source.feeds for source in self._standby)

    @property
    def waits(self) -> float:
        """s from the moment at which it may switch until it does."""
        return BACK_AFTER if self.on_standby else TAKE_OVER

    def source(self) -> Feeder | None:
        """The source at the switch's position, if it has power."""
        side = self._standby if self.on_standby else self._normal
        return next((source for source in side if source.feeds), None)

    def control(self) -> None:
        """Ask for the generators, and move the switch after its delays."""
        normal = self.normal_there
        for generator in self._generators:
            generator.wanted = generator.wanted or not normal or self.on_standby
        ready = normal if self.on_standby else (not normal and self.standby_there)
        able = self.mode == AUTO and not self.jammed
        self._waited = self._waited + STEP if ready and able else 0.0
        if self._waited >= self.waits:
            self.on_standby, self._waited = not self.on_standby, 0.0
            self.transfers += 1

    def restore(self) -> None:
        """Mended, in auto, no test."""
        super().restore()
        self.mode, self.jammed, self.testing = AUTO, False, False


class SwitchController(TransferSwitch):
    """A transfer switch that is read by its own controller, not by a meter."""

    def values(self) -> dict[str, Physical]:
        """Points of a transfer switch."""
        points: dict[str, Physical] = {
            "switch_position": "standby" if self.on_standby else "normal",
            "mode": self.mode,
            "countdown": self.waits - self._waited if self._waited else 0.0,
            "transfers": float(self.transfers),
            "normal_available": _alive(self._normal),
            "standby_available": _alive(self._standby),
            "normal_connected": not self.on_standby,
            "standby_connected": self.on_standby,
            "in_test": self.testing,
            "generator_start": any(generator.wanted for generator in self._generators),
            "alarm": self.jammed,
        }
        return points | _measured("normal", self._normal) | _measured("standby", self._standby)


def generators_of(source: Feeder) -> list[Generator]:
    """The generators from which a source takes its power; none when one of its ways leads to the mains."""
    if isinstance(source, Generator):
        return [source]
    above = [generators_of(upper) for upper in source.sources]
    return [generator for found in above for generator in found] if above and all(above) else []


def _alive(sources: Sequence[Feeder]) -> bool:
    return any(source.feeds for source in sources)


def _measured(side: str, sources: Sequence[Feeder]) -> dict[str, Physical]:
    source = next((source for source in sources if source.feeds), None)
    volts = source.volts if source is not None else (0.0, 0.0, 0.0)
    points: dict[str, Physical] = {
        f"{side}_voltage_l{phase}": volt if volt > ALIVE else 0.0 for phase, volt in enumerate(volts, start=1)
    }
    return points | {f"{side}_frequency": source.hertz if source is not None else 0.0}
