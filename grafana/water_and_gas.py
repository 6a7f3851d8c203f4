"""Rows of the boards of water and gas: supply, pumps, tanks and pits, leaks; the gas intake and its meters."""

from grafana.charts import BITS, CODES, HOURLY, STATES, TREND, Row, chart

WATER_SUPPLY = Row(
    "water_supply",
    (
        chart(TREND, "water_flow", 8, water_meter="flow", flow_meter="flow", booster_set="flow"),
        chart(HOURLY, "water_per_hour", 8, water_meter="total"),
        chart(TREND, "water_pressure", 8, water_meter="pressure", pressure="pressure", booster_set="inlet_pressure"),
        chart(TREND, "outlet_pressure", 12, pump="outlet_pressure", booster_set="outlet_pressure"),
        chart(TREND, "net_volume", 12, flow_meter="volume_net"),
    ),
)
PUMPS = Row(
    "pumps",
    (
        chart(STATES, "pump_states", 12, pump="run_state", drive="run_state"),
        chart(BITS, "pumps_running", 6, meaning="running", booster_set="running", drive="running enabled"),
        chart(STATES, "duty_pumps", 6, booster_set="duty_pump"),
        chart(TREND, "frequency", 8, pump="frequency", drive="frequency"),
        chart(TREND, "motor_current", 8, pump="motor_current", drive="motor_current"),
        chart(CODES, "fault_codes", 8, pump="fault_code", drive="fault_code", booster_set="fault_code alarm_code"),
        chart(
            BITS, "pump_faults", 12, pump="fault overload", drive="tripped", booster_set="fault no_water high_pressure"
        ),
        chart(STATES, "pump_modes", 6, pump="mode", booster_set="mode"),
        chart(BITS, "remote", 6, meaning="on", drive="remote"),
    ),
)
TANKS = Row(
    "tanks_and_pits",
    (
        chart(TREND, "tank_levels", 8, tank="water_level", level="water_level"),
        chart(STATES, "inlet_valves", 8, tank="inlet_valve"),
        chart(BITS, "tank_alarms", 8, tank="overflow low_float"),
        chart(TREND, "pit_levels", 8, sump="water_level"),
        chart(BITS, "pit_pumps", 8, meaning="running", sump="pump_1_running pump_2_running"),
        chart(BITS, "pit_alarms", 8, sump="high_level pump_1_fault pump_2_fault"),
    ),
)
LEAKS = Row(
    "leaks",
    (
        chart(BITS, "water_leaks", 16, height=7, leak_sensor="water_leak", water_meter="leak tamper"),
        chart(TREND, "batteries", 8, height=7, leak_sensor="battery", water_meter="battery"),
    ),
)

GAS = Row(
    "gas",
    (
        chart(TREND, "gas_pressure", 8, gas="pressure"),
        chart(TREND, "gas_flow", 8, gas="flow", gas_meter="flow"),
        chart(HOURLY, "gas_per_hour", 8, gas="volume", gas_meter="total"),
        chart(BITS, "gas_alarms", 12, gas="detector_alarm", gas_meter="leak tamper"),
        chart(STATES, "gas_valves", 12, gas="valve_state"),
        chart(TREND, "gas_concentration", 8, height=7, gas="concentration"),
        chart(BITS, "gas_fans", 8, height=7, meaning="running", gas="fan_running"),
        chart(TREND, "batteries", 8, height=7, gas_meter="battery"),
    ),
)

WATER = (WATER_SUPPLY, PUMPS, TANKS, LEAKS)
