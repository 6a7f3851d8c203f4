"""The stage: carries out what scenarios and people ask for, on plant and wire, at the plant's own time."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from facility.domain.asset import Site
from facility.domain.channel import Way
from facility.domain.errors import Conflict, NotFound, Refusal
from simulators.faults import Faults, suggest
from simulators.plant.plant import Plant
from simulators.plant.power_deeds import chosen, power_deeds
from simulators.plant.water_deeds import selected, water_deeds
from simulators.scenario import ACTIONS, WITHOUT_TARGET, Scenario, Step

FIRST_LOOP = 1


class ActionRefused(Refusal):
    """An action that its target cannot take."""


@dataclass(slots=True)
class Performance:
    """A scenario being played, or the one played last."""

    scenario: Scenario
    started: float  # simulated seconds
    done: list[Step] = field(default_factory=list)
    running: bool = True

    def elapsed(self, now: float) -> float:
        """Simulated seconds since its start, at most its length."""
        return min(now - self.started, self.scenario.lasts)


class Stage:
    """Plays one scenario at a time. `step()` moves plant, scenario and faults together, so that all depend on steps alone."""

    def __init__(self, site: Site, plant: Plant, faults: Faults, scenarios: Mapping[str, Scenario]) -> None:
        self.site = site
        self.plant = plant
        self.faults = faults
        self.scenarios = scenarios
        self.performance: Performance | None = None
        self.unreachable: set[str] = set()  # channels to which no way leads
        self._deeds = {**power_deeds(plant.power), **water_deeds(plant)}
        self._do = self._actions()

    @property
    def playing(self) -> bool:
        """A scenario is running."""
        return self.performance is not None and self.performance.running

    def start(self, name: str) -> Performance:
        """Begin a scenario now; NotFound, Conflict while another is played, ActionRefused when it does not fit the site."""
        if name not in self.scenarios:
            raise NotFound("scenario", f"{name} ({suggest(name, self.scenarios)})")
        if self.performance is not None and self.playing:
            raise Conflict(f"{self.performance.scenario.name} is being played; stop it first")
        scenario = self.scenarios[name]
        for step in scenario.steps:
            self._check(step)
        self.performance = Performance(scenario, self.plant.time)
        self._play()
        return self.performance

    def stop(self) -> None:
        """End the scenario, put the estate in order, end all faults."""
        if self.performance is not None:
            self.performance.running = False
        self._restore()

    def step(self) -> None:
        """One step of the plant, then of the scenario."""
        self.plant.step()
        self.faults.expire(self.plant.time)
        self._play()

    def act(self, step: Step) -> None:
        """Do one thing now; NotFound, ActionRefused, FaultRefused."""
        self._check(step)
        self._carry_out(step)

    def _play(self) -> None:
        performance = self.performance
        if performance is None or not performance.running:
            return
        elapsed = self.plant.time - performance.started
        for step in performance.scenario.steps[len(performance.done) :]:
            if step.at > elapsed:
                break
            self._carry_out(step)
            performance.done.append(step)
        if elapsed >= performance.scenario.lasts and len(performance.done) == len(performance.scenario.steps):
            performance.running = False

    def _restore(self) -> None:
        self.plant.restore()
        self.faults.clear()
        self.unreachable.clear()

    def _carry_out(self, step: Step) -> None:
        if step.do == "restore":
            self._restore()
        for target in self._targets(step):
            if step.do == "fault":
                until = None if step.lasts is None else self.plant.time + step.lasts
                self.faults.add(target, step.fault, step.parameters, until, self.plant.time)
            elif step.do == "clear_faults":
                self.faults.clear(target)
            else:
                self._do[step.do](target)

    def _check(self, step: Step) -> None:
        if step.do not in ACTIONS:
            raise ActionRefused(f"there is no action {step.do!r}. {suggest(step.do, ACTIONS)}")
        targets = self._targets(step)
        if not targets and step.do not in WITHOUT_TARGET:
            raise ActionRefused(f"{step.do} has no target. It takes {ACTIONS[step.do]}.")
        for target in targets:
            known = {**self.site.assets, **self.site.links, **self.site.channels}
            if target not in known:
                raise NotFound("asset or link", f"{target} ({suggest(target, known)})")
            if step.do == "fault":
                self.faults.check(target, step.fault, step.parameters)
            elif step.do != "clear_faults" and target not in self._takers(step.do):
                raise ActionRefused(f"{step.do} cannot be done to {target}. It takes {ACTIONS[step.do]}.")

    def _targets(self, step: Step) -> list[str]:
        chosen: list[str] = []
        for target in step.targets:
            chosen += self._selected(target) if target.startswith("@") else [target]
        return chosen

    def _selected(self, selector: str) -> list[str]:
        kinds: dict[str, Iterable[str]] = {
            **chosen(self.plant.power),
            "@gateway": self._gateway(),
            "@behind_router": self._behind_router(),
            "@internet": [channel.id for channel in self.site.channels.values() if channel.way is Way.INTERNET],
            "@pumps": self.plant.pumps,
            "@tanks": self.plant.tanks,
            "@gas": self.plant.gases,
            "@panels": self.plant.panels,
            "@gates": self.plant.gates,
            **selected(self.plant),
        }
        if selector not in kinds:
            raise ActionRefused(f"there is no selector {selector}. {suggest(selector, kinds)}")
        return list(kinds[selector])

    def _gateway(self) -> list[str]:
        modbus = [link.id for link in self.site.links.values() if link.kind.is_modbus]
        of_pumps = [pump.asset.link for pump in self.plant.pumps.values() if pump.asset.link in modbus]
        return (of_pumps or modbus)[:1]

    def _behind_router(self) -> list[str]:
        """Links whose gateways have no battery: `simulation.behind_router`, else those without incomers, generators, switches."""
        named = self.site.simulation.get("behind_router")
        if isinstance(named, list):
            return [str(link) for link in named]
        power = self.plant.power
        kept = {device.asset.link for device in (*power.incomers, *power.generators, *power.switches)}
        used = {asset.link for asset in self.site.assets.values() if not asset.retired}
        return [link for link in self.site.links if link in used - kept]

    def _takers(self, do: str) -> Iterable[str]:
        plant = self.plant
        takers: dict[str, Iterable[str]] = {name: deed.takers for name, deed in self._deeds.items()}
        takers |= dict.fromkeys(("lose_channel", "return_channel"), self.site.channels)
        takers |= dict.fromkeys(("lose_gas", "return_gas", "leak_gas", "mend_gas"), plant.gases)
        takers |= dict.fromkeys(("fire_alarm", "reset_panel"), plant.panels)
        takers |= dict.fromkeys(("jam_barrier", "free_barrier"), plant.gates)
        return takers.get(do, ())

    def _actions(self) -> dict[str, Callable[[str], None]]:
        plant = self.plant
        return {
            **{name: deed.do for name, deed in self._deeds.items()},
            "lose_channel": self.unreachable.add,
            "return_channel": self.unreachable.discard,
            "lose_gas": lambda id: setattr(plant.gases[id], "network", False),
            "return_gas": lambda id: setattr(plant.gases[id], "network", True),
            "leak_gas": lambda id: setattr(plant.gases[id], "leak", True),
            "mend_gas": lambda id: plant.gases[id].mend(),
            "fire_alarm": lambda id: plant.panels[id].alarm(FIRST_LOOP),
            "reset_panel": lambda id: plant.panels[id].reset(),
            "jam_barrier": lambda id: setattr(plant.gates[id], "jammed", True),
            "free_barrier": lambda id: setattr(plant.gates[id], "jammed", False),
        }
