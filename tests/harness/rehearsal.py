"""A scenario played on the plant alone, in simulated time, and judged by the domain's own rules: which conditions, when.

No wire and no clock: one state a second. What needs a silence or a rate over minutes is left to the full product's tests.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from facility.domain.asset import Site
from facility.domain.condition import Progress, advance
from facility.domain.rule import Compare, ConditionOf, Leaf, Rate, Rule, Silence, Truth, compare, judge, leaves
from simulators.faults import Faults
from simulators.plant.device import STEP, Physical
from simulators.plant.plant import Plant
from simulators.scenario import load_scenarios
from simulators.stage import Stage

BEGIN = datetime(2026, 11, 23, tzinfo=UTC)
States = Mapping[str, Mapping[str, Physical]]
Found = tuple[int, str, str, str]  # second of the scenario, asset, rule, edge


class Judge:
    """All rules of the site but silences and rates; the assets' first, as the collectors find theirs before the scheduler."""

    def __init__(self, site: Site) -> None:
        self._rules = [(asset.id, rule) for asset in site.assets.values() for rule in asset.rules.values()]
        self._rules = [(asset, rule) for asset, rule in self._rules if not _timed(rule)]
        self._rules += [(rule.asset, rule) for rule in site.rules.values()]
        self._progress: dict[tuple[str, str], Progress] = {}

    def look(self, states: States, second: int) -> list[Found]:
        """The edges of this second."""
        at = BEGIN + timedelta(seconds=second)
        found = []
        for asset, rule in self._rules:
            before = self._progress.get((asset, rule.id), Progress())
            truth = judge(
                rule.when, lambda leaf, a=asset, open_now=before.open_now: self._leaf(leaf, a, states, open_now)
            )
            self._progress[asset, rule.id], edge = advance(before, truth, at, rule.hold, rule.clear_hold)
            if edge is not None:
                found.append((second, asset, rule.id, edge.value))
        return found

    def _leaf(self, leaf: Leaf, asset: str, states: States, open_now: bool) -> Truth:
        if isinstance(leaf, ConditionOf):
            return Truth.TRUE if self._progress.get((leaf.asset, leaf.rule), Progress()).open_now else Truth.FALSE
        assert isinstance(leaf, Compare)
        value = states[leaf.asset or asset][leaf.point]
        return compare(leaf, float(value) if isinstance(value, bool) else value, open_now=open_now)


def _timed(rule: Rule) -> bool:
    return any(isinstance(leaf, Rate | Silence) for leaf in leaves(rule.when))


def rehearse(site: Site, scenario: str, *, quiet: int = 5, after: int = 30) -> list[Found]:
    """The conditions of a scenario, from `quiet` seconds before it until `after` seconds behind it, sorted as they were found."""
    stage = Stage(site, Plant(site), Faults(site), load_scenarios())
    judge = Judge(site)
    found: list[Found] = []
    for second in range(-quiet, int(stage.scenarios[scenario].lasts) + after):
        if second == 0:
            stage.start(scenario)
        for _ in range(round(1 / STEP)):
            stage.step()
        found += judge.look({id: device.values() for id, device in stage.plant.devices.items()}, second)
    return found
