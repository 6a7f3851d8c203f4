"""With the demo's seed the conditions of each scenario of water, fire, gas and gates are exactly those of `expected/`.

A line is `second asset rule edge`. When a list changes, look at each line and say why it is right before it is committed.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from facility.domain.asset import Site
from facility.site import load
from simulators.scenario import load_scenarios
from tests.harness.rehearsal import rehearse

HERE = Path(__file__).resolve().parent
DEMO = HERE.parents[1] / "examples" / "demo" / "site.yaml"
EXPECTED = sorted((HERE / "expected").glob("*.txt"))
NAMES = [path.stem for path in EXPECTED]


@pytest.fixture(scope="module")
def site() -> Site:
    """The demo without most of its buildings' meters: they are alike, and only take time."""
    site = load(DEMO)
    alike = {f"building-{number}" for number in range(3, 21)}
    return replace(site, assets={id: asset for id, asset in site.assets.items() if id not in alike})


def written(site: Site, scenario: str) -> str:
    return "".join(f"{second} {asset} {rule} {edge}\n" for second, asset, rule, edge in rehearse(site, scenario))


@pytest.mark.parametrize("expected", EXPECTED, ids=NAMES)
def test_the_conditions_are_exact(site: Site, expected: Path) -> None:
    assert written(site, expected.stem) == expected.read_text(encoding="utf-8")


def test_they_are_the_same_twice(site: Site) -> None:
    assert written(site, "gate-stuck") == written(site, "gate-stuck") != ""


@pytest.mark.parametrize("expected", EXPECTED, ids=NAMES)
def test_what_opens_ends_and_its_scenario_is_shipped(expected: Path) -> None:
    edges = [line.split(" ", 1)[1].rsplit(" ", 1) for line in expected.read_text(encoding="utf-8").splitlines()]
    opened, ended = (sorted(what for what, edge in edges if edge == wanted) for wanted in ("opened", "ended"))
    assert opened == ended != []
    assert expected.stem in load_scenarios()


def levels(site: Site, scenario: str) -> dict[int | None, set[str]]:
    """The rules that open in a scenario, by their level."""
    found: dict[int | None, set[str]] = {}
    for line in (HERE / "expected" / f"{scenario}.txt").read_text(encoding="utf-8").splitlines():
        _, asset, rule, _ = line.split(" ")
        found.setdefault(site.rule(asset, rule).level, set()).add(rule)
    return found


@pytest.mark.parametrize(
    ("scenario", "level_1"),
    [
        ("water-outage", {"town_water_lost", "water_lost_zone_3"}),
        ("duty-pump-change", set()),
        ("pipe-burst", {"water_lost_zone_1"}),
        ("flood-pit", {"garage_flooded"}),
        ("gas-leak", {"gas_detected"}),
        ("fire-alarm", {"fire_alarm"}),
        ("gate-stuck", {"fire_alarm", "gate_north_in_not_open_on_fire"}),
    ],
)
def test_the_manager_is_told_of_what_the_scenario_says_and_of_nothing_else(
    site: Site, scenario: str, level_1: set[str]
) -> None:
    assert levels(site, scenario).get(1, set()) == level_1
