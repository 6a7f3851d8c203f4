"""State: what is known now of each point of an asset; and what a program says of itself."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from facility.domain.packed import rounded
from facility.domain.reading import BadReason, Quality, Value


class PointState(NamedTuple):
    """Present value of a point. A BAD or STALE point keeps its last good value and that value's time, never as good."""

    value: Value | None
    quality: Quality
    reason: BadReason
    at: datetime  # acquisition time of `value`, or of the failure when there never was a value


class Together(NamedTuple):
    """Numeric points that were acquired together and are all GOOD, as their part packed them: a store need not format them."""

    kind: str  # as of `domain.packed`
    forms: str  # of each value, with all digits that it has
    packed: bytes
    at: datetime


class Points(Mapping[str, PointState]):
    """Points of an asset, one by one made only when somebody asks: a store that writes thousands a second need not."""

    def __init__(self, together: Sequence[Together], others: Mapping[str, PointState]) -> None:
        self.together, self.others = together, others

    @cached_property
    def _each(self) -> Mapping[str, PointState]:
        each = {
            name: PointState(value, Quality.GOOD, BadReason.NONE, block.at)
            for block in self.together
            for name, value in rounded(block.kind, block.forms, block.packed)
        }
        return {**each, **self.others}

    def __getitem__(self, name: str) -> PointState:
        return self._each[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._each)

    def __len__(self) -> int:
        return len(self._each)


@dataclass(frozen=True, slots=True)
class AssetState:
    """All points of one asset, as one row of the Live store. `at` is the time of the newest acquisition attempt."""

    asset: str
    at: datetime
    online: bool
    points: Mapping[str, PointState]


LEVEL_1_WAITS = "facility_level_1_waiting_seconds"
"""Metric of the scheduler: how long its oldest level-1 message has waited for a channel; pages warn by it."""


@dataclass(frozen=True, slots=True)
class ProgramState:
    """A program's own account: counters and gauges by their metric name, and when it last wrote them."""

    program: str  # collectors, scheduler, api, simulators
    at: datetime
    metrics: Mapping[str, float]
