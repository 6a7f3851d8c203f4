"""The conditions of a scenario without wire and clock: what devices show, judged by the domain's own rules.

A device that is silent by a fault has no values: its rules are unknown, and its silence is judged. Rates are left out.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from facility.domain.asset import Site, link_lost
from facility.domain.condition import Progress, advance
from facility.domain.rule import (
    Compare,
    ConditionOf,
    Leaf,
    Rate,
    Rule,
    Share,
    Silence,
    Truth,
    compare,
    exceeds,
    judge,
    leaves,
)
from simulators.faults import Faults
from simulators.plant.device import Physical
from simulators.plant.plant import Plant
from simulators.readout import Readout
from simulators.scenario import load_scenarios
from simulators.stage import Stage

DEMO = Path(__file__).resolve().parents[2] / "examples" / "demo" / "site.yaml"
BEGIN = datetime(2026, 11, 23, tzinfo=UTC)
QUIET = 60  # s before the scenario
AFTER = 60  # s after its end

Found = tuple[str, str, str, int]  # asset or link, rule, edge, second of the scenario
States = Mapping[str, Mapping[str, Physical]]


class Judge:
    """All rules of the site but rates, over one state a second."""

    def __init__(self, site: Site) -> None:
        self._site = site
        owned = [(asset.id, rule) for asset in site.assets.values() for rule in asset.rules.values()]
        owned += [(link.id, link_lost(link)) for link in site.links.values()]
        self._rules = [pair for pair in owned if not any(isinstance(leaf, Rate) for leaf in leaves(pair[1].when))]
        self._rules += [("", rule) for rule in site.rules.values()]
        self._progress: dict[tuple[str, str], Progress] = {}
        self._heard: dict[str, datetime] = {}

    def look(self, states: States, second: int) -> list[Found]:
        """The edges of this second; a silent asset is not in `states`."""
        at = BEGIN + timedelta(seconds=second)
        for id in states:
            self._heard[id] = self._heard[self._site.assets[id].link] = at
        found = []
        for owner, rule in self._rules:
            before = self._progress.get((owner, rule.id), Progress())
            truth = self._truth(rule, owner, states, at, open_now=before.open_now)
            progress, edge = advance(before, truth, at, rule.hold, rule.clear_hold)
            self._progress[owner, rule.id] = progress
            if edge is not None:
                found.append((owner or rule.asset, rule.id, edge.value, second))
        return found

    def _truth(self, rule: Rule, owner: str, states: States, at: datetime, *, open_now: bool) -> Truth:
        def leaf(part: Leaf) -> Truth:
            if isinstance(part, ConditionOf):
                other = self._progress.get((part.asset, part.rule), Progress())
                return Truth.TRUE if other.open_now else Truth.FALSE
            if isinstance(part, Silence):
                silent = owner in self._heard and at - self._heard[owner] > part.longer_than
                return Truth.TRUE if silent else Truth.FALSE
            if isinstance(part, Share):
                shown = states.get(owner, {})
                return exceeds(part, [shown.get(name) for name in part.parts], shown.get(part.of))
            assert isinstance(part, Compare)
            value = states.get(part.asset or owner, {}).get(part.point)
            return compare(part, float(value) if isinstance(value, bool) else value, open_now=open_now)

        return judge(rule.when, leaf)


def conditions(site: Site, scenario: str, pace: int = 1) -> list[Found]:
    """Every edge of a scenario on this site, in the order of time; looked at every `pace` seconds."""
    faults = Faults(site)
    stage = Stage(site, Plant(site), faults, load_scenarios())
    readout, judge_ = Readout(stage.plant, faults), Judge(site)
    found: list[Found] = []
    lasts = int(stage.scenarios[scenario].lasts)
    for second in range(-QUIET, lasts + AFTER):
        if second == 0:
            stage.start(scenario)
        for _ in range(4):
            stage.step()
        if second % pace == 0:
            found += judge_.look(_shown(stage, readout), second)
    return found


def _shown(stage: Stage, readout: Readout) -> dict[str, dict[str, Physical]]:
    return {
        asset.id: readout.values(asset)
        for asset in stage.site.assets.values()
        if "silence" not in stage.faults.on(asset.link, asset.id)
    }
