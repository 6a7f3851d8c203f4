"""State: what is known now of each point of an asset; and what a program says of itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from facility.domain.reading import BadReason, Quality, Value


class PointState(NamedTuple):
    """Present value of a point. A BAD or STALE point keeps its last good value and that value's time, never as good."""

    value: Value | None
    quality: Quality
    reason: BadReason
    at: datetime  # acquisition time of `value`, or of the failure when there never was a value


@dataclass(frozen=True, slots=True)
class AssetState:
    """All points of one asset, as one row of the Live store. `at` is the time of the newest acquisition attempt."""

    asset: str
    at: datetime
    online: bool
    points: Mapping[str, PointState]


@dataclass(frozen=True, slots=True)
class ProgramState:
    """A program's own account: counters and gauges by their metric name, and when it last wrote them."""

    program: str  # collectors, scheduler, api, simulators
    at: datetime
    metrics: Mapping[str, float]
