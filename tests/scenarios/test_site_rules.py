"""The demo's rules for the loss of water and gas mean it: true when homes have none, unknown when that cannot be known."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from facility.domain.asset import Site
from facility.domain.rule import Compare, ConditionOf, Leaf, Truth, compare, judge, leaves
from facility.site import load

DEMO = Path(__file__).resolve().parents[2] / "examples" / "demo" / "site.yaml"
PUMPS = ("pump-1", "pump-2", "pump-3", "pump-4")

Points = Mapping[tuple[str, str], float | str | None]
Conditions = Mapping[tuple[str, str], bool | None]


@pytest.fixture(scope="module")
def site() -> Site:
    return load(DEMO)


def truth(site: Site, rule: str, points: Points, conditions: Conditions = MappingProxyType({})) -> Truth:
    """What the rule says; a point or condition that is None, or not given, is unknown."""

    def leaf(part: Leaf) -> Truth:
        if isinstance(part, ConditionOf):
            known = conditions.get((part.asset, part.rule))
            return Truth.UNKNOWN if known is None else Truth.TRUE if known else Truth.FALSE
        assert isinstance(part, Compare)
        return compare(part, points.get((part.asset, part.point)), open_now=False)

    return judge(site.rules[rule].when, leaf)


def outlets(*pressures: float | None) -> Points:
    return {(pump, "outlet_pressure"): pressure for pump, pressure in zip(PUMPS, pressures, strict=True)}


@pytest.mark.parametrize(
    ("pressures", "dark", "expected"),
    [
        ((0.45, 0.45, 0.45, 0.45), False, Truth.FALSE),
        ((0.02, 0.02, 0.02, 0.02), False, Truth.TRUE),
        ((0.02, 0.02, 0.02, 0.02), True, Truth.FALSE),  # a power outage, not one of water
        ((0.0, 0.45, 0.45, 0.45), False, Truth.FALSE),  # one broken transmitter makes no outage
        ((None, 0.02, 0.02, 0.02), False, Truth.TRUE),  # and hides none
        ((None, 0.02, None, 0.02), False, Truth.UNKNOWN),
        ((None, None, None, None), False, Truth.UNKNOWN),
        ((0.02, 0.02, 0.02, 0.02), None, Truth.UNKNOWN),  # whether the pump room has power is unknown
        ((0.45, 0.45, 0.45, 0.45), None, Truth.FALSE),
    ],
)
def test_water_of_a_zone(site: Site, pressures: tuple[float | None, ...], dark: bool | None, expected: Truth) -> None:
    found = truth(site, "water_lost_zone_1", outlets(*pressures), {("feeder-pumps-1", "no_voltage"): dark})
    assert found is expected


@pytest.mark.parametrize(("pressure", "expected"), [(0.29, Truth.FALSE), (0.0, Truth.TRUE), (None, Truth.UNKNOWN)])
def test_town_water(site: Site, pressure: float | None, expected: Truth) -> None:
    assert truth(site, "town_water_lost", {("water-meter-1", "pressure"): pressure}) is expected


@pytest.mark.parametrize(
    ("canteen", "valve", "area", "expected"),
    [
        (0.2, "open", 2.5, Truth.TRUE),
        (0.2, "open", 0.2, Truth.FALSE),  # area 1 has none either: told there
        (0.2, "closed", 2.5, Truth.FALSE),  # its own detector has closed it
        (2.5, "open", 2.5, Truth.FALSE),
        (None, "open", 2.5, Truth.UNKNOWN),
        (0.2, None, 2.5, Truth.UNKNOWN),
        (0.2, "open", None, Truth.UNKNOWN),
    ],
)
def test_gas_of_the_canteen(
    site: Site, canteen: float | None, valve: str | None, area: float | None, expected: Truth
) -> None:
    points = {("gas-3", "pressure"): canteen, ("gas-3", "valve_state"): valve, ("gas-1", "pressure"): area}
    assert truth(site, "gas_lost_canteen", points) is expected


def test_every_loss_of_a_supply_is_level_1_and_unknown_when_nothing_is_known(site: Site) -> None:
    losses = [rule for rule in site.rules.values() if rule.alert in ("water_lost", "town_water_lost", "gas_lost")]
    assert len(losses) == 7
    assert {rule.level for rule in losses} == {1}
    assert all(leaves(rule.when) and truth(site, rule.id, {}) is Truth.UNKNOWN for rule in losses)
