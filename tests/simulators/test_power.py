"""The power distribution's physics: what heats, trips, starts and compensates, and how long it takes."""

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from facility.domain.asset import Asset, Site
from facility.domain.profile import System
from facility.site import load
from simulators.plant.breaker import CHARGES, OVERLOAD, SHORT_CIRCUIT, Breaker
from simulators.plant.capacitor_bank import DISCHARGES, KILOVARS, WAITS, CapacitorBank
from simulators.plant.day import OUTDOORS, at_day, outdoors, tariff_at
from simulators.plant.generator import ATTEMPTS, CONFIRMS, LONGEST_CRANK, RESTS, START_AFTER, TANK, Generator
from simulators.plant.meter import TARIFFS, MultifunctionMeter
from simulators.plant.plant import Plant
from simulators.plant.transfer_switch import BACK_AFTER, TAKE_OVER, TransferSwitch
from simulators.plant.transformer import FAN_OFF, FAN_ON, WARMS, Transformer
from tests.scenarios.judging import DEMO

GIVES_UP = CONFIRMS + ATTEMPTS * LONGEST_CRANK + (ATTEMPTS - 1) * RESTS


@pytest.fixture(scope="module")
def demo() -> Site:
    """The demo's power alone: water, gas, fire and gates only take time."""
    site = load(DEMO)
    return replace(site, assets={id: one for id, one in site.assets.items() if one.profile.system is System.POWER})


@pytest.fixture
def plant(demo: Site) -> Plant:
    plant = Plant(demo)
    plant.run(5)
    return plant


def until(plant: Plant, true: Callable[[], bool], within: float) -> float:
    """Simulated seconds until something becomes true."""
    begin = plant.time
    while not true():
        assert plant.time - begin < within, f"not within {within:g} s"
        plant.step()
    return plant.time - begin


def lose_mains(plant: Plant, *, lost: bool = True) -> None:
    for incomer in plant.incomers:
        incomer.mains = not lost


def generator(plant: Plant) -> Generator:
    return plant.power.generators[0]


def switch(plant: Plant) -> TransferSwitch:
    return plant.power.switches[0]


def breaker(plant: Plant) -> Breaker:
    return plant.power.breakers[0]


def transformer(plant: Plant) -> Transformer:
    return plant.power.transformers[0]


def bank(plant: Plant) -> CapacitorBank:
    return plant.power.banks[0]


def test_reactive_power_adds_up_and_the_bank_takes_it_from_its_source(plant: Plant) -> None:
    plant.run(300)
    incomer = plant.feeders["incomer-1"]
    below = [feeder for feeder in plant.feeders.values() if feeder.source() is incomer]
    assert incomer.inductive == pytest.approx(sum(feeder.kilovars for feeder in below), rel=1e-6)
    assert incomer.kilovars == pytest.approx(incomer.inductive - bank(plant).given, abs=1.0)
    apparent = math.hypot(incomer.kilowatts, incomer.kilovars)
    assert plant.values("incomer-1")["power_factor"] == pytest.approx(incomer.kilowatts / apparent)


def test_the_capacitor_bank_raises_the_power_factor_a_step_at_a_time(plant: Plant) -> None:
    steps = [sum(bank(plant).on)]
    for _ in range(20):
        plant.run(WAITS)
        steps.append(sum(bank(plant).on))
    assert max(abs(b - a) for a, b in pairwise(steps)) == 1
    values = plant.values("capacitor-bank-1")
    assert isinstance(values["power_factor_before"], float)
    assert values["power_factor_before"] < 0.955
    assert values["power_factor"] == pytest.approx(0.97, abs=0.012)
    assert steps[-1] == values["steps_on"] == sum(values[f"step_{n}"] is True for n in range(1, 9))


def test_the_bank_opens_without_voltage_and_lets_its_steps_discharge(plant: Plant) -> None:
    plant.run(200)
    assert any(bank(plant).on)
    lose_mains(plant)
    plant.run(1)
    assert not any(bank(plant).on)
    assert bank(plant).given == 0.0
    before = list(bank(plant).switchings)
    lose_mains(plant, lost=False)
    plant.run(DISCHARGES - 5)
    rested = [number for number, rest in enumerate(before) if bank(plant).switchings[number] != rest]
    assert all(bank(plant)._rests[number] == 0.0 for number in rested)
    plant.run(200)
    assert any(bank(plant).on)


