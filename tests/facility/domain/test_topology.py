"""The graph of a site: what is without supply, what may be the cause of what, and how long to wait for it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from facility.domain.asset import Site
from facility.domain.topology import MOST_WAIT, Graph, owned_rules, places
from facility.site import load

DEMO = Path(__file__).resolve().parents[3] / "examples" / "demo" / "site.yaml"


@pytest.fixture(scope="module")
def site() -> Site:
    return load(DEMO)


@pytest.fixture(scope="module")
def graph(site: Site) -> Graph:
    return Graph(site)


def test_what_has_two_sources_needs_both(graph: Graph) -> None:
    mains = graph.without_supply({"incomer-1", "incomer-2"})
    assert {"building-1", "building-11", "feeder-garage", "gate-south-in"} <= mains
    assert not {"ats-1", "feeder-pumps-1", "pump-1", "fire-panel-1"} & mains, "the generator carries them"
    assert {"pump-1", "fire-panel-1"} <= graph.without_supply({"incomer-1", "generator-meter"})
    assert {"pump-1", "fire-panel-1"} <= graph.downstream({"incomer-1"}), "by any way"


def test_water_goes_on_while_one_tank_has_some(graph: Graph) -> None:
    assert "pump-1" not in graph.without_supply({"tank-1", "tank-2"})
    assert "pump-1" in graph.without_supply({"tank-1", "tank-2", "tank-3"})
    assert {"tank-1", "pump-1", "booster-set-1"} <= graph.without_supply({"water-meter-1"})


def test_a_rule_stands_where_its_expression_affirms(site: Site) -> None:
    assert places("incomer-1", site.rules["mains_lost"]) == {"incomer-1", "incomer-2"}
    assert places("incomer-1", site.rules["area_1_lost"]) == {"incomer-1"}
    assert places("pump-1", site.rules["water_lost_zone_1"]) == {"pump-1", "pump-2", "pump-3", "pump-4"}


def test_possible_causes_lie_upstream_and_are_no_less_severe(site: Site, graph: Graph) -> None:
    for owner, rule in owned_rules(site):
        for _, cause in graph.possible_causes(owner, rule):
            assert (cause.level or 3) <= (rule.level or 3)
            assert cause.alert in rule.consequence_of
    causes = {cause.id for _, cause in graph.possible_causes("pump-5", site.rule("pump-5", "pressure_low"))}
    assert causes == {"mains_lost", "area_2_lost", "water_lost_zone_2", "town_water_lost"}


def test_waits_are_short_and_level_1_has_none(site: Site, graph: Graph) -> None:
    for owner, rule in owned_rules(site):
        assert timedelta(0) <= graph.first_wait(owner, rule) <= graph.wait(owner, rule) <= MOST_WAIT
        if rule.level == 1:
            assert graph.wait(owner, rule) == timedelta(0)
    assert graph.first_wait("pump-1", site.rule("pump-1", "pump_fault")) == timedelta(seconds=10)
    assert graph.wait("pump-1", site.rule("pump-1", "comm_lost")) == timedelta(0), "its link is faster"


def test_a_circle_of_two_media_ends_the_walk(site: Site) -> None:
    pump, tank = site.assets["pump-1"], site.assets["tank-1"]
    assets = {
        **site.assets,
        "pump-1": replace(pump, fed_by=("tank-1",)),
        "tank-1": replace(tank, supplied_by=("pump-1",)),
    }
    graph = Graph(replace(site, assets=assets))
    assert {"pump-1", "tank-1"} <= graph.upstream("pump-1") & graph.downstream({"tank-1"})
    assert {"pump-1", "tank-1"} <= graph.without_supply({"pump-1"})
