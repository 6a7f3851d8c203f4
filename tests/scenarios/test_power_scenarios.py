"""The scenarios of power and of its communication: with seed 7 their conditions are exactly these, twice.

`expected/<scenario>.txt`: second, asset or link, rule, edge. `python -m tests.scenarios.test_power_scenarios` writes them anew: look at why
each line is right before you commit it.
"""

from pathlib import Path

import pytest

from facility.domain.asset import Site
from facility.site import load
from tests.scenarios.judging import DEMO, Found, conditions

EXPECTED = Path(__file__).parent / "expected"
SCENARIOS = {  # seconds between two looks
    "breaker-trips": 1,
    "generator-fails-to-start": 1,
    "mains-and-internet-lost": 1,
    "sensor-drift": 5,
    "transformer-overheats": 5,
}


@pytest.fixture(scope="module")
def site() -> Site:
    return load(DEMO)


@pytest.fixture(scope="module")
def played(site: Site) -> dict[str, list[Found]]:
    return {scenario: conditions(site, scenario, pace) for scenario, pace in SCENARIOS.items()}


def lines(found: list[Found]) -> list[str]:
    return [f"{second} {owner} {rule} {edge}" for owner, rule, edge, second in found if second >= 0]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_conditions_of_a_scenario_are_exactly_these(played: dict[str, list[Found]], scenario: str) -> None:
    expected = (EXPECTED / f"{scenario}.txt").read_text(encoding="utf-8").splitlines()
    assert lines(played[scenario]) == expected


def test_a_scenario_is_the_same_twice_in_one_process(site: Site, played: dict[str, list[Found]]) -> None:
    assert conditions(site, "breaker-trips") == played["breaker-trips"]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_estate_is_in_order_before_and_after(played: dict[str, list[Found]], scenario: str) -> None:
    now_open: set[tuple[str, str]] = set()
    for owner, rule, edge, second in played[scenario]:
        assert second >= 0, f"{owner} {rule} before the scenario"
        (now_open.add if edge == "opened" else now_open.discard)((owner, rule))
    assert now_open == set()


def main() -> None:
    """Write the expected lists of the demo as it is."""
    site = load(DEMO)
    for scenario, pace in SCENARIOS.items():
        text = "\n".join(lines(conditions(site, scenario, pace))) + "\n"
        (EXPECTED / f"{scenario}.txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