def test_blown_fuses_are_switched_in_and_give_nothing(plant: Plant) -> None:
    bank(plant).blow_fuses(8)
    plant.run(400)
    assert sum(bank(plant).on) == 8
    assert (bank(plant).given, plant.values("capacitor-bank-1")["alarm"]) == (0.0, True)
    bank(plant).restore()
    plant.run(400)
    assert 0 < bank(plant).given < 8 * KILOVARS


def test_a_winding_follows_its_load_with_its_time_constant(plant: Plant) -> None:
    start = transformer(plant).windings[1]
    transformer(plant).joint[1] = 60.0
    others = transformer(plant).windings[0]
    plant.run(WARMS)
    risen = transformer(plant).windings[1] - start
    assert risen == pytest.approx(60.0 * (1 - math.exp(-1)), abs=6.0)
    assert transformer(plant).windings[0] == pytest.approx(others, abs=6.0)


def test_the_fans_have_a_hysteresis_and_cool(plant: Plant) -> None:
    one = transformer(plant)
    one.windings = [FAN_ON - 0.5, 60.0, 60.0]
    plant.step()
    assert not one.fan_ordered
    one.windings[0] = FAN_ON + 0.5
    plant.step()
    assert one.fan_ordered
    one.windings[0] = FAN_OFF + 1.0
    plant.step()
    assert plant.values("transformer-1")["fan_running"] is True
    until(plant, lambda: not one.fan_ordered, 600)
    assert one.windings[0] <= FAN_OFF


def test_an_overheated_transformer_trips_and_darkens_what_it_feeds(plant: Plant) -> None:
    one = transformer(plant)
    one.fan_broken, one.joint[1] = True, 160.0
    alarm = until(plant, lambda: one.alarm, 1_200)
    trip = until(plant, lambda: one.tripped, 1_200)
    assert 300 < alarm < 700
    assert trip > 60, "there is time to shed load"
    plant.step()
    assert plant.values("building-1")["voltage_l1"] == 0.0
    assert plant.feeders["building-11"].alive, "the other side has its own transformer"
    plant.run(START_AFTER + TAKE_OVER + 1)
    assert plant.feeders["feeder-fire"].alive
    assert plant.values("building-1")["voltage_l1"] == 0.0
    hot = one.windings[1]
    plant.run(300)
    assert one.windings[1] < hot - 20, "without current it cools"
    assert one.tripped, "it stays tripped until somebody resets it"
    plant.restore()
    plant.run(1)
    assert plant.feeders["building-1"].alive


def test_a_broken_winding_sensor_is_not_available_and_does_not_trip(plant: Plant) -> None:
    transformer(plant).broken_sensor = 1
    transformer(plant).windings[1] = 200.0
    plant.step()
    values = plant.values("transformer-1")
    assert (values["winding_b"], values["sensor_fault"], values["tripped"]) == (None, True, False)


def test_the_generator_starts_by_its_sequence(plant: Plant) -> None:
    one = generator(plant)
    starts, fuel, hours = one.starts, one.fuel, one.hours
    lose_mains(plant)
    seen = []
    while one.state != "running":
        plant.step()
        if not seen or seen[-1] != one.state:
            seen.append(one.state)
    assert seen == ["stopped", "waiting", "cranking", "running_up", "running"]
    assert one.starts == starts + 1
    plant.run(360)
    used = 10 * (fuel - one.fuel)
    assert used == pytest.approx(4.0 + 0.26 * one.kilowatts, rel=0.2), "litres in an hour"
    assert one.hours - hours == pytest.approx(0.1, abs=0.002)
    assert one.coolant > 65
    assert 330 < one.oil < 400
    assert plant.values("generator-meter")["active_power"] == pytest.approx(one.kilowatts)


