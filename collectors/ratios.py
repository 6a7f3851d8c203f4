"""Ratios: values that a device gives behind its transformers, or without their point, times what the device itself says.

Stands between codec and present state, for blocks that need it only; the others keep their sink. A ratio counts while it
is good: one from the same answer first, else as the present state has it. Without it there is no value, because a wrong
ratio looks like a plausible one.
"""

from collections.abc import Callable, Sequence
from math import isfinite

from collectors.monitor import Monitor
from collectors.wire import BlockSink, SinkFactory
from facility.domain.asset import Asset
from facility.domain.profile import Point, Register
from facility.domain.reading import BadReason, Value
from facility.domain.reads import register_of
from facility.domain.running import View

Known = Callable[[str], Value | None]
"""The present value of a point of the device; None unless it is good."""

MOST_PLACES = 15  # decimal places: more than a float holds


class Ratios:
    """Applies the ratios of the points of one block, and the measuring range that the codec left to us."""

    def __init__(self, points: Sequence[Point]) -> None:
        self._points = tuple(points)
        self._place = {point.name: i for i, point in enumerate(points)}
        self._dependent = _in_order(self._points, self._place)

    def applied(
        self, values: Sequence[Value | None], reasons: Sequence[BadReason], known: Known
    ) -> tuple[list[Value | None], list[BadReason]]:
        """Values and reasons as they are with ratios."""
        new_values, new_reasons = list(values), list(reasons)

        def ratio(name: str) -> Value | None:
            return new_values[self._place[name]] if name in self._place else known(name)

        for i in self._dependent:
            value = new_values[i]
            if isinstance(value, int | float):
                new_values[i], new_reasons[i] = _judged(self._points[i], value, ratio)
        return new_values, new_reasons


class RatioSink:
    """A BlockSink in front of another one, which gets the values with their ratios."""

    def __init__(self, sink: BlockSink, points: Sequence[Point], view: View) -> None:
        self._sink, self._ratios, self._view = sink, Ratios(points), view
        self._good = (BadReason.NONE,) * len(points)

    def good(self, values: Sequence[Value], at_ns: int) -> None:
        """Every point was decoded; without its ratio it has no value all the same."""
        applied, why = self._ratios.applied(values, self._good, self._known)
        complete = [value for value in applied if value is not None]
        if len(complete) == len(applied):
            self._sink.good(complete, at_ns)
        else:
            self._sink.mixed(applied, why, at_ns)

    def mixed(self, values: Sequence[Value | None], reasons: Sequence[BadReason], at_ns: int) -> None:
        """Some points were decoded, or all of them but a text is among them."""
        self._sink.mixed(*self._ratios.applied(values, reasons, self._known), at_ns)

    def failed(self, reason: BadReason, at_ns: int) -> None:
        """No point has a value."""
        self._sink.failed(reason, at_ns)

    def _known(self, name: str) -> Value | None:
        return self._view.present[self._view.index[name]]


def with_ratios(monitor: Monitor) -> SinkFactory:
    """The monitor's sinks, with ratios in front of those blocks that have some."""

    def sink(asset: Asset, points: tuple[Point, ...]) -> BlockSink:
        block = monitor.sink(asset, points)
        if not any(register_of(point).ratios for point in points):
            return block
        return RatioSink(block, points, monitor.tracks[asset.id].view)

    return sink


def _in_order(points: Sequence[Point], place: dict[str, int]) -> list[int]:
    """The points with ratios, each behind those of the same block that it depends on."""
    order: list[int] = []

    def add(i: int) -> None:
        read = points[i].read
        if i in order or not isinstance(read, Register) or not read.ratios:
            return
        for name in read.ratios:
            if name in place:
                add(place[name])
        order.append(i)

    for i in range(len(points)):
        add(i)
    return order


def _judged(point: Point, value: float, ratio: Known) -> tuple[Value | None, BadReason]:
    register = register_of(point)
    for name in register.scale_by:
        factor = ratio(name)
        if not isinstance(factor, int | float) or factor <= 0:
            return None, BadReason.RATIO_UNKNOWN
        value *= factor
    if register.decimals:
        places = ratio(register.decimals)
        if not isinstance(places, int | float) or places != round(places) or abs(places) > MOST_PLACES:
            return None, BadReason.RATIO_UNKNOWN
        value = value / 10.0**places if places >= 0 else value * 10.0**-places
    low, high = point.low, point.high
    if not isfinite(value) or (low is not None and value < low) or (high is not None and value > high):
        return None, BadReason.OUT_OF_RANGE
    return value, BadReason.NONE
