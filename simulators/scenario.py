"""Scenarios: a YAML timeline of what happens to the estate, loaded strictly and played on the plant's own time."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from facility.domain.errors import Fault, Refusal
from facility.domain.text import Title
from simulators.faults import KINDS, suggest

FOLDER = Path(__file__).parent / "scenarios"
SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
ACTIONS: dict[str, str] = {
    "lose_mains": "mains of incomers",
    "return_mains": "mains of incomers",
    "trip": "ways: incomers, feeders, breakers",
    "close": "ways: incomers, feeders, breakers",
    "overload": "ways: incomers, feeders, breakers",
    "end_overload": "ways: incomers, feeders, breakers",
    "short_circuit": "breakers with protection",
    "earth_fault": "breakers with protection",
    "mend_cable": "breakers with protection",
    "fail_generator": "generators",
    "mend_generator": "generators",
    "set_manual": "controllers: generators, transfer switches, capacitor banks",
    "set_auto": "controllers: generators, transfer switches, capacitor banks",
    "jam_switch": "switches between two sources",
    "free_switch": "switches between two sources",
    "begin_test": "switches between two sources",
    "end_test": "switches between two sources",
    "heat_winding": "transformers",
    "fail_fan": "transformers",
    "break_sensor": "transformers",
    "mend_transformer": "transformers",
    "blow_fuses": "banks of capacitors",
    "mend_bank": "banks of capacitors",
    "lose_channel": "channels",
    "return_channel": "channels",
    "fail_pump": "pumps, sets of them, pits",
    "mend_pump": "pumps, sets of them, pits",
    "change_duty": "pumps or booster sets",
    "burst_pipe": "pumps or booster sets (the main behind them)",
    "mend_pipe": "pumps or booster sets (the main behind them)",
    "lose_water": "city water of tanks or of water meters",
    "return_water": "city water of tanks or of water meters",
    "pour_rain": "pits",
    "end_rain": "pits",
    "use_fire_water": "transmitters of fire mains",
    "save_fire_water": "transmitters of fire mains",
    "stop_fire_pump": "fire pumps",
    "close_valve": "valves",
    "open_valve": "valves",
    "lose_gas": "gas intakes",
    "return_gas": "gas intakes",
    "leak_gas": "gas intakes",
    "mend_gas": "gas intakes",
    "fire_alarm": "fire panels",
    "reset_panel": "fire panels",
    "jam_barrier": "gates",
    "free_barrier": "gates",
    "fault": "assets or links",
    "clear_faults": "assets or links",
    "restore": "nothing: everything is put in order",
    "wait": "nothing: time passes",
}
"""What a step can do, and what its targets are."""

WITHOUT_TARGET = frozenset({"restore", "wait"})
KEYS = {"scenario": ("title", "explanation", "see", "lasts", "steps"), "title": ("en", "zh")}
OPTIONAL = ("factor",)
FACTORS = (1.0, 3600.0)  # lowest and highest time factor
STEP_KEYS = ("at", "do", "target", "title", "fault", "parameters", "for")


class ScenarioRefused(Refusal):
    """A scenario file with faults; carries all of them."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens. `targets`: asset or link ids, or selectors such as @incomers."""

    at: float  # simulated seconds after the start of the scenario
    do: str
    title: Title
    targets: tuple[str, ...] = ()
    fault: str = ""
    parameters: Mapping[str, float | str] = field(default_factory=dict)
    lasts: float | None = None  # of a fault


@dataclass(frozen=True, slots=True)
class Scenario:
    """A timeline; over after `lasts` simulated seconds. `see`: what people should see. `factor`: the one that suits; None: the usual."""

    name: str
    title: Title
    explanation: Title
    see: Title
    lasts: float
    steps: tuple[Step, ...]
    factor: float | None = None


def told(scenario: Scenario) -> dict[str, object]:
    """A scenario for other programs; durations in simulated seconds."""
    return {
        "name": scenario.name,
        "title": both(scenario.title),
        "explanation": both(scenario.explanation),
        "see": both(scenario.see),
        "duration": scenario.lasts,
        "factor": scenario.factor,
        "steps": [{"at": step.at, "title": both(step.title)} for step in scenario.steps],
    }


def both(title: Title) -> dict[str, str]:
    """A text in both languages."""
    return {"en": title.en, "zh": title.zh}


def load_scenarios(folder: Path = FOLDER) -> dict[str, Scenario]:
    """All scenarios of a folder, by file name; ScenarioRefused with the faults of all files."""
    scenarios: dict[str, Scenario] = {}
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            scenarios[path.stem] = load_scenario(path)
        except ScenarioRefused as refused:
            faults += refused.faults
    if faults:
        raise ScenarioRefused(faults)
    return scenarios


def load_scenario(path: Path) -> Scenario:
    """One scenario; ScenarioRefused."""
    reader = _Reader(path.name)
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise ScenarioRefused([Fault(path.name, line, "is not YAML.", str(getattr(error, "problem", error)))]) from None
    scenario = reader.scenario(path.stem, root)
    if reader.faults:
        raise ScenarioRefused(reader.faults)
    return scenario