def test_cranking_pulls_the_battery_down_and_the_charger_fills_it(plant: Plant) -> None:
    one = generator(plant)
    full = one.battery
    one.will_not_fire = True
    lose_mains(plant)
    until(plant, lambda: one.state == "cranking", 10)
    assert one.battery < full - 4
    assert until(plant, lambda: one.state == "failed", 60) + CONFIRMS == pytest.approx(GIVES_UP, abs=0.5)
    assert one.charge < 0.8
    values = plant.values("generator-1")
    assert (values["fail_to_start"], values["common_shutdown"], values["common_alarm"]) == (True, True, True)
    lose_mains(plant, lost=False)
    plant.run(600)
    assert one.state == "failed", "a failed start stays until it is reset"
    assert one.charge > 0.9


@pytest.mark.parametrize(("fuel", "charge"), [(0.0, 1.0), (200.0, 0.1)])
def test_without_fuel_or_battery_it_does_not_start(plant: Plant, fuel: float, charge: float) -> None:
    one = generator(plant)
    one.fuel, one.charge, one.charger = fuel, charge, False
    lose_mains(plant)
    plant.run(GIVES_UP + 1)
    assert (one.state, one.cause) == ("failed", "fail_to_start")
    assert not plant.feeders["feeder-fire"].alive


def test_it_runs_until_the_tank_is_empty(plant: Plant) -> None:
    one = generator(plant)
    one.fuel = 0.4
    lose_mains(plant)
    until(plant, lambda: one.state == "failed", 600)
    assert (one.cause, one.fuel) == ("fuel", 0.0)
    assert plant.values("generator-1")["fail_to_start"] is False
    plant.restore()
    assert one.fuel == 0.8 * TANK


def test_in_manual_nothing_starts_and_nothing_switches(plant: Plant) -> None:
    generator(plant).mode = "manual"
    lose_mains(plant)
    plant.run(60)
    assert generator(plant).state == "stopped"
    generator(plant).mode, switch(plant).mode = "auto", "manual"
    plant.run(60)
    assert generator(plant).running
    assert plant.values("ats-1")["switch_position"] == "normal"
    assert plant.values("ats-1")["standby_available"] is True
    assert not plant.feeders["feeder-fire"].alive


def test_the_transfer_switch_waits_goes_over_and_comes_back(plant: Plant) -> None:
    transfers = switch(plant).transfers
    lose_mains(plant)
    over = until(plant, lambda: switch(plant).on_standby, 20)
    assert over == pytest.approx(START_AFTER + TAKE_OVER, abs=0.5)
    values = plant.values("ats-1")
    assert (values["standby_connected"], values["generator_start"], values["normal_voltage_l1"]) == (True, True, 0.0)
    lose_mains(plant, lost=False)
    plant.run(BACK_AFTER / 2)
    assert 0 < plant.values("ats-1")["countdown"] < BACK_AFTER  # type: ignore[operator]
    assert until(plant, lambda: not switch(plant).on_standby, 20) <= BACK_AFTER / 2 + 0.5
    assert switch(plant).transfers == transfers + 2


def test_a_test_with_load_starts_the_generator_while_the_mains_are_there(plant: Plant) -> None:
    switch(plant).testing = True
    until(plant, lambda: switch(plant).on_standby, 20)
    plant.run(1)
    assert generator(plant).kilowatts > 20
    assert plant.values("ats-1")["in_test"] is True
    switch(plant).testing = False
    until(plant, lambda: not switch(plant).on_standby, BACK_AFTER + 1)


def test_an_overload_trips_after_a_time_that_its_size_decides(demo: Site) -> None:
    def lasts(kilowatts: float) -> float:
        plant = Plant(demo)
        plant.feeders["shops-meter"].surge = kilowatts
        plant.run(1)
        assert plant.values("breaker-shops")["overload_alarm"] is True
        return until(plant, lambda: breaker(plant).breaker == "tripped", 2_000)

    light, heavy = lasts(200.0), lasts(350.0)
    assert 60 < heavy < light
    plant = Plant(demo)
    plant.feeders["shops-meter"].surge = 60.0
    plant.run(600)
    assert breaker(plant).heat < 1.0
    assert breaker(plant).breaker == "closed", "less than the rated current never trips"


