"""The hot path: one right answer after another on one connection, without a task switch between them.

The wire calls `proceed` with each checked payload, and the next due job gives the next request. What is not simply read (a
split block, a unit whose breaker is open) is left to the link.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from collectors.account import Account
from collectors.agenda import Agenda, Job
from collectors.breaker import Breaker
from collectors.codec import BlockCodec
from collectors.moment import Stamps
from collectors.split import Split
from collectors.wire import BlockSink, ChainWire, Request, Wire
from facility.domain.reads import Block

LONGEST_WAIT = 0.05  # seconds for which an answer may wait to be taken in

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
    """What all chains of one link share. `answered` clears up what an earlier fault left; `fault` reports one of ours."""

    agenda: Agenda[Poll]
    account: Account
    monotonic: Callable[[], float]
    stamps: Stamps
    answered: Callable[[Line, Job[Poll]], None]
    fault: Callable[[], None]
    troubled: bool = True  # something may be unwell: answers are looked at more closely


class Chain:
    """Jobs in a row. `job`: the one whose answer is awaited (None: all are answered), asked at `began`.

    Answers are taken in some at a time: code that runs again at once is still in the CPU's cache.
    """

    __slots__ = ("_answers", "_full_at", "_line", "_road", "began", "job")

    def __init__(self, road: Road, line: Line, job: Job[Poll], began: float) -> None:
        self._road, self._line = road, line
        self.job: Job[Poll] | None = job
        self.began = began
        self._answers: list[tuple[Poll, bytes, int]] = []
        self._full_at = began + LONGEST_WAIT

    async def read(self, wire: Wire, request: Request, *, alone: bool) -> None:
        """Read all that is due, or this job `alone`; WireError of `job`."""
        try:
            if self._line.read_on is not None and not alone:
                await self._line.read_on(request, self.proceed)
            else:
                self.proceed(await wire.read(request), alone=True)
        finally:
            self.take_in()

    def proceed(self, payload: bytes, *, alone: bool = False) -> Request | None:
        """Note the answer of `job` and give the next request; None: the link goes on from here."""
        job, road = self.job, self._road
        assert job is not None
        now = road.monotonic()
        took = now - self.began
        self._answers.append((job.what, payload, road.stamps.at(now)))
        if road.troubled:
            road.answered(self._line, job)
        account = road.account
        account.polls += 1
        account.bus_seconds += took
        self.job = None
        agenda = road.agenda
        agenda.done(job, now, took=took)
        if now > self._full_at:
            self.take_in()
            self._full_at = now + LONGEST_WAIT
        following = None if alone else agenda.take(now)
        if following is None:
            return None
        if road.troubled and (following.what.breaker.opened or following.what.split is not None):
            agenda.put_back(following)
            return None
        self.job, self.began = following, now
        return following.what.request

    def take_in(self) -> None:
        """Decode the answers and hand them to their sinks; a fault in one keeps no other back."""
        answers, self._answers = self._answers, []
        for poll, payload, at in answers:
            try:
                values = poll.codec.good(payload)
                if values is not None:
                    poll.sink.good(values, at)
                else:
                    poll.sink.mixed(*poll.codec.each(payload), at)
            except Exception:  # a sink's, say: reported by the link
                self._road.fault()
