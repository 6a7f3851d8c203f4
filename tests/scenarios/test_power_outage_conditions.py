"""With seed 7 the conditions of `power-outage` are exact, twice: the plant's values judged by the domain's own rules.

No wire and no clock: one state a second, at a fixed time; the full product's run of the same scenario must find the same.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from facility.domain.asset import Site
from facility.domain.condition import EdgeKind, Progress, advance
from facility.domain.rule import Compare, ConditionOf, Leaf, Rate, Rule, Silence, Truth, compare, judge, leaves
from facility.site import load
from simulators.faults import Faults
from simulators.plant.device import Physical
from simulators.plant.plant import Plant
from simulators.scenario import load_scenarios
from simulators.stage import Stage

DEMO = Path(__file__).resolve().parents[2] / "examples" / "demo" / "site.yaml"
BEGIN = datetime(2026, 11, 23, tzinfo=UTC)
QUIET = 60  # s before the scenario
AFTER = 60  # s after its end

Found = tuple[str, str, str, int]  # asset, rule, edge, second of the scenario


@pytest.fixture(scope="module")
def site() -> Site:
    return load(DEMO)


class Judge:
    """All rules of the site but silences and rates, over one state a second."""

    def __init__(self, site: Site) -> None:
        self._rules = [(asset.id, rule) for asset in site.assets.values() for rule in asset.rules.values()]
        self._rules = [pair for pair in self._rules if not _timed(pair[1])]
        self._rules += [("", rule) for rule in site.rules.values()]
        self._progress: dict[tuple[str, str], Progress] = {}

    def look(self, states: Mapping[str, Mapping[str, Physical]], second: int) -> list[Found]:
        """The edges of this second."""
        at = BEGIN + timedelta(seconds=second)
        found = []
        for asset, rule in self._rules:
            before = self._progress.get((asset, rule.id), Progress())
            truth = judge(
                rule.when, lambda leaf, a=asset, open_now=before.open_now: self._leaf(leaf, a, states, open_now)
            )
            progress, edge = advance(before, truth, at, rule.hold, rule.clear_hold)
            self._progress[asset, rule.id] = progress
            if edge is not None:
                found.append((asset or rule.asset, rule.id, edge.value, second))
        return found

    def _leaf(self, leaf: Leaf, asset: str, states: Mapping[str, Mapping[str, Physical]], open_now: bool) -> Truth:
        if isinstance(leaf, ConditionOf):
            return Truth.TRUE if self._progress.get((leaf.asset, leaf.rule), Progress()).open_now else Truth.FALSE
        assert isinstance(leaf, Compare)
        value = states[leaf.asset or asset][leaf.point]
        return compare(leaf, float(value) if isinstance(value, bool) else value, open_now=open_now)


def _timed(rule: Rule) -> bool:
    return any(isinstance(leaf, Rate | Silence) for leaf in leaves(rule.when))


def conditions(site: Site, scenario: str) -> list[Found]:
    stage = Stage(site, Plant(site), Faults(site), load_scenarios())
    judge = Judge(site)
    found: list[Found] = []
    lasts = int(stage.scenarios[scenario].lasts)
    for second in range(-QUIET, lasts + AFTER):
        if second == 0:
            stage.start(scenario)
        for _ in range(4):
            stage.step()
        found += judge.look({id: stage.plant.values(id) for id in stage.plant.devices}, second)
    return found


@pytest.fixture(scope="module")
def outage(site: Site) -> list[Found]:
    return conditions(site, "power-outage")


def test_the_conditions_of_power_outage_are_the_same_twice(site: Site, outage: list[Found]) -> None:
    assert outage == conditions(site, "power-outage")


def test_the_conditions_of_power_outage_are_exact(site: Site, outage: list[Found]) -> None:
    dark = {(asset, edge): at for asset, rule, edge, at in outage if rule == "no_voltage"}
    emergency = {
        id for id, asset in site.assets.items() if "ats-meter" in asset.fed_by and asset.profile.asset_class == "meter"
    }
    emergency |= {"ats-meter"}
    meters = {id for id, asset in site.assets.items() if asset.profile.asset_class == "meter"}
    normal = meters - emergency - {"generator-meter"}
    assert all(dark[id, "opened"] == 3 and dark[id, "ended"] == 50 for id in normal)
    assert all(dark[id, "opened"] == 3 and dark[id, "ended"] == 16 for id in emergency)
    assert [(rule, edge, at) for asset, rule, edge, at in outage if rule == "mains_lost"] == [
        ("mains_lost", "opened", 5),
        ("mains_lost", "ended", 60),
    ]
    assert [(asset, rule, edge) for asset, rule, edge, _ in outage if rule not in ("no_voltage", "mains_lost")] == [
        ("fire-panel-1", "panel_fault", "opened"),
        ("fire-panel-2", "panel_fault", "opened"),
        ("fire-panel-1", "panel_fault", "ended"),
        ("fire-panel-2", "panel_fault", "ended"),
    ]


def test_gateway_lost_makes_no_condition_of_the_process(site: Site) -> None:
    assert [found for found in conditions(site, "gateway-lost") if found[3] >= -QUIET + 10] == []


def test_every_condition_that_opens_ends(outage: list[Found]) -> None:
    opened = [(asset, rule) for asset, rule, edge, at in outage if edge == EdgeKind.OPENED and at >= 0]
    ended = [(asset, rule) for asset, rule, edge, at in outage if edge == EdgeKind.ENDED]
    still = [pair for pair in opened if pair not in ended]
    assert still == []
