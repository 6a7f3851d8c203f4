"""The physics: power, water and gas hang together, and equal steps make equal estates."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from facility.domain.asset import Asset, Site
from facility.domain.rule import Compare, Leaf, Rate, Rule, Share, Silence, Truth, compare, exceeds, judge, leaves
from simulators.plant.device import Physical
from simulators.plant.feeder import TRIPPED
from simulators.plant.generator import COOL_DOWN, START_AFTER
from simulators.plant.plant import Plant
from simulators.plant.transfer_switch import BACK_AFTER, TAKE_OVER

ROOT = Path(__file__).resolve().parents[2]
TAKEN_OVER = START_AFTER + TAKE_OVER + 0.5


def with_simulation(site: Site, **simulation: object) -> Site:
    return replace(site, simulation={**site.simulation, **simulation})


def with_roof_tank(site: Site) -> Site:
    """The demo with a tank that a pump group fills and homes empty."""
    assets = dict(site.assets)
    assets["tank-6"] = replace(assets["tank-6"], supplied_by=("pump-1",))
    return replace(site, assets=assets)


def trace(plant: Plant, seconds: int) -> list[dict[str, dict[str, Physical]]]:
    states = []
    for second in range(seconds):
        if second == 20:
            plant.incomers[0].mains = False
        plant.run(1.0)
        states.append({id: plant.values(id) for id in plant.devices})
    return states


def test_two_estates_of_one_seed_are_equal_step_by_step(demo: Site) -> None:
    assert trace(Plant(demo), 60) == trace(Plant(demo), 60)


SCRIPT = """
import hashlib, pathlib
from facility.site import load
from simulators.plant.plant import Plant
from simulators.plant.transfer_switch import BACK_AFTER, TAKE_OVER
plant = Plant(load(pathlib.Path("examples/demo/site.yaml")))
plant.run(10)
print(hashlib.sha256(repr([plant.values(id) for id in plant.devices]).encode()).hexdigest())
"""


def test_another_process_with_other_hashes_makes_the_same_estate() -> None:
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
        )
        for seed in ("1", "2")
    ]
    first, second = (run.communicate()[0] for run in runs)
    assert len(first) == 65
    assert first == second


def test_another_seed_makes_another_estate(demo: Site) -> None:
    assert trace(Plant(demo), 3) != trace(Plant(with_simulation(demo, seed=8)), 3)


def test_reading_changes_nothing(demo: Site) -> None:
    read, unread = Plant(demo), Plant(demo)
    for _ in range(40):
        read.step()
        unread.step()
        for id in read.devices:
            read.values(id)
    assert all(read.values(id) == unread.values(id) for id in read.devices)


def test_every_point_of_every_device_has_physics(demo: Site) -> None:
    plant = Plant(demo)
    missing = {
        (asset.id, point)
        for asset in demo.assets.values()
        for point in asset.profile.points
        if point not in plant.values(asset.id)
    }
    assert not missing


def test_enums_show_only_labels_that_the_profile_knows(demo: Site) -> None:
    plant = Plant(demo)
    plant.run(60)
    for asset in demo.assets.values():
        values = plant.values(asset.id)
        for point in asset.profile.points.values():
            if point.labels and values[point.name] is not None:
                assert values[point.name] in point.labels


@pytest.mark.parametrize("hour", [3, 8, 20])
def test_an_estate_in_order_is_calm_and_inside_its_measuring_ranges(demo: Site, hour: int) -> None:
    plant = Plant(with_simulation(demo, start_hour=hour))
    for _ in range(10):
        plant.run(30)
        for asset in demo.assets.values():
            values = plant.values(asset.id)
            assert not out_of_range(asset, values)
            true = [rule.id for rule in asset.rules.values() if truth(rule, values) is Truth.TRUE]
            assert true in ([], ["no_voltage"] if asset.id == "generator-meter" else [])


def out_of_range(asset: Asset, values: Mapping[str, Physical]) -> list[str]:
    wrong = []
    for point in asset.profile.points.values():
        value = values[point.name]
        if isinstance(value, float):
            low = point.low is not None and value < point.low
            high = point.high is not None and value > point.high
            wrong += [point.name] if low or high else []
    return wrong


def truth(rule: Rule, values: Mapping[str, Physical]) -> Truth:
    if any(isinstance(leaf, Rate | Silence) for leaf in leaves(rule.when)):
        return Truth.UNKNOWN

    def leaf(part: Leaf) -> Truth:
        if isinstance(part, Share):
            return exceeds(part, [values[name] for name in part.parts], values[part.of])
        assert isinstance(part, Compare)
        value = values[part.point]
        return compare(part, float(value) if isinstance(value, bool) else value, open_now=False)

    return judge(rule.when, leaf)


def test_what_a_meter_gives_is_what_its_sources_carry(demo: Site) -> None:
    plant = Plant(demo)
    plant.run(30)
    for feeder in plant.feeders.values():
        below = [other for other in plant.feeders.values() if other.source() is feeder]
        if below:
            carried = sum(other.kilowatts for other in below)
            assert feeder.kilowatts == pytest.approx(carried, rel=1e-6)


def test_energy_is_power_over_time(demo: Site) -> None:
    plant = Plant(demo)
    feeder = plant.feeders["building-1"]
    begin, summed = feeder.kilowatt_hours, 0.0
    for _ in range(400):
        plant.step()
        summed += feeder.kilowatts * 0.25 / 3600.0
    assert feeder.kilowatt_hours - begin == pytest.approx(summed)
    assert summed > 0


def test_a_tripped_feeder_stops_pumps_then_pressure_falls_then_the_tank_empties(demo: Site) -> None:
    roofed = with_roof_tank(demo)
    plant = Plant(replace(roofed, simulation={**roofed.simulation, "month": 7}))  # summer: the tank empties faster
    plant.run(60)
    group = plant.groups[0]
    pressures, full = [group.pressure], plant.tanks["tank-6"].level
    assert pressures[0] > 0.4
    plant.feeders["feeder-pumps-1"].breaker = TRIPPED
    for _ in range(60):
        plant.run(1)
        pressures.append(group.pressure)
    pumps = [plant.values(f"pump-{number}") for number in (1, 2, 3, 4)]
    assert all(pump["run_state"] == "stopped" and pump["frequency"] == 0 for pump in pumps)
    assert pressures == sorted(pressures, reverse=True)
    assert pressures[-1] < 0.1
    plant.run(600)
    assert plant.tanks["tank-6"].level < full - 0.02
    assert plant.feeders["feeder-pumps-1"].kilowatts == 0
    assert plant.values("feeder-pumps-1")["voltage_l1"] > 200  # the meter sits on the supply side
    plant.feeders["feeder-pumps-1"].breaker = "closed"
    plant.run(60)
    assert group.pressure > 0.4


def test_the_generator_takes_over_the_emergency_loads_and_gives_them_back(demo: Site) -> None:
    plant = Plant(demo)
    plant.run(30)
    for incomer in plant.incomers:
        incomer.mains = False
    plant.run(1)
    assert plant.values("building-1")["voltage_l1"] == 0
    assert plant.values("feeder-fire")["voltage_l1"] == 0
    assert plant.pumps["pump-1"].state == "stopped"
    plant.run(TAKEN_OVER)
    assert plant.values("generator-meter")["voltage_l1"] > 220
    assert plant.values("feeder-fire")["voltage_l1"] > 220
    assert plant.values("building-1")["voltage_l1"] == 0
    assert plant.feeders["generator-meter"].kilowatts == pytest.approx(plant.feeders["ats-meter"].kilowatts, rel=0.1)
    plant.run(30)
    assert plant.groups[0].pressure > 0.4, "pumps on the emergency feeder run again"
    assert plant.groups[1].pressure < 0.2, "the others do not"
    for incomer in plant.incomers:
        incomer.mains = True
    plant.run(BACK_AFTER + 1)
    assert plant.feeders["generator-meter"].kilowatts == 0
    plant.run(COOL_DOWN + 1)
    assert plant.values("generator-meter")["voltage_l1"] == 0
    assert plant.values("building-1")["voltage_l1"] > 200


def test_one_incomer_alone_leaves_the_other_side_alone(demo: Site) -> None:
    plant = Plant(demo)
    plant.incomers[1].mains = False
    plant.run(30)
    assert plant.values("building-1")["voltage_l1"] > 200
    assert plant.values("building-20")["voltage_l1"] == 0
    assert plant.values("generator-meter")["voltage_l1"] == 0


def test_the_standby_pump_takes_over_from_a_faulty_one(demo: Site) -> None:
    plant = Plant(demo)
    plant.run(30)
    plant.pumps["pump-1"].fail()
    plant.run(60)
    assert plant.values("pump-1")["run_state"] == "fault"
    assert plant.values("pump-1")["fault"] is True
    assert plant.pumps["pump-2"].state == "running"
    assert plant.groups[0].pressure > 0.4


def test_pumps_stop_before_they_run_dry(demo: Site) -> None:
    plant = Plant(demo)
    for tank in plant.tanks.values():
        tank.city_water, tank.level = False, 0.152
    plant.run(300)
    assert plant.groups[0].pumps[0].fault_code == 31
    for tank in plant.tanks.values():
        tank.city_water = True
    plant.run(600)
    assert plant.groups[0].pressure > 0.4


def test_gas_pressure_falls_behind_a_lost_network_and_behind_a_closed_valve(demo: Site) -> None:
    plant = Plant(demo)
    plant.gases["gas-1"].network = False
    plant.gases["gas-2"].leak = True
    plant.run(60)
    assert plant.values("gas-1")["pressure"] < 1.0
    assert plant.values("gas-3")["pressure"] < 1.0, "gas-3 is supplied by gas-1"
    assert plant.values("gas-2")["valve_state"] == "closed"
    assert plant.values("gas-2")["concentration"] > 25
    plant.restore()
    plant.run(60)
    assert all(gas.pressure > 2 for gas in plant.gases.values())


def test_a_day_of_cards(demo: Site) -> None:
    plant = Plant(with_simulation(demo, start_hour=18))
    plant.run(600)
    events = [event for event in plant.take_events() if event.asset == "gate-north-in"]
    assert len(events) > 5
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    passed = [event for event in events if event.fields["result"] == "passage"]
    assert plant.values("gate-north-in")["passages_today"] == len(passed)


def test_meters_that_feed_each_other_in_a_circle_are_refused(demo: Site) -> None:
    assets = dict(demo.assets)
    assets["incomer-1"] = replace(assets["incomer-1"], fed_by=("building-1",))
    with pytest.raises(ValueError, match="circle"):
        Plant(replace(demo, assets=assets))