class _Reader:
    """Walks the nodes of one file and gathers its faults; what cannot be read gets a harmless value."""

    def __init__(self, file: str) -> None:
        self.faults: list[Fault] = []
        self._file = file

    def scenario(self, name: str, root: yaml.Node | None) -> Scenario:
        keys = self.mapping(root, (*KEYS["scenario"], *OPTIONAL), required=KEYS["scenario"])
        nodes = keys.get("steps")
        steps: tuple[Step, ...] = ()
        if isinstance(nodes, yaml.SequenceNode):
            steps = tuple(self.step(node) for node in nodes.value)
        elif nodes is not None:
            self.refuse(nodes, "steps is not a list.", "Begin each step with '- at: …'.")
        lasts = self.duration(keys.get("lasts"))
        if isinstance(nodes, yaml.SequenceNode):
            self.order(nodes.value, steps, lasts)
        title, explanation, see = (self.title(keys.get(key)) for key in ("title", "explanation", "see"))
        return Scenario(name, title, explanation, see, lasts, steps, self.factor(keys.get("factor")))

    def factor(self, node: yaml.Node | None) -> float | None:
        if node is None:
            return None
        text = self.text(node)
        number = float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else 0.0
        if not FACTORS[0] <= number <= FACTORS[1]:
            self.refuse(node, f"{text!r} is not a time factor.", f"Give {FACTORS[0]:g} to {FACTORS[1]:g}.")
        return number

    def order(self, nodes: list[yaml.Node], steps: tuple[Step, ...], lasts: float) -> None:
        before = 0.0
        for node, step in zip(nodes, steps, strict=True):
            if step.at < before:
                self.refuse(node, "this step is earlier than the one before it.", "Sort the steps by time.")
            if step.at > lasts:
                self.refuse(node, f"this step comes after the end ({lasts:g} s).", "Raise lasts.")
            before = step.at

    def step(self, node: yaml.Node) -> Step:
        keys = self.mapping(node, STEP_KEYS, required=("at", "do", "title"))
        do = self.text(keys.get("do"))
        if do and do not in ACTIONS:
            self.refuse(keys["do"], f"there is no action {do!r}.", suggest(do, ACTIONS))
        targets = self.targets(keys.get("target"))
        if do in ACTIONS and not targets and do not in WITHOUT_TARGET:
            self.refuse(node, f"{do} has no target.", f"Add target: {ACTIONS[do]}.")
        kind = self.text(keys.get("fault"))
        if do == "fault" and kind not in KINDS:
            self.refuse(keys.get("fault", node), f"there is no fault {kind!r}.", suggest(kind, KINDS))
        if do != "fault":
            for name in ("fault", "parameters", "for"):
                if name in keys:
                    self.refuse(keys[name], f"{name} belongs to do: fault only.", "Remove it.")
        lasts = self.duration(keys["for"]) if "for" in keys else None
        parameters = self.parameters(keys.get("parameters"), kind)
        return Step(self.duration(keys.get("at")), do, self.title(keys.get("title")), targets, kind, parameters, lasts)

    def parameters(self, node: yaml.Node | None, kind: str) -> dict[str, float | str]:
        if kind not in KINDS:
            return {}
        known = KINDS[kind]
        found: dict[str, float | str] = {}
        for name, value in self.mapping(node, tuple(known)).items() if node is not None else ():
            text = self.text(value)
            found[name] = float(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else text
        return found

    def targets(self, node: yaml.Node | None) -> tuple[str, ...]:
        if isinstance(node, yaml.SequenceNode):
            return tuple(self.text(item) for item in node.value)
        return (self.text(node),) if node is not None else ()

    def title(self, node: yaml.Node | None) -> Title:
        if node is None:
            return Title("", "")
        keys = self.mapping(node, KEYS["title"], required=KEYS["title"])
        return Title(en=self.text(keys.get("en")), zh=self.text(keys.get("zh")))

    def duration(self, node: yaml.Node | None) -> float:
        if node is None:
            return 0.0
        text = self.text(node)
        match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", text)
        if match is None:
            self.refuse(node, f"{text!r} is not a length of time.", "Write it as 500ms, 5s, 2m or 1h.")
            return 0.0
        return float(match[1]) * SECONDS[match[2]]

    def text(self, node: yaml.Node | None) -> str:
        if node is None:
            return ""
        if not isinstance(node, yaml.ScalarNode):
            self.refuse(node, "one value is expected here.", "Write it on one line.")
            return ""
        return str(node.value)

    def mapping(
        self, node: yaml.Node | None, known: tuple[str, ...], required: tuple[str, ...] = ()
    ) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            self.refuse(node, "keys and values are expected here.", f"Known keys: {', '.join(known) or 'none'}.")
            return {}
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = self.text(key)
            if name not in known:
                self.refuse(key, f"unknown key {name!r}.", suggest(name, dict.fromkeys(known)))
            elif name in found:
                self.refuse(key, f"{name} stands here twice.", "Remove one.")
            found[name] = value
        for name in required:
            if name not in found:
                self.refuse(node, f"{name} is missing.", f"Add {name}.")
        return {name: value for name, value in found.items() if name in known}

    def refuse(self, node: yaml.Node | None, what: str, mend: str) -> None:
        line = node.start_mark.line + 1 if node is not None else 1
        self.faults.append(Fault(self._file, line, what, mend))
