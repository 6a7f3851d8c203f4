"""Water, fire water, gas meters and gates hang together: what leaves one device arrives at the next."""

from dataclasses import replace
from pathlib import Path

import pytest

from facility.domain.asset import Site
from facility.domain.text import Title
from facility.site import load
from simulators.faults import Faults
from simulators.plant.day import DAYS, GAS_OF_YEAR, WATER_OF_YEAR, at_day
from simulators.plant.fire_pump import JOCKEY_STARTS_BELOW, JOCKEY_STOPS_ABOVE, STARTS_BELOW
from simulators.plant.plant import Plant
from simulators.plant.pump import RUNNING
from simulators.plant.sump import HIGH
from simulators.scenario import Step
from simulators.stage import Stage

DEMO = Path(__file__).resolve().parents[2] / "examples" / "demo" / "site.yaml"
STEP_HOURS = 0.25 / 3600.0


@pytest.fixture(scope="module")
def small() -> Site:
    """The demo without its buildings: quicker, and no matter here."""
    site = load(DEMO)
    kept = {id: asset for id, asset in site.assets.items() if not id.startswith("building-")}
    return replace(site, assets=kept)


@pytest.fixture
def plant(small: Site) -> Plant:
    return Plant(small)


def with_simulation(site: Site, **simulation: object) -> Site:
    return replace(site, simulation={**site.simulation, **simulation})


def act(plant: Plant, do: str, *targets: str) -> None:
    Stage(plant.site, plant, Faults(plant.site), {}).act(Step(0.0, do, Title("", ""), targets))


def test_the_meter_counts_what_tanks_set_and_fire_tank_take(plant: Plant) -> None:
    works = plant.waterworks
    meter, begin, summed = works.meters["water-meter-1"], works.meters["water-meter-1"].cubic_metres, 0.0
    for _ in range(400):
        plant.step()
        taken = sum(tank.filling() for tank in plant.tanks.values())
        taken += works.sets["booster-set-1"].group.flow + works.sets["booster-set-1"].group.past
        assert meter.flow == pytest.approx(taken, rel=0.02)  # the pressure has moved since
        summed += meter.flow * STEP_HOURS
    assert meter.cubic_metres - begin == pytest.approx(summed)
    assert summed > 0


def test_without_town_water_tanks_are_not_filled_and_the_set_locks_out(plant: Plant) -> None:
    plant.run(30)
    act(plant, "lose_water", "water-meter-1")
    plant.run(60)
    booster = plant.values("booster-set-1")
    assert plant.values("water-meter-1")["pressure"] == pytest.approx(0.0, abs=0.001)
    assert plant.values("water-meter-1")["flow"] == 0
    assert all(tank.filling() == 0 for tank in plant.tanks.values())
    assert (booster["no_water"], booster["running"], booster["duty_pump"]) == (True, False, "none")
    assert plant.groups[0].pressure > 0.4, "zones with tanks have water for hours"
    act(plant, "return_water", "water-meter-1")
    plant.run(60)
    assert plant.values("booster-set-1")["no_water"] is False
    assert plant.waterworks.sets["booster-set-1"].group.pressure > 0.45


def test_without_power_the_street_still_pushes_water_past_the_set(plant: Plant) -> None:
    plant.run(30)
    act(plant, "trip", "feeder-pumps-1")
    plant.run(60)
    assert plant.values("booster-set-1")["running"] is False
    assert 0.15 < plant.waterworks.sets["booster-set-1"].group.pressure < 0.32
    assert plant.groups[0].pressure < 0.1


def test_the_duty_goes_on_to_the_next_pump(plant: Plant) -> None:
    plant.run(20)
    assert plant.values("booster-set-1")["duty_pump"] == "pump_1"
    act(plant, "fail_pump", "booster-set-1")
    plant.run(20)
    values = plant.values("booster-set-1")
    assert (values["pump_1_state"], values["pump_2_state"], values["duty_pump"]) == ("fault", "running", "pump_2")
    act(plant, "mend_pump", "booster-set-1")
    act(plant, "change_duty", "booster-set-1")
    lowest = 1.0
    for _ in range(80):
        plant.step()
        lowest = min(lowest, plant.waterworks.sets["booster-set-1"].group.pressure)
    assert plant.values("booster-set-1")["duty_pump"] == "pump_3"
    assert lowest > 0.4, "a change of the duty is not felt"
    assert plant.values("booster-set-1")["pump_4_state"] == "absent"


def test_a_set_on_tanks_empties_them_and_locks_out_before_they_are_dry(small: Site) -> None:
    booster = replace(small.assets["booster-set-1"], supplied_by=("tank-5", "tank-6"))
    others = {id: replace(small.assets[id], supplied_by=("tank-4",)) for id in ("pump-5", "pump-6", "pump-7", "pump-8")}
    plant = Plant(replace(small, assets={**small.assets, "booster-set-1": booster, **others}))
    tanks = [plant.tanks["tank-5"], plant.tanks["tank-6"]]
    for tank in tanks:
        tank.city_water, tank.level = False, 0.16
    plant.run(30)
    assert all(tank.taken == pytest.approx(plant.waterworks.sets["booster-set-1"].group.flow / 2) for tank in tanks)
    plant.run(300)
    assert plant.values("booster-set-1")["no_water"] is True
    assert all(0.1 < tank.level < 0.15 for tank in tanks)
    for tank in tanks:
        tank.level = 0.4
    plant.run(30)
    assert plant.values("booster-set-1")["no_water"] is False


