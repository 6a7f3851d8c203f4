"""The hot path: one right answer after another on one connection, without a task switch between them.

The wire calls `proceed` with each checked payload: it is decoded, handed to its sink, and the next due job gives the next
request. Whatever is not simply good (a value that looks odd, a split block, a unit whose breaker is open) is left to the link.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from collectors.account import Account
from collectors.agenda import Agenda, Job
from collectors.breaker import Breaker
from collectors.codec import BlockCodec
from collectors.moment import Stamps
from collectors.reads import Block
from collectors.split import Split
from collectors.wire import BlockSink, ChainWire, Request, Wire

ReadOn = Callable[[Request, Callable[[bytes], Request | None]], Awaitable[bytes]]


@dataclass(slots=True, eq=False)
class Poll:
    """What one job reads, planned at start."""

    block: Block
    request: Request
    codec: BlockCodec
    sink: BlockSink
    breaker: Breaker
    owed: "set[Job[Poll]]"  # the jobs of the unit that are without a value
    split: Split | None = None


@dataclass(slots=True, eq=False)
class Line:
    """One connection of the link. `rest` grows with each attempt until something comes over it."""

    wire: Wire | None = None
    read_on: ReadOn | None = None  # of a wire that has it
    silent: int = 0
    rest: float = 0.0
    try_at: float = 0.0

    def take(self, wire: Wire) -> None:
        """The wire is connected."""
        self.wire, self.silent = wire, 0
        self.read_on = wire.read_on if isinstance(wire, ChainWire) else None

    @property
    def up(self) -> bool:
        return self.wire is not None and self.wire.connected


@dataclass(slots=True, eq=False)
class Road:
    """What all chains of one link share. `answered` clears up what an earlier fault left."""

    agenda: Agenda[Poll]
    account: Account
    monotonic: Callable[[], float]
    stamps: Stamps
    answered: Callable[[Line, Job[Poll]], None]


class Chain:
    """Jobs in a row. `job`: the one whose answer is awaited or not yet dealt with (None: all are done), asked at `began`."""

    __slots__ = ("_line", "_road", "began", "job")

    def __init__(self, road: Road, line: Line, job: Job[Poll], began: float) -> None:
        self._road, self._line = road, line
        self.job: Job[Poll] | None = job
        self.began = began

    async def read(self, wire: Wire, request: Request) -> bytes:
        """The payload of the last job's answer."""
        if self._line.read_on is not None:
            return await self._line.read_on(request, self.proceed)
        return await wire.read(request)

    def proceed(self, payload: bytes) -> Request | None:
        """Deal with the answer of `job` and give the next request; None: the link goes on from here."""
        job, road = self.job, self._road
        assert job is not None
        poll = job.what
        values = poll.codec.good(payload)
        if values is None:
            return None
        now = road.monotonic()
        poll.sink.good(values, road.stamps.at(now))
        if self._troubled(job):
            road.answered(self._line, job)
        road.account.polls += 1
        road.account.bus_seconds += now - self.began
        self.job = None
        road.agenda.done(job, now, took=now - self.began)
        following = road.agenda.take(now)
        if following is None:
            return None
        if following.what.breaker.opened or following.what.split is not None:
            road.agenda.put_back(following)
            return None
        self.job, self.began = following, now
        return following.what.request

    def _troubled(self, job: Job[Poll]) -> object:
        """Something before this answer was not well."""
        line, poll = self._line, job.what
        breaker = poll.breaker
        return (
            job.hurried
            or poll.owed
            or line.silent
            or line.rest
            or breaker.silent
            or breaker.rest
            or self._road.account.lost_since is not None
        )
