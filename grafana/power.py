"""Rows of the power board: the mains, distribution, transformers, and what stands in when the mains are lost."""

from grafana.charts import BITS, CODES, HOURLY, LOWEST, NOW, STATES, TOTAL, TREND, Row, chart
from grafana.panels import GREEN, RED, YELLOW, Limits

VOLTAGE: Limits = ((None, RED), (198, GREEN), (235.4, YELLOW), (242, RED))  # 220 V −10 % +7 % (GB/T 12325)
FUEL: Limits = ((None, RED), (25, YELLOW), (50, GREEN))
PHASES = "voltage_l1 voltage_l2 voltage_l3"
CURRENTS = "current_l1 current_l2 current_l3"


SUPPLY = Row(
    "supply",
    (
        chart(NOW, "mains_voltage_now", 10, height=6, of="incomer", limits=VOLTAGE, meter=PHASES),
        chart(TOTAL, "total_power", 4, height=6, of="incomer", meter="active_power"),
        chart(TREND, "power_history", 10, height=6, of="incomer", meter="active_power"),
        chart(LOWEST, "mains_voltage", 12, of="incomer", meter=PHASES),
        chart(TREND, "power_factor", 12, meter="power_factor", capacitor_bank="power_factor power_factor_before"),
    ),
)
DISTRIBUTION = Row(
    "distribution",
    (
        chart(STATES, "breakers", 12, meter="breaker_state", breaker="breaker_state"),
        chart(BITS, "breaker_alarms", 12, breaker="overload_alarm earth_fault_alarm protection_fault"),
        chart(STATES, "trip_causes", 12, height=6, breaker="trip_cause"),
        chart(STATES, "carriages", 6, height=6, breaker="carriage"),
        chart(CODES, "status_words", 6, height=6, breaker="status_word"),
        chart(TREND, "active_power", 8, meter="active_power"),
        chart(TREND, "apparent_power", 8, meter="apparent_power"),
        chart(HOURLY, "energy_per_hour", 8, meter="energy"),
        chart(TREND, "meter_currents", 8, meter=CURRENTS),
        chart(TREND, "breaker_currents", 8, breaker=CURRENTS),
        chart(TREND, "breaker_load", 8, breaker="load_share"),
        chart(TREND, "single_phase_voltage", 12, height=6, meter="voltage"),
        chart(TREND, "breaker_temperature", 12, height=6, breaker="temperature"),
    ),
)
TRANSFORMERS = Row(
    "transformers",
    (
        chart(TREND, "winding_temperatures", 12, transformer="winding_a winding_b winding_c"),
        chart(BITS, "transformer_alarms", 12, transformer="over_temperature tripped sensor_fault fan_fault"),
        chart(BITS, "fans", 8, height=6, meaning="running", transformer="fan_running"),
        chart(STATES, "trip_relays", 8, height=6, transformer="trip_state"),
        chart(CODES, "relay_words", 8, height=6, transformer="relay_status"),
    ),
)
GENERATORS = Row(
    "generators",
    (
        chart(STATES, "generator_states", 12, generator="state"),
        chart(STATES, "generator_modes", 6, generator="mode"),
        chart(BITS, "in_automatic", 6, meaning="automatic", generator="mode_auto"),
        chart(NOW, "fuel", 6, height=6, limits=FUEL, generator="fuel_level"),
        chart(TREND, "generator_power", 9, height=6, generator="active_power"),
        chart(TREND, "generator_voltage", 9, height=6, generator=PHASES),
        chart(TREND, "generator_speed", 8, height=6, generator="speed"),
        chart(TREND, "coolant_temperature", 8, height=6, generator="coolant_temperature"),
        chart(TREND, "battery_voltage", 8, height=6, generator="battery_voltage"),
        chart(BITS, "generator_alarms", 24, height=6, generator="common_alarm common_shutdown"),
    ),
)
TRANSFER_SWITCHES = Row(
    "transfer_switches",
    (
        chart(STATES, "switch_positions", 12, height=6, transfer_switch="switch_position"),
        chart(STATES, "switch_modes", 6, height=6, transfer_switch="mode"),
        chart(BITS, "switch_alarms", 6, height=6, transfer_switch="alarm"),
        chart(BITS, "sources", 8, height=7, meaning="there", transfer_switch="normal_available standby_available"),
        chart(BITS, "carried_by", 8, height=7, meaning="on", transfer_switch="normal_connected standby_connected"),
        chart(CODES, "source_words", 8, height=7, transfer_switch="source_status"),
        chart(TREND, "source_voltages", 24, height=7, transfer_switch="normal_voltage_l1 standby_voltage_l1"),
    ),
)
CAPACITOR_BANKS = Row(
    "capacitor_banks",
    (
        chart(TREND, "reactive_power", 8, capacitor_bank="reactive_power"),
        chart(CODES, "steps_on", 8, capacitor_bank="steps_on"),
        chart(BITS, "capacitor_alarms", 8, capacitor_bank="alarm capacity_lost over_temperature overvoltage"),
    ),
)

ROWS = (SUPPLY, DISTRIBUTION, TRANSFORMERS, GENERATORS, TRANSFER_SWITCHES, CAPACITOR_BANKS)
