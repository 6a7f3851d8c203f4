"""The port of readings for years."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol, runtime_checkable

from facility.domain.counter import Counter
from facility.domain.packed import fields_of
from facility.domain.rollup import Counters, Rolled, Rollup
from facility.domain.stored import Stored


@dataclass(frozen=True, slots=True)
class Sample:
    """One window of history: its start, mean, minimum, maximum, last value and number of stored values (0: a gap).

    `width`: of the roll-up that it comes from where that is wider than was asked, because the readings are gone.
    """

    at: datetime
    mean: float | None
    low: float | None
    high: float | None
    last: float | None
    count: int
    width: timedelta = field(default=timedelta(0), compare=False)


class History(Protocol):
    """Readings for years. Takes lines of the InfluxDB line protocol, times in nanoseconds, as the spool holds them.

    Line: `<asset class>,site=<id>,asset=<id> <point>=<float>,<point>_text="…",<point>_quality="bad:timeout" <ns>`.
    Writing a line twice changes nothing; two lines of one series and time are merged, later fields winning.
    """

    def prepare(self) -> None:
        """Make bucket, retention or tables where allowed; StoreUnavailable, StoreRejected."""
        ...

    def write(self, lines: bytes) -> None:
        """Store all lines durably or raise: StoreUnavailable (try again), StoreRejected (at least one line is bad)."""
        ...

    def windows(
        self, asset_class: str, asset: str, point: str, since: datetime, until: datetime, every: timedelta
    ) -> list[Sample]:
        """The point's values of [since, until) in windows of `every`, oldest first, empty windows left out.

        Read from the coarsest roll-up that fits, from readings where nothing is rolled up yet.
        """
        ...

    def rollups(
        self,
        asset_class: str,
        asset: str,
        point: str,
        since: datetime,
        until: datetime,
        every: timedelta,
        counter: Counter | None = None,
    ) -> list[Rollup]:
        """As `windows`, with the first value and, of a counter, what was counted inside each window."""
        ...

    def roll_up(self, now: datetime, counters: Counters) -> Rolled:
        """One step of rolling up, bounded in time: windows that ended, then windows that late lines changed.

        Idempotent, whoever calls it. StoreUnavailable, StoreRejected: nothing was lost, call again later.
        """
        ...

    def readings(self, asset_class: str, asset: str, since: datetime, until: datetime) -> list[Stored]:
        """What was written of an asset in [since, until), oldest first; all in memory, so ask for a day at a time."""
        ...

    def count(self, asset_class: str, asset: str, since: datetime, until: datetime) -> int:
        """Number of stored times (lines) of an asset in [since, until)."""
        ...


@runtime_checkable
class GzipHistory(History, Protocol):
    """A history that takes compressed lines as they are."""

    def write_gzip(self, body: bytes, oldest: int = 0) -> None:
        """As `write`; the lines as gzip members in a row. `oldest`: the oldest of their times (Unix ns), 0 when unknown."""
        ...


class Numbers(NamedTuple):
    """A line of numbers that was never text, as of `domain.packed`."""

    series: str  # <asset class>,site=<id>,asset=<id>
    at: int  # Unix ns
    kind: str
    packed: bytes  # NaN: no value in this line

    def fields(self) -> list[tuple[str, float]]:
        """Name and number of each field, NaN where there is none."""
        return fields_of(self.kind, self.packed)


@runtime_checkable
class RowHistory(History, Protocol):
    """A history that takes lines of numbers as they are."""

    def write_rows(self, rows: Sequence[Numbers], lines: bytes) -> None:
        """As `write`, all in one transaction; `lines`: what has texts or qualities. Of one field and time, `lines` win."""
        ...
