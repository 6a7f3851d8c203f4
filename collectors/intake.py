"""Intake: what a message with a source time does to a block: taken as the present, kept as history, or known already."""

from collections.abc import Collection, Sequence

from collectors.device_time import DeviceTime
from collectors.source_time import believable
from collectors.state import Block
from facility.domain.moment import SECOND
from facility.domain.reading import BadReason, Value


class Intake:
    """Stores the samples of one topic or device. `events`: points that are written even when they are unchanged."""

    def __init__(self, block: Block, events: Collection[int] = ()) -> None:
        self.block, self._events = block, events
        self._patience = min(3 * point.every for point in block.points).total_seconds() * SECOND
        self._all_good = [] if events else [BadReason.NONE] * len(block.points)
        self.time = DeviceTime()
        self.late = self.retained = self.wrong_times = 0

    def believable(self, source: int | None, received: int) -> int | None:
        """A source time, unless it lies in the future or is none; counted when it cannot be believed."""
        if source is not None:
            self.time.observe(source, received)
        at = believable(source, received)
        self.wrong_times += at is None
        return at

    def store(
        self,
        values: Sequence[Value | None],
        reasons: Sequence[BadReason | None],
        source: int | None,
        received: int,
        *,
        retained: bool,
    ) -> None:
        """Take a sample in; a reason of None: it says nothing of this point. A retained one is never the present of the rules."""
        block = self.block
        if reasons == self._all_good and not retained and source is not None and self._is_next(source, received):
            block.good(values, source)  # type: ignore[arg-type]  # all are good: none is None
            return
        if retained and (source is None or block.gone):
            self._show(values, source)
            return
        if source is None:
            block.update(values, reasons, received, always=self._events)
            return
        read = [i for i, reason in enumerate(reasons) if reason is not None]
        newest = max(block.time_of(i) if block.value_of(i) is not None else 0 for i in read)
        if source < newest:
            self.keep(values, source)
        elif source > newest or (not retained and self._brings_news(values, read)):
            unseen = retained or received - source > self._patience or source <= block.judged
            block.update(values, reasons, source, retained=unseen, always=self._events)

    def _is_next(self, source: int, received: int) -> bool:
        """Newer than all that is known, and young enough for the rules."""
        block = self.block
        return source > block.at and source > block.judged and received - source <= self._patience

    def keep(self, values: Sequence[Value | None], at: int) -> None:
        """A sample older than the present: to history only."""
        self.late += 1
        self.block.late(values, at)

    def _show(self, values: Sequence[Value | None], source: int | None) -> None:
        if source is not None:
            self.block.late(values, source)  # of a device that is known to be gone
        elif not self.block.gone:
            self.block.show_retained(values)  # of an unknown age

    def _brings_news(self, values: Sequence[Value | None], read: Sequence[int]) -> bool:
        """Of the newest source time: another value, or the live copy of what only a retained message had told."""
        return any(values[i] != self.block.value_of(i) or self.block.unseen(i) for i in read)
