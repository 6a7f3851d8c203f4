"""Recorded: what history says of an asset at one time, as its present state would have been."""

from datetime import datetime

from facility.domain.asset import Asset
from facility.domain.moment import moment, span
from facility.domain.reading import BadReason, Quality
from facility.domain.replay import REWRITTEN, SLACK
from facility.domain.state import AssetState, PointState
from facility.domain.stored import GOOD, Stored


class Recorded:
    """Takes lines in the order of their times. A good point comes at least once a minute: one that does not is not known any more."""

    def __init__(self, asset: Asset) -> None:
        self._asset = asset
        self._patience = {
            name: span(REWRITTEN + SLACK) + 4 * span(point.every) for name, point in asset.profile.points.items()
        }
        self._points: dict[str, PointState] = {}
        self._until: dict[str, int] = {}  # from when on a point was not recorded
        self.lapses_at = 0  # the first of these; 0: nothing is known

    def take(self, line: Stored) -> None:
        """What was stored at one time."""
        at = moment(line.at)
        for name, mark in line.qualities.items():
            if mark != GOOD:
                self._points.pop(name, None)
                self._until.pop(name, None)
        for name, value in line.values.items():
            if name in self._patience and line.qualities.get(name, GOOD) == GOOD:
                self._points[name] = PointState(value, Quality.GOOD, BadReason.NONE, at)
                self._until[name] = line.at + self._patience[name]
                self.lapses_at = self.lapses_at or self._until[name]

    def state(self, now: int, at: datetime) -> AssetState:
        """The state at `now` (Unix nanoseconds, and the same as a datetime); offline when nothing is known."""
        if self.lapses_at and self.lapses_at <= now:
            for name in [name for name, until in self._until.items() if until <= now]:
                del self._points[name], self._until[name]
            self.lapses_at = min(self._until.values(), default=0)
        return AssetState(self._asset.id, at, bool(self._points), self._points)