@pytest.mark.parametrize("pumps", [2, 4])
def test_a_set_has_as_many_pumps_as_the_site_says(small: Site, pumps: int) -> None:
    plant = Plant(with_simulation(small, pumps={"booster-set-1": pumps}))
    states = [plant.values("booster-set-1")[f"pump_{number}_state"] for number in range(1, 5)]
    assert states.count("absent") == 4 - pumps


def test_a_burst_pipe_takes_the_pressure_and_fills_the_pit(plant: Plant) -> None:
    plant.run(30)
    level = plant.waterworks.pits["sump-1"].level
    act(plant, "burst_pipe", "pump-1")
    plant.run(60)
    assert all(pump.state == RUNNING for pump in plant.groups[0].pumps)
    assert plant.groups[0].pressure < 0.1
    assert plant.groups[1].pressure > 0.4
    assert plant.waterworks.pits["sump-1"].level > level + 0.1
    act(plant, "mend_pipe", "pump-1")
    plant.run(60)
    assert plant.groups[0].pressure > 0.4


def test_pit_pumps_take_turns_and_count(plant: Plant) -> None:
    pit = plant.waterworks.pits["sump-1"]
    begin = [pump.starts for pump in pit.pumps]
    for _ in range(2):
        pit.level = 0.95
        plant.run(240)
    assert [pump.starts - before for pump, before in zip(pit.pumps, begin, strict=True)] == [1, 1]
    assert pit.level < 0.45
    assert not any(pump.running for pump in pit.pumps)


def test_a_cloudburst_is_more_than_two_pumps_can_lift_and_rain_alone_is_not(small: Site) -> None:
    light, heavy = Plant(with_simulation(small, rain=2.0)), Plant(small)
    act(heavy, "pour_rain", "sump-1")
    for plant in (light, heavy):
        plant.run(150)
    assert light.waterworks.pits["sump-1"].level < HIGH < heavy.waterworks.pits["sump-1"].level
    assert heavy.values("sump-1")["high_level"] is True


def test_the_jockey_holds_the_main_between_its_two_pressures(plant: Plant) -> None:
    main, jockey = plant.waterworks.fire_mains["hydrant-pressure-1"], plant.waterworks.jockeys["jockey-pump-1"]
    main.pressure, begin = JOCKEY_STARTS_BELOW + 0.001, jockey.starts
    plant.waterworks.fire_mains["sprinkler-pressure-1"].pressure = 0.89
    plant.run(300)
    assert jockey.starts == begin + 1
    assert JOCKEY_STARTS_BELOW < main.pressure <= JOCKEY_STOPS_ABOVE + 0.01
    assert not plant.waterworks.fire_pumps["fire-pump-1"].running


def test_without_the_jockey_leakage_starts_the_fire_pump_in_the_end(plant: Plant) -> None:
    act(plant, "fail_pump", "jockey-pump-1")
    plant.waterworks.fire_mains["hydrant-pressure-1"].pressure = STARTS_BELOW + 0.001
    plant.run(120)
    assert plant.values("fire-pump-1")["running"] is True
    assert plant.values("fire-pump-2")["running"] is False


def test_the_fire_pump_starts_by_pressure_holds_it_and_only_a_person_stops_it(plant: Plant) -> None:
    plant.run(10)
    tank = plant.waterworks.fire_tanks["fire-tank-1"]
    level = tank.level
    act(plant, "use_fire_water", "hydrant-pressure-1")
    plant.run(30)
    assert plant.values("fire-pump-1")["running"] is True
    assert plant.values("fire-panel-1")["pump_running"] is True, "the panel mirrors it"
    assert plant.values("hydrant-pressure-1")["pressure"] > 0.9  # type: ignore[operator]
    assert plant.values("fire-panel-1")["hydrant_pressure"] > 0.9  # type: ignore[operator]
    act(plant, "save_fire_water", "hydrant-pressure-1")
    plant.run(30)
    assert plant.values("fire-pump-1")["running"] is True
    assert tank.level < level
    act(plant, "stop_fire_pump", "fire-pump-1")
    plant.run(30)
    assert plant.values("fire-pump-1")["running"] is False
    assert plant.values("fire-pump-2")["running"] is False


