"""Charts as data: which points of which classes one panel shows, and how; and the panel made of it in one language.

Units, names of points and names of states come from the profiles, titles from the locale catalogue.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from grafana_foundation_sdk.builders import stat, statetimeline, timeseries
from grafana_foundation_sdk.models.dashboard import ValueMapping

from facility.domain.profile import Point
from facility.domain.text import Language
from facility.domain.unit import Unit
from facility.locale import text
from grafana import estate
from grafana.panels import BLUE, GREEN, GREY, RED, YELLOW, Limits, bands, bars, lines, names, number, state
from grafana.query import Asked, InfluxQL

AnyPanel = stat.Panel | timeseries.Panel | statetimeline.Panel

PLAIN: Limits = ((None, BLUE),)
UNITS = {
    Unit.NONE: "none",
    Unit.COUNT: "none",
    Unit.VOLT: "volt",
    Unit.AMPERE: "amp",
    Unit.MILLIAMPERE: "mamp",
    Unit.KILOWATT: "kwatt",
    Unit.KILOVOLT_AMPERE: "kvoltamp",
    Unit.KILOWATT_HOUR: "kwatth",
    Unit.HERTZ: "hertz",
    Unit.METRE: "lengthm",
    Unit.KILOPASCAL: "pressurekpa",
    Unit.CELSIUS: "celsius",
    Unit.PERCENT: "percent",
}
"""Grafana's names of units; the others are written as they stand on the pages."""
DECIMALS = {Unit.MEGAPASCAL: 2, Unit.METRE: 2, Unit.NONE: 2, Unit.COUNT: 0, Unit.REVOLUTION_PER_MINUTE: 0}
FACTORS = {(Unit.KILOPASCAL, Unit.MEGAPASCAL): 0.001}
"""From the unit of a point to that of its chart."""

COLOURS = {
    **dict.fromkeys(("closed", "running", "normal", "ready", "loaded", "auto", "forward", "service", "passage"), GREEN),
    **dict.fromkeys(("tripped", "fault", "alarm", "failed", "shutdown", "failed_to_stop", "emergency_manual"), RED),
    **dict.fromkeys(("overload", "short_circuit", "earth_fault", "undervoltage", "active"), RED),
    **dict.fromkeys(("disabled", "moving", "between", "manual", "not_ready", "withdrawn", "power_off"), YELLOW),
    **dict.fromkeys(("off", "test", "test_on_load", "test_off_load", "auto_manual_restore", "denied"), YELLOW),
    **dict.fromkeys(("stopped", "stop", "none", "absent", "standby", "inactive", "init", "after_stop"), GREY),
    **dict.fromkeys(("open", "reverse", "min", "max", "by_hand", "pump_1", "pump_2", "pump_3", "pump_4"), BLUE),
    **dict.fromkeys(("prestart", "cranking", "pause", "starting", "unloading", "cooling", "ventilate", "crank"), BLUE),
    **dict.fromkeys(("soft_load", "wait_stop", "preheat", "fuel", "rest", "safety_run", "idle", "warm_up"), BLUE),
    **dict.fromkeys(("wait_load", "stop_idle", "ets", "waiting", "resting", "running_up"), BLUE),
}
"""Colour of a state by its label; `OWN_COLOURS` where a class means something else by it."""
OWN_COLOURS = {("transfer_switch", "standby"): YELLOW, ("transfer_switch", "open"): RED}


class Kind(StrEnum):
    """How a chart shows its points."""

    NOW = "now"  # numbers, large
    TOTAL = "total"  # their sum over all assets, large
    TREND = "trend"  # numbers over time: the mean of each window
    LOWEST = "lowest"  # the lowest of each window
    CODES = "codes"  # code words over time: the last of each window
    HOURLY = "hourly"  # what counters grew by in each hour
    STATES = "states"  # named states over time
    BITS = "bits"  # yes or no over time
    TILES = "tiles"  # yes or no, now


NOW, TOTAL, TREND, LOWEST, CODES, HOURLY, STATES, BITS, TILES = Kind

MEANINGS: Mapping[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "alarm": (("normal", GREEN), ("active", RED)),
    "running": (("stopped", GREY), ("running", GREEN)),
    "there": (("lost", RED), ("there", GREEN)),
    "on": (("off", GREY), ("on", BLUE)),
    "automatic": (("not_automatic", YELLOW), ("automatic", GREEN)),
}
"""What 0 and 1 mean, by the word that a chart of bits gives."""
BAD_AT_ZERO = {"there", "automatic"}


@dataclass(frozen=True, slots=True)
class Chart:
    """One panel. `points`: class → names of points. `of`: variable that names the assets, instead of the board's own."""

    kind: Kind
    title: str  # id in the catalogue
    width: int  # of 24
    points: Mapping[str, tuple[str, ...]]
    height: int = 8
    of: str = ""
    limits: Limits = PLAIN
    meaning: str = "alarm"  # of bits
    note: str = ""  # id of a description

    def all(self) -> Iterator[tuple[str, Point]]:
        """Class and point of each; KeyError when no profile of the class has it."""
        return ((name, estate.points(name)[point]) for name, points in self.points.items() for point in points)


