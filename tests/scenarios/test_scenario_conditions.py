"""With the demo's seed the conditions of each scenario of water, fire, gas and gates are exactly those of `expected/`.

A line is `second asset rule edge`. When a list changes, look at each line and say why it is right before it is committed.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from facility.domain.asset import Site
from facility.domain.profile import System
from facility.site import load
from tests.scenarios.judging import DEMO, conditions

EXPECTED = Path(__file__).resolve().parent / "expected"
LEVEL_1: dict[str, set[str]] = {
    "water-outage": {"town_water_lost", "water_lost_zone_3"},
    "duty-pump-change": set(),
    "pipe-burst": {"water_lost_zone_1"},
    "flood-pit": {"garage_flooded"},
    "gas-leak": {"gas_detected"},
    "fire-alarm": {"fire_alarm"},
    "gate-stuck": {"fire_alarm", "gate_north_in_not_open_on_fire"},
}
"""Of what the manager is told in each scenario."""


@pytest.fixture(scope="module")
def site() -> Site:
    """The demo without the electrical devices that feed nothing of water, gas, fire and gates: they only take time."""
    site = load(DEMO)
    kept: set[str] = set()
    wanted = [asset.id for asset in site.assets.values() if asset.profile.system is not System.POWER]
    while wanted:
        id = wanted.pop()
        kept.add(id)
        wanted += [source for source in site.assets[id].fed_by if source not in kept]
    return replace(site, assets={id: asset for id, asset in site.assets.items() if id in kept})


def played(site: Site, scenario: str) -> str:
    found = conditions(site, scenario)
    return "".join(f"{second} {owner} {rule} {edge}\n" for owner, rule, edge, second in found if second >= 0)


def expected(scenario: str) -> str:
    return (EXPECTED / f"{scenario}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("scenario", LEVEL_1)
def test_the_conditions_are_exact(site: Site, scenario: str) -> None:
    assert played(site, scenario) == expected(scenario)


def test_they_are_the_same_twice(site: Site) -> None:
    assert played(site, "duty-pump-change") == expected("duty-pump-change"), "a second run in one process"


@pytest.mark.parametrize("scenario", LEVEL_1)
def test_what_opens_ends(scenario: str) -> None:
    edges = [line.split(" ", 1)[1].rsplit(" ", 1) for line in expected(scenario).splitlines()]
    opened, ended = (sorted(what for what, edge in edges if edge == wanted) for wanted in ("opened", "ended"))
    assert opened == ended != []


@pytest.mark.parametrize("scenario", LEVEL_1)
def test_the_manager_is_told_of_what_the_scenario_says_and_of_nothing_else(site: Site, scenario: str) -> None:
    rules = {tuple(line.split(" ")[1:3]) for line in expected(scenario).splitlines()}
    assert {rule for asset, rule in rules if site.rule(asset, rule).level == 1} == LEVEL_1[scenario]
