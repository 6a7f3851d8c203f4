"""The estate overview board, in zh-CN and en: `python -m grafana.build` writes dashboards/<language>/estate-overview.json.

Titles come from the locale catalogue, names of states from the device profiles, so that a board says what the pages say.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    ValueMapping,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from facility.domain.text import Language
from facility.locale import text
from grafana.panels import BLUE, GREEN, GREY, RED, YELLOW, Limits, bands, lines, names, number, pattern, state
from grafana.query import SOURCE, latest, quality_changes, total, windows

FOLDER = Path(__file__).resolve().parent
PROFILES = FOLDER.parent / "facility" / "profiles"
CLASSES = ("meter", "pump", "tank", "gas", "fire_panel", "gate")
FILE = "estate-overview.json"

COLOURS = {
    "open": BLUE,
    "closed": GREEN,
    "tripped": RED,
    "running": GREEN,
    "stopped": GREY,
    "fault": RED,
    "alarm": RED,
    "normal": GREEN,
    "disabled": YELLOW,
    "moving": YELLOW,
}
VOLTAGE: Limits = [(None, RED), (198, GREEN), (235.4, YELLOW), (242, RED)]  # 220 V −10 % +7 % (GB/T 12325)
PHASES = {"voltage_l1": "L1", "voltage_l2": "L2", "voltage_l3": "L3"}
PANEL_BITS = ("fire_alarm", "fault", "disablement")


def estate_overview(language: Language) -> dashboard.Dashboard:
    """Power, water and gas, fire, gates and the quality of the points, on one board."""
    board = (
        dashboard.Dashboard(_t("title", language))
        .uid(f"facility-overview-{'zh' if language is Language.ZH_CN else 'en'}")
        .description(_t("description", language))
        .tags(["facility", language.value])
        .timezone("browser")
        .time("now-6h", "now")
        .refresh("10s")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .readonly()
        .with_variable(_variable("site", "site", _t("site", language)))
        .with_variable(_variable("incomer", "asset", _t("incomers", language), measurement="meter", regex="/incomer/"))
    )
    for add in (_power, _water, _fire, _gates, _quality):
        board = add(board, language)
    return board


def _power(board: dashboard.Dashboard, language: Language) -> dashboard.Dashboard:
    def t(key: str) -> str:
        return _t(key, language)

    breakers = _states("three_phase_meter", "breaker_state", language)
    return (
        board.with_row(dashboard.Row(t("power")))
        .with_panel(
            number(t("mains_voltage_now"), latest("meter", PHASES, of="incomer"), "volt", VOLTAGE, no_data=t("no_data"))
            .span(10)
            .height(6)
        )
        .with_panel(
            number(
                t("total_power"),
                total("meter", "active_power", of="incomer"),
                "kwatt",
                [(None, BLUE)],
                no_data=t("no_data"),
            )
            .span(4)
            .height(6)
        )
        .with_panel(
            lines(t("power_history"), windows("meter", {"active_power": ""}, of="incomer"), "kwatt", low=0)
            .span(10)
            .height(6)
        )
        .with_panel(
            lines(t("mains_voltage"), windows("meter", PHASES, take="min", of="incomer"), "volt", low=0)
            .span(12)
            .height(8)
        )
        .with_panel(
            bands(t("breakers"), [windows("meter", {"breaker_state_text": ""}, take="last")], breakers)
            .span(12)
            .height(8)
        )
    )


def _water(board: dashboard.Dashboard, language: Language) -> dashboard.Dashboard:
    def t(key: str) -> str:
        return _t(key, language)

    pumps = _states("booster_pump", "run_state", language)
    return (
        board.with_row(dashboard.Row(t("water_and_gas")))
        .with_panel(
            lines(t("tank_levels"), windows("tank", {"water_level": ""}), "lengthm", decimals=2, low=0)
            .span(8)
            .height(8)
        )
        .with_panel(
            lines(t("outlet_pressure"), windows("pump", {"outlet_pressure": ""}), "MPa", decimals=2, low=0)
            .span(8)
            .height(8)
        )
        .with_panel(lines(t("gas_pressure"), windows("gas", {"pressure": ""}), "pressurekpa", low=0).span(8).height(8))
        .with_panel(bands(t("pumps"), [windows("pump", {"run_state_text": ""}, take="last")], pumps).span(24).height(7))
    )


def _fire(board: dashboard.Dashboard, language: Language) -> dashboard.Dashboard:
    def t(key: str) -> str:
        return _t(key, language)

    bits = names({"0": (t("normal"), GREEN), "1": (t("active"), RED)})
    legends = {bit: t(bit) for bit in PANEL_BITS}
    return (
        board.with_row(dashboard.Row(t("fire")))
        .with_panel(
            state(t("fire_panels_now"), latest("fire_panel", legends), bits, no_data=t("no_data"))
            .description(t("mirror_only"))
            .span(8)
            .height(7)
        )
        .with_panel(
            bands(t("fire_panels"), [windows("fire_panel", legends, take="max")], bits)
            .description(t("mirror_only"))
            .span(8)
            .height(7)
        )
        .with_panel(
            lines(t("hydrant_pressure"), windows("fire_panel", {"hydrant_pressure": ""}), "MPa", decimals=2, low=0)
            .span(8)
            .height(7)
        )
    )


def _gates(board: dashboard.Dashboard, language: Language) -> dashboard.Dashboard:
    def t(key: str) -> str:
        return _t(key, language)

    barriers = _states("gate_controller", "barrier", language)
    return (
        board.with_row(dashboard.Row(t("parking")))
        .with_panel(
            bands(t("barriers"), [windows("gate", {"barrier_text": ""}, take="last")], barriers).span(16).height(7)
        )
        .with_panel(
            number(
                t("passages_today"),
                latest("gate", {"passages_today": ""}),
                "short",
                [(None, BLUE)],
                decimals=0,
                no_data=t("no_data"),
            )
            .span(8)
            .height(7)
        )
    )


def _quality(board: dashboard.Dashboard, language: Language) -> dashboard.Dashboard:
    def t(key: str) -> str:
        return _t(key, language)

    queries = [quality_changes(measurement, "ABCDEF"[index]) for index, measurement in enumerate(CLASSES)]
    qualities = [*names({"good": (t("good"), GREEN)}), pattern("^bad:(.*)$", f"{t('bad')} $1", RED)]
    return board.with_row(dashboard.Row(t("quality"))).with_panel(
        bands(t("quality_changes"), queries, qualities, connected=True)
        .description(t("quality_note"))
        .span(24)
        .height(9)
    )


def _variable(name: str, tag: str, label: str, *, measurement: str = "", regex: str = "") -> dashboard.QueryVariable:
    source = f' FROM "{measurement}"' if measurement else ""
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query(f'SHOW TAG VALUES{source} WITH KEY = "{tag}"')
        .regex(regex)
        .refresh(VariableRefresh.ON_DASHBOARD_LOAD)
        .sort(VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .current(VariableOption(selected=True, text=["All"], value=["$__all"]))
    )


def _states(profile: str, point: str, language: Language) -> list[ValueMapping]:
    """The names of an enum point's states, as the device profile gives them."""
    labels: Mapping[str, Mapping[str, str]] = _profile(profile)["points"][point]["labels"]
    key = "zh" if language is Language.ZH_CN else "en"
    return names({value: (title[key], COLOURS[value]) for value, title in labels.items()})


@cache
def _profile(name: str) -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = yaml.safe_load((PROFILES / f"{name}.yaml").read_text(encoding="utf-8"))
    return loaded


def _t(key: str, language: Language) -> str:
    return text(f"boards.{key}", language)


def rendered(language: Language) -> str:
    """The board as the JSON text that is committed."""
    board = estate_overview(language).build()
    for identity, panel in enumerate(board.panels or [], start=1):
        panel.id_val = identity
    return JSONEncoder(sort_keys=True, indent=2, ensure_ascii=False).encode(board) + "\n"


def main() -> None:
    """Write the boards of both languages."""
    for language in Language:
        path = FOLDER / "dashboards" / language.value / FILE
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(rendered(language), encoding="utf-8")


if __name__ == "__main__":
    main()
