"""Points of a block one by one, as long as they are not all good as of one time: quality, time and values of each.

Times are Unix nanoseconds.
"""

from collections.abc import Sequence

from facility.domain.moment import moment
from facility.domain.reading import BadReason, Quality, Value
from facility.domain.state import PointState

GOOD, STALE = "good", "stale"
NEVER = ""  # no reading yet
BAD = {reason: f"bad:{reason.value}" for reason in BadReason}
_REASONS = {mark: reason for reason, mark in BAD.items()}
_QUALITIES = {GOOD: Quality.GOOD, STALE: Quality.STALE}


class Apart:
    """`marks` as history has them; `values`: the last good ones; `seen`: what rules see of them; `written`: what history has."""

    __slots__ = ("marks", "rewrite", "seen", "times", "values", "written")

    def __init__(self, count: int) -> None:
        """Nothing was read yet."""
        self.marks, self.times = [NEVER] * count, [0] * count
        self.rewrite = [0] * count  # when each point goes to history again, changed or not
        self.values: list[Value | None] = [None] * count
        self.seen: list[Value | None] = [None] * count
        self.written: list[Value | None] = [None] * count

    @staticmethod
    def of(values: Sequence[Value], written: Sequence[Value], at: int, rewrite: int) -> "Apart":
        """All were good as of `at`."""
        count = len(values)
        made = Apart(0)
        made.marks, made.times, made.rewrite = [GOOD] * count, [at] * count, [rewrite] * count
        made.values, made.seen, made.written = [*values], [*values], [*written]
        return made

    def time_of(self, i: int) -> int:
        """Acquisition time of the point's present value; 0: there is none."""
        return self.times[i] if self.marks[i] != NEVER else 0

    def shift(self, ns: int) -> None:
        """Move all times: the machine learnt the time."""
        self.times = [at + ns if at else 0 for at in self.times]
        self.rewrite = [0] * len(self.rewrite)

    def show(self, i: int, value: Value) -> bool:
        """A retained value of unknown age (epoch): STALE, unless something is known of the point. True when it was taken."""
        if self.marks[i] == GOOD or self.times[i]:
            return False
        self.values[i], self.marks[i] = value, STALE
        return True

    def states(self, names: Sequence[str]) -> list[tuple[str, PointState]]:
        """Each point that was read at least once."""
        return [(name, self._state(i)) for i, name in enumerate(names) if self.marks[i] != NEVER]

    def _state(self, i: int) -> PointState:
        mark = self.marks[i]
        reason = _REASONS.get(mark, BadReason.NONE)
        return PointState(self.values[i], _QUALITIES.get(mark, Quality.BAD), reason, moment(self.times[i]))