def test_the_trip_says_why_and_counts(plant: Plant) -> None:
    one = breaker(plant)
    plant.feeders["shops-meter"].surge = 350.0
    trips, operations = one.trips, one.operations
    until(plant, lambda: one.breaker == "tripped", 600)
    assert (one.cause, one.trips, one.operations) == (OVERLOAD, trips + 1, operations + 1)
    assert one.trip_current > 500
    plant.run(1)
    assert plant.values("shops-meter")["voltage_l1"] == 0.0
    assert plant.values("breaker-shops")["current_l1"] == 0.0


def test_a_short_circuit_trips_at_once_and_again_until_the_cable_is_mended(plant: Plant) -> None:
    one = breaker(plant)
    wear = one.wear
    one.shorted = True
    plant.step()
    assert (one.breaker, one.cause) == ("tripped", SHORT_CIRCUIT)
    assert one.trip_current > 5_000
    assert one.wear > wear + 1
    one.close()
    plant.step()
    assert one.breaker == "tripped", "closed onto the fault"
    one.mend_cable()
    one.close()
    assert one.breaker == "tripped", "the spring is not charged yet"
    plant.run(CHARGES)
    one.carriage = "test"
    one.close()
    assert one.breaker == "tripped", "not in its service position"
    one.carriage = "service"
    one.close()
    plant.run(1)
    assert plant.feeders["shops-meter"].alive


def test_the_multifunction_meter_is_consistent_in_itself(plant: Plant) -> None:
    plant.run(60)
    meter = plant.feeders["shops-meter"]
    assert isinstance(meter, MultifunctionMeter)
    values = {name: value for name, value in plant.values("shops-meter").items() if isinstance(value, float)}
    assert sum(values[f"active_power_l{n}"] for n in (1, 2, 3)) == pytest.approx(values["active_power"])
    assert sum(values[f"energy_{name}"] for name in TARIFFS) == pytest.approx(values["energy"])
    assert values["voltage_l12"] == pytest.approx(values["voltage_l1"] * math.sqrt(3), rel=0.02)
    assert values["demand_highest"] >= values["demand"]
    assert 0 < values["voltage_unbalance"] < 2


def test_tariffs_and_seasons(demo: Site) -> None:
    assert [tariff_at(hour) for hour in (3.0, 9.0, 10.5, 13.0, 16.0, 20.0, 22.0)] == [
        "valley",
        "flat",
        "peak",
        "flat",
        "peak",
        "sharp",
        "flat",
    ]
    assert at_day(OUTDOORS, 365.0 / 24) == pytest.approx(OUTDOORS[0])
    assert at_day(OUTDOORS, 0.0) == pytest.approx((OUTDOORS[0] + OUTDOORS[11]) / 2)
    assert outdoors(200.0, 14.0) > outdoors(200.0, 5.0) + 6
    july, november = (Plant(replace(demo, simulation={"seed": 7, "month": month})) for month in (7, 11))
    for plant in (july, november):
        plant.run(1)
    assert july.feeders["incomer-1"].kilowatts > 1.2 * november.feeders["incomer-1"].kilowatts
    assert july.values("environment-1")["temperature"] > 25  # type: ignore[operator]


def test_losses_warm_the_room(demo: Site) -> None:
    plant = Plant(demo)
    plant.run(1)
    room = transformer(plant).room
    assert room is plant.power.sensors[0].room
    cold = room.temperature
    plant.feeders["building-1"].surge = 500.0
    plant.run(600)
    assert room.temperature > cold + 1


def test_a_site_without_controllers_keeps_its_plain_meters(demo: Site) -> None:
    meters = {id: asset for id, asset in demo.assets.items() if asset.profile.asset_class != "generator"}
    meters.pop("ats-1")
    meters["ats-meter"] = fed_by(meters["ats-meter"], "incomer-1", "generator-meter")
    meters["generator-meter"] = fed_by(meters["generator-meter"])
    plant = Plant(replace(demo, assets=meters))
    lose_mains(plant)
    plant.run(START_AFTER + TAKE_OVER + 0.5)
    assert plant.values("ats-meter")["voltage_l1"] > 200  # type: ignore[operator]
    assert "switch_position" not in plant.values("ats-meter")


def fed_by(asset: Asset, *sources: str) -> Asset:
    return replace(asset, fed_by=sources)
