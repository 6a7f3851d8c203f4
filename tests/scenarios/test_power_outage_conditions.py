"""With seed 7 the conditions of `power-outage` are exact, twice: the plant's values judged by the domain's own rules.

No wire and no clock: one state a second, at a fixed time; the full product's run of the same scenario must find the same.
"""

import pytest

from facility.domain.asset import Site
from facility.domain.condition import EdgeKind
from facility.site import load
from tests.scenarios.judging import DEMO, QUIET, Found, conditions


@pytest.fixture(scope="module")
def site() -> Site:
    return load(DEMO)


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
        ("ats-1", "on_standby", "opened"),
        ("fire-panel-1", "panel_fault", "ended"),
        ("fire-panel-2", "panel_fault", "ended"),
        ("ats-1", "on_standby", "ended"),
    ]


def test_gateway_lost_makes_no_condition_of_the_process(site: Site) -> None:
    found = {(asset, rule) for asset, rule, _, at in conditions(site, "gateway-lost") if at >= -QUIET + 10}
    room = {id for id, asset in site.assets.items() if asset.link == "pumps-1"}
    assert found == {("pumps-1", "link_lost")} | {(id, "comm_lost") for id in room}


def test_every_condition_that_opens_ends(outage: list[Found]) -> None:
    opened = [(asset, rule) for asset, rule, edge, at in outage if edge == EdgeKind.OPENED and at >= 0]
    ended = [(asset, rule) for asset, rule, edge, at in outage if edge == EdgeKind.ENDED]
    still = [pair for pair in opened if pair not in ended]
    assert still == []
