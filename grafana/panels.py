"""Panels in the form that all boards share: gaps stay gaps, states have names and colours, a stat has limits."""

from collections.abc import Mapping, Sequence

from grafana_foundation_sdk.builders import common, dashboard, stat, statetimeline, timeseries
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models.dashboard import (
    DashboardRegexMapOptions,
    DynamicConfigValue,
    MatcherConfig,
    RegexMap,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMapping,
    ValueMappingResult,
)

from grafana.query import SOURCE, InfluxQL

GAP = 150_000  # ms without a reading that are drawn as a gap: every good point is stored at least once a minute
FRESH = "3m"  # a "now" panel looks back so far, so that a silent device shows no data instead of its last value
GREEN, YELLOW, RED, GREY, BLUE = "green", "yellow", "red", "#8e8e8e", "blue"

Limits = Sequence[tuple[float | None, str]]  # from this value on this colour; the first value is None


def number(
    title: str, queries: Sequence[InfluxQL], unit: str, limits: Limits, *, decimals: int = 1, no_data: str
) -> stat.Panel:
    """Present values as large figures, coloured by their limits."""
    return (
        _now(title, queries, no_data)
        .unit(unit)
        .decimals(decimals)
        .thresholds(_thresholds(limits))
        .color_mode(shapes.BigValueColorMode.VALUE)
    )


def state(title: str, queries: Sequence[InfluxQL], states: Sequence[ValueMapping], *, no_data: str) -> stat.Panel:
    """Present states as coloured tiles."""
    return (
        _now(title, queries, no_data)
        .mappings(list(states))
        .thresholds(_thresholds([(None, GREY)]))
        .color_mode(shapes.BigValueColorMode.BACKGROUND)
    )


def _now(title: str, queries: Sequence[InfluxQL], no_data: str) -> stat.Panel:
    panel = (
        stat.Panel()
        .title(title)
        .datasource(SOURCE)
        .time_from(FRESH)
        .no_value(no_data)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).fields("").values(False))
        .graph_mode(shapes.BigValueGraphMode.NONE)
        .text_mode(shapes.BigValueTextMode.VALUE_AND_NAME)
        .orientation(shapes.VizOrientation.AUTO)
    )
    for query in queries:
        panel = panel.with_target(query)
    return panel


def lines(
    title: str, queries: Sequence[InfluxQL], unit: str, *, decimals: int = 1, steps: bool = False
) -> timeseries.Panel:
    """Values over time; an hour without readings is an empty hour. `steps`: a value holds until the next one."""
    panel = _over_time(title, queries, unit, decimals).interval("10s").span_nulls(GAP).line_width(1).fill_opacity(8)
    return panel.line_interpolation(shapes.LineInterpolation.STEP_AFTER) if steps else panel.axis_soft_min(0)


def bars(title: str, queries: Sequence[InfluxQL], unit: str, *, decimals: int = 1) -> timeseries.Panel:
    """Amounts of whole hours."""
    panel = _over_time(title, queries, unit, decimals).interval("1h").axis_soft_min(0)
    return panel.draw_style(shapes.GraphDrawStyle.BARS).fill_opacity(60)


def _over_time(title: str, queries: Sequence[InfluxQL], unit: str, decimals: int) -> timeseries.Panel:
    panel = (
        timeseries.Panel()
        .title(title)
        .datasource(SOURCE)
        .unit(unit)
        .decimals(decimals)
        .show_points(shapes.VisibilityMode.NEVER)
        .legend(
            common.VizLegendOptions()
            .display_mode(shapes.LegendDisplayMode.LIST)
            .placement(shapes.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(common.VizTooltipOptions().mode(shapes.TooltipDisplayMode.MULTI))
    )
    for query in queries:
        panel = panel.with_target(query)
    return panel


def bands(
    title: str, queries: Sequence[InfluxQL], states: Sequence[ValueMapping], *, connected: bool = False
) -> statetimeline.Panel:
    """States over time. `connected`: what is stored is a change, so that it holds until the next one."""
    panel = (
        statetimeline.Panel()
        .title(title)
        .datasource(SOURCE)
        .interval("10s")
        .mappings(list(states))
        .thresholds(_thresholds([(None, GREY)]))
        .merge_values(True)
        .show_value(shapes.VisibilityMode.AUTO)
        .row_height(0.8)
        .per_page(20)
        .with_override(
            MatcherConfig(id_val="byRegexp", options="/.*/"),
            [DynamicConfigValue(id_val="custom.spanNulls", value=True if connected else GAP)],
        )
    )
    for query in queries:
        panel = panel.with_target(query)
    return panel


def names(states: Mapping[str, tuple[str, str]]) -> list[ValueMapping]:
    """Stored value → (its name, its colour)."""
    return [
        ValueMap(
            {
                value: ValueMappingResult(text=name, color=colour, index=index)
                for index, (value, (name, colour)) in enumerate(states.items())
            }
        )
    ]


def pattern(regex: str, name: str, colour: str) -> ValueMapping:
    """Values that match `regex` → name (which may hold $1) and colour."""
    return RegexMap(
        DashboardRegexMapOptions(pattern=regex, result=ValueMappingResult(text=name, color=colour, index=0))
    )


def _thresholds(limits: Limits) -> dashboard.ThresholdsConfig:
    steps = [Threshold(value, colour) for value, colour in limits]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)