@pytest.mark.parametrize("why", ["power", "fault", "manual"])
def test_a_fire_pump_that_cannot_start_does_not(plant: Plant, why: str) -> None:
    pump = plant.waterworks.fire_pumps["fire-pump-1"]
    if why == "power":
        act(plant, "trip", "feeder-fire")
    elif why == "fault":
        act(plant, "fail_pump", "fire-pump-1")
    else:
        pump.mode = "manual"
    act(plant, "use_fire_water", "hydrant-pressure-1")
    plant.run(30)
    assert plant.values("fire-pump-1")["running"] is False
    assert plant.waterworks.fire_mains["hydrant-pressure-1"].pressure < 0.4


def test_the_fire_tank_is_refilled_from_the_town_main(plant: Plant) -> None:
    tank, meter = plant.waterworks.fire_tanks["fire-tank-1"], plant.waterworks.meters["water-meter-1"]
    tank.level = 2.95
    plant.run(2)
    assert plant.values("fire-tank-1")["refill_valve"] == "open"
    before = tank.level
    plant.run(120)
    assert tank.level > before
    act(plant, "lose_water", "water-meter-1")
    plant.run(60)
    before = tank.level
    plant.run(30)
    assert tank.level == before
    assert meter.flow == 0


def test_behind_a_closed_valve_the_jockey_cannot_hold_the_main(plant: Plant) -> None:
    act(plant, "close_valve", "fire-valve-1")
    plant.run(4)
    assert plant.values("fire-valve-1")["position"] == "between"
    plant.run(10)
    assert plant.values("fire-valve-1") == {"open_contact": False, "closed_contact": True, "position": "closed"}
    main = plant.waterworks.fire_mains["sprinkler-pressure-1"]
    act(plant, "use_fire_water", "sprinkler-pressure-1")
    plant.run(60)
    assert main.pressure < 0.1
    act(plant, "open_valve", "fire-valve-1")
    plant.run(60)
    assert main.pressure > 0.9


def test_the_gas_meter_counts_what_its_intake_gives(plant: Plant) -> None:
    meter, intake = plant.waterworks.gas_meters["gas-meter-1"], plant.gases["gas-1"]
    begin, summed = meter.cubic_metres, 0.0
    for _ in range(200):
        plant.step()
        assert meter.flow == intake.flow
        summed += meter.flow * STEP_HOURS
    assert meter.cubic_metres - begin == pytest.approx(summed)
    act(plant, "lose_gas", "gas-1")
    plant.run(90)
    assert meter.flow == 0


def test_fire_opens_every_gate_and_reset_lets_them_close(plant: Plant) -> None:
    act(plant, "jam_barrier", "gate-south-in")
    act(plant, "fire_alarm", "fire-panel-1")
    plant.run(20)
    shown = {id: plant.values(id)["barrier"] for id in plant.gates}
    assert shown.pop("gate-south-in") == "fault"
    assert set(shown.values()) == {"open"}
    plant.restore()
    plant.run(1)
    for gate in plant.gates.values():
        gate._rng.random = lambda: 1.0  # type: ignore[method-assign]  # no car comes
    plant.run(10)
    assert {plant.values(id)["barrier"] for id in plant.gates} == {"closed"}


def test_winter_takes_more_gas_and_summer_more_water(small: Site) -> None:
    january, july = (Plant(with_simulation(small, month=month)) for month in (1, 7))
    for plant in (january, july):
        plant.run(120)
    assert january.gases["gas-1"].flow > 1.5 * july.gases["gas-1"].flow
    assert january.groups[0].demand < july.groups[0].demand
    for season in (WATER_OF_YEAR, GAS_OF_YEAR):
        assert sum(season) / 12 == pytest.approx(1.0, abs=0.01)
        assert at_day(season, 0.0) == pytest.approx(at_day(season, DAYS)), "the year closes"


def test_cars_bring_monoxide_and_fans_take_it_away(plant: Plant) -> None:
    air = plant.waterworks.airs["air-sensor-1"]
    before = air.monoxide
    plant.run(300)
    assert air.monoxide > before
    air.monoxide = 40.0
    plant.run(60)
    assert air.fans
    plant.run(240)
    assert air.monoxide < 15
    assert not air.fans


def test_restore_puts_everything_in_order(plant: Plant) -> None:
    act(plant, "lose_water", "water-meter-1")
    act(plant, "burst_pipe", "pump-1", "booster-set-1")
    act(plant, "pour_rain", "sump-1")
    act(plant, "close_valve", "fire-valve-1")
    act(plant, "use_fire_water", "hydrant-pressure-1")
    act(plant, "fail_pump", "sump-1", "fire-pump-1", "jockey-pump-1", "booster-set-1")
    plant.run(20)
    plant.restore()
    works = plant.waterworks
    plant.run(60)
    assert all(group.burst == 0 and group.pressure > 0.4 for group in works.groups_of.values())
    assert works.meters["water-meter-1"].pressure > 0.2
    assert works.pits["sump-1"].rain == 0
    assert not any(pump.fault for pump in works.pits["sump-1"].pumps)
    assert not works.fire_pumps["fire-pump-1"].fault
    assert works.valves["fire-valve-1"].open == 1.0
    assert not works.fire_mains["hydrant-pressure-1"].in_use
