"""The port of leadership."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Lease:
    """Leadership as it stands in the database: `epoch` grows with each takeover, `beat` with each sign of life."""

    holder: str
    epoch: int
    beat: int


class Leases(Protocol):
    """The leader's lease. Ages are judged by the reader's own monotonic clock, never by wall clocks."""

    def read(self, name: str) -> Lease | None:
        """The lease as it stands."""
        ...

    def seize(self, name: str, holder: str, over: Lease | None) -> Lease | None:
        """Take the lease if it still is as `over` says (epoch and beat); None when it changed meanwhile."""
        ...

    def beat(self, name: str, epoch: int) -> bool:
        """Sign of life; False when the epoch is no longer ours."""
        ...
