"""Rows of the fire board. All of it is a mirror: the fire alarm panel itself is the life-safety system."""

from grafana.charts import BITS, CODES, HOURLY, STATES, TILES, TREND, Row, chart

PRESSURES = chart(
    TREND,
    "fire_pressures",
    12,
    fire_panel="hydrant_pressure",
    fire_pressure="pressure",
    jockey_pump="pressure",
    fire_pump="pressure",
)
FIRE_ALARM = Row(
    "fire_alarm_panels",
    (
        chart(TILES, "fire_panels_now", 8, height=7, note="mirror_only", fire_panel="fire_alarm fault disablement"),
        chart(BITS, "fire_panels", 8, height=7, note="mirror_only", fire_panel="fire_alarm fault disablement"),
        chart(BITS, "fire_panel_power", 8, height=7, meaning="there", fire_panel="mains_ok battery_ok"),
        chart(STATES, "fire_loops", 12, height=7, note="mirror_only", fire_panel="loop_1 loop_2 loop_3 loop_4"),
        chart(BITS, "silenced", 6, height=7, meaning="on", fire_panel="silenced"),
        chart(CODES, "fire_device_words", 6, height=7, fire_panel="device_1"),
    ),
)
FIRE_WATER = Row(
    "fire_water",
    (
        PRESSURES,
        chart(TREND, "fire_tank_levels", 6, fire_tank="water_level"),
        chart(STATES, "refill_valves", 6, fire_tank="refill_valve"),
        chart(STATES, "fire_valves", 12, height=7, valve="position"),
        chart(BITS, "fire_tank_alarms", 12, height=7, fire_tank="low_level very_low_level overflow"),
    ),
)
FIRE_PUMPS = Row(
    "fire_pumps",
    (
        chart(BITS, "fire_pumps_running", 8, meaning="running", fire_pump="running", jockey_pump="running"),
        chart(BITS, "fire_pump_power", 8, meaning="there", fire_pump="power_ok"),
        chart(
            BITS,
            "fire_pump_faults",
            8,
            fire_pump="fault failed_to_start phase_loss low_suction power_loss",
            jockey_pump="fault",
        ),
        chart(STATES, "fire_pump_modes", 8, height=6, fire_pump="mode"),
        chart(BITS, "in_automatic", 8, height=6, meaning="automatic", fire_pump="in_auto", jockey_pump="auto"),
        chart(HOURLY, "starts_per_hour", 8, height=6, jockey_pump="starts"),
    ),
)

ROWS = (FIRE_ALARM, FIRE_WATER, FIRE_PUMPS)
