"""Rules, addresses and limits in words."""

from datetime import timedelta

import pytest

from facility.domain.profile import ModbusLimits
from facility.domain.rule import AllOf, AnyOf, Compare, Comparison, ConditionOf, Negation, Rate, Share, Silence
from facility.site.loading import load_profiles
from facility.site.profiles import SHIPPED
from facility.site.wording import address_of, in_words, length, limits_of, number, range_of, reading_of

PROFILES = load_profiles(SHIPPED, ["booster_pump", "tank", "three_phase_meter", "gate_controller"])
PUMP, TANK, METER = PROFILES["booster_pump"], PROFILES["tank"], PROFILES["three_phase_meter"]


def test_expressions_in_words() -> None:
    low = Compare("outlet_pressure", Comparison.BELOW, 0.2, 0.02)
    running = Compare("run_state", Comparison.EQUALS, "running")
    assert in_words(low, PUMP) == "outlet_pressure < 0.2 MPa (ends at 0.22)"
    assert in_words(AllOf((low, running)), PUMP).endswith("0.22) and run_state = running")
    assert in_words(AnyOf((AllOf((running, running)), running)), PUMP).startswith("(run_state = running and ")
    assert in_words(Negation(running), PUMP) == "not run_state = running"
    assert in_words(Compare("frequency", Comparison.ABOVE, 50.0, 1), PUMP) == "frequency > 50 Hz (ends at 49)"
    assert in_words(Compare("fault", Comparison.DIFFERS, 0.0), PUMP) == "fault ≠ 0"
    assert in_words(Rate("water_level", -0.5, timedelta(minutes=10)), TANK) == "water_level falls by 0.5 m in 10 min"
    assert in_words(Share(("a", "b"), "c", 3.0), TANK) == "a + b > 3 % of c"
    assert in_words(Silence(timedelta(seconds=90)), TANK) == "no good reading for 90 s"
    assert in_words(ConditionOf("feeder-1", "no_voltage"), TANK) == "no_voltage of feeder-1"


def test_addresses_and_ranges() -> None:
    assert address_of(PUMP.points["fault"], PUMP) == "holding 8449 bit 3"
    deepsea = load_profiles(SHIPPED, ["deepsea_dse73xx"])["deepsea_dse73xx"]
    assert address_of(deepsea.points["alarm_fuel_low"], deepsea) == "holding 39430 bits 4-7"
    assert reading_of(deepsea.points["oil_pressure"]) == ["not available: 0xFFF8 to 0xFFFF"]
    assert address_of(PUMP.points["fault"], PUMP, shift=1) == "holding 8450 bit 3"
    gate = PROFILES["gate_controller"]
    assert address_of(gate.points["door_open"], gate) == "{prefix}/state $.controller.door_open"
    assert address_of(gate.points["door_open"], gate, prefix="a/b") == "a/b/state $.controller.door_open"
    assert range_of(TANK.points["water_level"]) == "0 … 6"
    assert range_of(TANK.points["overflow"]) == ""


def test_what_is_to_be_known_of_a_raw_value() -> None:
    assert reading_of(TANK.points["temperature"]) == ["× 0.1", "− 10", "not available: 0x8000"]
    assert reading_of(METER.points["energy"])[:2] == ["× 0.01", "order BADC"]
    assert reading_of(METER.points["demand"]) == ["× 0.001", "not available: 0xFFFFFFFF"]
    pm = load_profiles(SHIPPED, ["schneider_pm5000"])["schneider_pm5000"].points
    assert reading_of(pm["power_factor_l1"])[0].startswith("four-quadrant power factor")
    assert reading_of(pm["energy"]) == ["× 0.001", "not available: 0x8000000000000000", "counter"]
    adl = load_profiles(SHIPPED, ["acrel_adl3000e"])["acrel_adl3000e"].points
    assert reading_of(adl["active_power"]) == ["× 0.001", "× pt_ratio", "× ct_ratio"]
    level = load_profiles(SHIPPED, ["honde_rd_rwg_01_level"])["honde_rd_rwg_01_level"].points
    assert reading_of(level["water_level"]) == ["× unit_factor", "÷ 10^decimals"]
    generator = load_profiles(SHIPPED, ["smartgen_hgm6110n"])["smartgen_hgm6110n"].points
    assert reading_of(generator["starts"])[0] == "high word × 10000 + low word"


def test_limits() -> None:
    said = limits_of(ModbusLimits(max_gap=0, pause=timedelta(milliseconds=50)))
    paged = limits_of(ModbusLimits(page=256, single=True))
    assert {"no request crosses a multiple of 256", "one value a request"} <= set(paged)
    assert "no unused word may be asked for" in said
    assert "rests 50 ms after each answer" in said


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.5, "500 ms"), (5, "5 s"), (120, "2 min"), (90, "90 s"), (86400, "1 d")]
)
def test_lengths(seconds: float, text: str) -> None:
    assert length(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(("value", "text"), [(0.1, "0.1"), (42949672.0, "42949672"), (-40, "-40")])
def test_numbers(value: float, text: str) -> None:
    assert number(value) == text
