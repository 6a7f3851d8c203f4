"""Rows of the boards of gates and of the environment: barriers, rooms, contacts and loops."""

from grafana.charts import BITS, NOW, STATES, TREND, Row, chart

GATES = Row(
    "parking",
    (
        chart(STATES, "barriers", 16, height=7, gate="barrier"),
        chart(NOW, "passages_today", 8, height=7, gate="passages_today"),
        chart(BITS, "gate_contacts", 8, height=7, meaning="on", gate="loop_occupied door_open"),
        chart(STATES, "last_results", 8, height=7, gate="last_result"),
        chart(TREND, "gate_temperature", 8, height=7, gate="controller_temperature"),
    ),
)

ROOMS = Row(
    "rooms",
    (
        chart(TREND, "room_temperature", 8, environment="temperature", air="temperature"),
        chart(TREND, "humidity", 8, environment="humidity", air="humidity"),
        chart(TREND, "carbon_monoxide", 8, air="carbon_monoxide"),
        chart(BITS, "room_alarms", 16, height=7, environment="smoke water"),
        chart(BITS, "doors", 8, height=7, meaning="on", environment="door_open"),
    ),
)
INPUTS = Row(
    "inputs",
    (
        chart(BITS, "contacts", 12, meaning="on", io="input_0 input_1 input_2 input_3 input_4"),
        chart(TREND, "input_temperatures", 6, io="temperature_1 temperature_2 temperature_3 temperature_4"),
        chart(TREND, "loop_currents", 6, io="loop_current_1 loop_current_2 loop_current_3 loop_current_4"),
    ),
)