def chart(
    kind: Kind,
    title: str,
    width: int,
    *,
    height: int = 8,
    of: str = "",
    limits: Limits = PLAIN,
    meaning: str = "alarm",
    note: str = "",
    **points: str,
) -> Chart:
    """A chart whose points are given as `class="point point"`."""
    split = {name: tuple(words.split()) for name, words in points.items()}
    return Chart(kind, title, width, split, height, of, limits, meaning, note)


@dataclass(frozen=True, slots=True)
class Row:
    """Charts that belong together, under a title; "" without one."""

    title: str  # id in the catalogue
    charts: tuple[Chart, ...]


def panel(one: Chart, of: str, language: Language) -> AnyPanel:
    """The panel of a chart on a board whose assets are named by the variable `of`; ValueError when its points do not fit."""
    _check(one)
    title, no_data = _t(one.title, language), _t("no_data", language)
    queries = [_query(one, asked) for asked in _asked(one, one.of or of, language)]
    unit = _unit(one)
    shown, decimals = UNITS.get(unit, f"suffix: {unit}"), DECIMALS.get(unit, 1)
    made: AnyPanel
    match one.kind:
        case Kind.NOW | Kind.TOTAL:
            made = number(title, queries, shown, one.limits, decimals=decimals, no_data=no_data)
        case Kind.TREND | Kind.LOWEST:
            made = lines(title, queries, shown, decimals=decimals)
        case Kind.CODES:
            made = lines(title, queries, shown, decimals=0, steps=True)
        case Kind.HOURLY:
            made = bars(title, queries, shown, decimals=decimals)
        case Kind.TILES:
            made = state(title, queries, _bit_names(one, language), no_data=no_data)
        case Kind.STATES | Kind.BITS:
            words = _bit_names(one, language) if one.kind is Kind.BITS else _state_names(one, language)
            made = bands(title, queries, words)
    made = made.span(one.width).height(one.height)
    return made.description(_t(one.note, language)) if one.note else made


def _asked(one: Chart, of: str, language: Language) -> Iterator[Asked]:
    unit = _unit(one)
    for ref, (name, points) in zip("ABCDEFGH", one.points.items(), strict=False):
        own = [estate.points(name)[point] for point in points]
        end = "_text" if one.kind is Kind.STATES else ""
        legends = {f"{p.name}{end}": p.title.in_language(language) if len(own) > 1 else "" for p in own}
        yield Asked(name, legends, of, FACTORS.get((own[0].unit, unit), 1.0), ref)


def _query(one: Chart, asked: Asked) -> InfluxQL:
    match one.kind:
        case Kind.NOW | Kind.TILES:
            return asked.latest()
        case Kind.TOTAL:
            return asked.total()
        case Kind.HOURLY:
            return asked.hourly()
    worst = "min" if one.meaning in BAD_AT_ZERO else "max"  # what was so for a moment is seen in its window
    takes = {Kind.TREND: "mean", Kind.LOWEST: "min", Kind.BITS: worst}
    return asked.windows(takes.get(one.kind, "last"))


def _check(one: Chart) -> None:
    unit = _unit(one)
    for name, point in one.all():
        if not _fits(one.kind, point):
            raise ValueError(f"{one.title}: {name}.{point.name} is no point for a chart of {one.kind}")
        if point.unit is not unit and (point.unit, unit) not in FACTORS:
            raise ValueError(f"{one.title}: {name}.{point.name} is in {point.unit}, not in {unit}")


def _fits(kind: Kind, point: Point) -> bool:
    match kind:
        case Kind.STATES:
            return estate.is_text(point)
        case Kind.BITS | Kind.TILES:
            return estate.is_bit(point)
        case Kind.HOURLY:
            return point.counter is not None
    return not estate.is_text(point) and not estate.is_bit(point)


def _unit(one: Chart) -> Unit:
    """That of its first point."""
    return next(point.unit for _, point in one.all())


def _bit_names(one: Chart, language: Language) -> Sequence[ValueMapping]:
    return names({str(bit): (_t(word, language), colour) for bit, (word, colour) in enumerate(MEANINGS[one.meaning])})


def _state_names(one: Chart, language: Language) -> Sequence[ValueMapping]:
    found: dict[str, tuple[str, str]] = {}
    for name, point in one.all():
        for label, title in estate.labels(name, point.name).items():
            colour = OWN_COLOURS.get((name, label)) or COLOURS[label]
            found.setdefault(label, (title.in_language(language), colour))
    return names(found)


def _t(key: str, language: Language) -> str:
    return text(f"boards.{key}", language)
