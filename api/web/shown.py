"""How values are written for people: digits by unit, words for quality. The same on a page and in the live stream."""

from dataclasses import dataclass

from api.views.points import UNKNOWN, PointView
from facility.domain.reading import Quality, Value
from facility.domain.text import Language
from facility.domain.unit import Unit
from facility.locale import text

DIGITS = {
    Unit.NONE: 2,
    Unit.HERTZ: 2,
    Unit.MEGAPASCAL: 3,
    Unit.KILOPASCAL: 2,
    Unit.METRE: 2,
    Unit.METRE_PER_SECOND: 2,
    Unit.MILLIAMPERE: 2,
    Unit.REVOLUTION_PER_MINUTE: 0,
    Unit.LUX: 0,
    Unit.COUNT: 0,
}
"""Decimal places by unit; one for the others, so that columns stand still."""

NOTHING = "—"


@dataclass(frozen=True, slots=True)
class Shown:
    """A point in words: the value (a dash when there is none to believe), what is wrong with it, the last good value."""

    text: str
    quality: str
    note: str
    last: str
    at: float | None  # seconds since 1970


def shown(view: PointView, language: Language) -> Shown:
    """A point in the reader's language."""
    at = view.at.timestamp() if view.at else None
    last = value_text(view, view.last_value, language) if view.last_value is not None else ""
    if view.quality == Quality.GOOD and view.value is not None:
        return Shown(value_text(view, view.value, language), view.quality, "", "", at)
    note = text(f"pages.quality.{view.quality}", language)
    if view.quality == Quality.STALE:
        return Shown(last or NOTHING, view.quality, note, last, at)
    if view.reason and view.quality != UNKNOWN:
        note = text("pages.bad_because", language, reason=text(f"pages.reason.{view.reason}", language))
    return Shown(NOTHING, view.quality, note, last, at)


def value_text(view: PointView, value: Value, language: Language) -> str:
    """A value with its unit, or the label of a state."""
    if isinstance(value, str):
        label = view.labels.get(value)
        return label.in_language(language) if label else value
    if view.kind == "bit":
        return text("pages.bit.on" if value else "pages.bit.off", language)
    return number(value, view.unit, language)


def number(value: float, unit: Unit, language: Language, *, digits: int | None = None) -> str:
    """A number with its unit: 230.1 V, 45%, 12次; thousands are separated from five digits on."""
    places = DIGITS.get(unit, 1) if digits is None else digits
    figure = f"{value:,.{places}f}" if abs(value) >= 10_000 else f"{value:.{places}f}"
    if figure.strip("-0.,") == "":
        figure = figure.lstrip("-")  # no minus before nought
    match unit:
        case Unit.NONE:
            return figure
        case Unit.COUNT:
            return text("pages.count", language, number=figure)
        case Unit.PERCENT:
            return f"{figure}%"
    return f"{figure} {unit}"


def bare(value: float) -> str:
    """A limit as it was written, for a form: 0.2, 400, 42949672."""
    return f"{value:.10g}"


def plain(value: float) -> str:
    """The same for people: thousands are separated from five digits on."""
    return f"{value:,.10g}" if abs(value) >= 10_000 else bare(value)
