"""Which boards there are and what stands on them: a board a system, the overview of the estate, and one for the wall."""

from dataclasses import dataclass, replace

from grafana import fire, places, power, water_and_gas
from grafana.charts import NOW, STATES, TILES, TOTAL, TREND, Chart, Row, chart


@dataclass(frozen=True, slots=True)
class Board:
    """A board; its file is `<id>.json`, its uid `facility-<short>-<zh|en>`."""

    id: str
    short: str
    rows: tuple[Row, ...]
    choice: bool = True  # people choose its assets
    incomers: bool = False  # and, for the mains, its incoming feeders
    quality: bool = True  # with the points that became bad or good again
    hours: int = 6

    @property
    def charts(self) -> tuple[Chart, ...]:
        """All charts, in their order."""
        return tuple(one for row in self.rows for one in row.charts)

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of assets on it."""
        return tuple(sorted({name for one in self.charts for name in one.points}))


OVERVIEW = Board(
    "estate-overview",
    "overview",
    (
        Row(
            "power",
            (*power.SUPPLY.charts[:4], chart(STATES, "breakers", 12, meter="breaker_state", breaker="breaker_state")),
        ),
        Row(
            "water_and_gas",
            (
                chart(TREND, "tank_levels", 8, tank="water_level", level="water_level"),
                chart(TREND, "outlet_pressure", 8, pump="outlet_pressure", booster_set="outlet_pressure"),
                chart(TREND, "gas_pressure", 8, gas="pressure"),
                chart(STATES, "pump_states", 24, height=7, pump="run_state", drive="run_state"),
            ),
        ),
        Row(
            "fire",
            (
                *fire.FIRE_ALARM.charts[:2],
                replace(fire.PRESSURES, width=8, height=7),
            ),
        ),
        Row("parking", places.GATES.charts[:2]),
    ),
    choice=False,
    incomers=True,
)
WALL = Board(
    "wall",
    "wall",
    (
        Row(
            "",
            (
                chart(NOW, "mains_voltage_now", 8, height=5, of="incomer", limits=power.VOLTAGE, meter="voltage_l1"),
                chart(TOTAL, "total_power", 4, height=5, of="incomer", meter="active_power"),
                chart(NOW, "fuel", 4, height=5, limits=power.FUEL, generator="fuel_level"),
                chart(
                    TILES, "fire_panels_now", 8, height=5, note="mirror_only", fire_panel="fire_alarm fault disablement"
                ),
                chart(STATES, "generator_states", 8, height=5, generator="state"),
                chart(STATES, "switch_positions", 8, height=5, transfer_switch="switch_position"),
                chart(TILES, "pit_alarms", 8, height=5, sump="high_level"),
                chart(NOW, "outlet_pressure", 8, height=5, pump="outlet_pressure", booster_set="outlet_pressure"),
                chart(NOW, "tank_levels", 8, height=5, tank="water_level", level="water_level"),
                chart(NOW, "fire_pressures", 8, height=5, fire_panel="hydrant_pressure", fire_pressure="pressure"),
                chart(STATES, "pump_states", 8, height=6, pump="run_state", drive="run_state"),
                chart(STATES, "barriers", 8, height=6, gate="barrier"),
                chart(TILES, "gas_alarms", 8, height=6, gas="detector_alarm", gas_meter="leak"),
            ),
        ),
    ),
    choice=False,
    incomers=True,
    quality=False,
    hours=1,
)
BOARDS = (
    OVERVIEW,
    Board("power", "power", power.ROWS, incomers=True),
    Board("water", "water", water_and_gas.WATER),
    Board("gas", "gas", (water_and_gas.GAS,)),
    Board("fire", "fire", fire.ROWS),
    Board("gates", "gates", (places.GATES,)),
    Board("environment", "environment", (places.ROOMS, places.INPUTS)),
    WALL,
)
