"""Emergency power: a diesel generator that starts when the mains are lost, and the transfer switch between the two."""

from collections.abc import Sequence
from random import Random

from facility.domain.asset import Asset
from simulators.plant.device import STEP, Wander
from simulators.plant.feeder import DEAD, NOMINAL, Feeder

START_AFTER = 10.0  # s from the loss of the mains to the generator's voltage
TAKE_OVER = 1.0  # s of good generator voltage before the switch takes it
BACK_AFTER = 10.0  # s of good mains before the switch goes back
COOL_DOWN = 20.0  # s that the generator runs on without load


class Generator(Feeder):
    """A generator's own meter. It is told by its transfer switches that the mains are away."""

    def __init__(self, asset: Asset, rng: Random) -> None:
        super().__init__(asset, rng, (), load=0.0)
        self.wanted = False
        self.running = False
        self._waited = 0.0
        self._governor = Wander(rng, 0.06, memory=8.0)

    def control(self) -> None:
        """Start after START_AFTER of being wanted, stop after COOL_DOWN of not being wanted."""
        if self.wanted == self.running:
            self._waited = 0.0
            return
        self._waited += STEP
        if self._waited >= (COOL_DOWN if self.running else START_AFTER):
            self.running, self._waited = not self.running, 0.0

    def energise(self) -> None:
        """Voltage of its own, with a governor's small swings."""
        swing = self._governor.step()
        if not self.running:
            self.volts, self.hertz = DEAD, 0.0
            return
        base = NOMINAL + 1.0 + 8.0 * swing - 0.01 * self.kilowatts
        self.volts, self.hertz = (base, base + 0.4, base - 0.3), 50.0 + swing


class TransferSwitch(Feeder):
    """A way with a normal source and a generator: takes the generator over when the mains are lost, goes back when they return."""

    def __init__(self, asset: Asset, rng: Random, sources: Sequence[Feeder], *, load: float | None = None) -> None:
        super().__init__(asset, rng, sources, load=load)
        self._normal = [source for source in self.sources if not isinstance(source, Generator)]
        self._emergency = [source for source in self.sources if isinstance(source, Generator)]
        self.on_generator = False
        self._waited = 0.0

    def source(self) -> Feeder | None:
        """The source at the switch's position, if it has power."""
        side = self._emergency if self.on_generator else self._normal
        return next((source for source in side if source.feeds), None)

    def control(self) -> None:
        """Ask for the generators, and move the switch after its delays."""
        mains = any(source.feeds for source in self._normal)
        for generator in self._emergency:
            if isinstance(generator, Generator):
                generator.wanted = generator.wanted or not mains or self.on_generator
        ready = mains if self.on_generator else (not mains and any(source.feeds for source in self._emergency))
        self._waited = self._waited + STEP if ready else 0.0
        if self._waited >= (BACK_AFTER if self.on_generator else TAKE_OVER):
            self.on_generator, self._waited = not self.on_generator, 0.0
