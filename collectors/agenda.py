"""Agenda: which block of a link is read next. Earliest deadline first; knows no clock, no wire and no event loop.

A job falls due once a period and must be done before it falls due again. Phases are spread over the period, so that a
link is never asked everything at once; only the first round begins at once, with what other values are multiplied by.
"""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Generic, TypeVar

T = TypeVar("T")
SLOT = 0.5  # seconds; phases of all links stand on this grid, or a coarser one: waking up costs more than a read
COARSEST = 1.0  # seconds; the grid of long periods
SLOTS = 10  # of one period, at least
_SMOOTHING = 0.2  # weight of the newest duration in a job's cost
_CAUTION = 1.5  # a job may take this much longer than usual when it is asked whether a pause would hurt


@dataclass(slots=True, eq=False)
class Unit:
    """One device on the link: not asked while it is busy, nor before `rests_until` (its own pause)."""

    number: int
    pause: float = 0.0  # seconds of rest after each request
    busy: bool = False
    rests_until: float = 0.0


@dataclass(slots=True, eq=False)
class Job(Generic[T]):
    """One block, read every `period` seconds. `cost`: seconds of bus time that it usually takes."""

    what: T
    unit: Unit
    period: float
    ahead: bool = False  # what others are multiplied by: read before them after a start, and after a silence
    due: float = 0.0
    cost: float = 0.0
    begun: bool = False  # the first round is not held to its deadline
    hurried: bool = False  # was given an early turn, and has brought no value since
    number: int = 0  # of those with equal ranks, the lower is served first

    @property
    def deadline(self) -> float:
        """When the job falls due again."""
        return self.due + self.period

    @property
    def rank(self) -> float:
        """Of all that are due, the lowest is served first."""
        return self.due if self.ahead and self.hurried else self.due + self.period


def _place(ready: tuple[float, int, object]) -> tuple[float, int]:
    return ready[:2]


class Agenda(Generic[T]):
    """The jobs of one link. Times are seconds of the monotonic clock. `missed`: deadlines that were not kept."""

    def __init__(self, jobs: Sequence[Job[T]], now: float) -> None:
        self.missed = 0
        self._jobs = tuple(jobs)
        self._ready: list[tuple[float, int, Job[T]]] = []  # by rank, the lowest last
        self._waiting: dict[float, list[Job[T]]] = {}  # by when they fall due: jobs share the slots
        self._dues: list[float] = []  # heap of the keys of `_waiting`
        _spread(self._jobs, now)
        for number, job in enumerate(self._jobs):
            job.number = number
            self._wait(job)

    def take(self, now: float) -> Job[T] | None:
        """The due job with the earliest deadline whose unit may be asked; its unit is busy until `done`."""
        if self._dues and self._dues[0] <= now:
            self._fall_due(now)
        ready = self._ready
        for place in range(len(ready) - 1, -1, -1):
            job = ready[place][2]
            unit = job.unit
            if not unit.busy and unit.rests_until <= now:
                del ready[place]
                unit.busy = True
                return job
        return None

    def put_back(self, job: Job[T]) -> None:
        """It was taken and not served."""
        job.unit.busy = False
        self._ready.append((job.rank, job.number, job))
        self._ready.sort(reverse=True)

    def done(self, job: Job[T], now: float, *, took: float | None = None) -> None:
        """The job was served (`took` seconds of bus time; None: without the bus) and falls due again."""
        unit, period = job.unit, job.period
        unit.busy = False
        if took is not None:
            unit.rests_until = now + unit.pause
            job.cost = took if job.cost == 0.0 else job.cost + _SMOOTHING * (took - job.cost)
        if job.ahead and not job.begun:
            job.due += period  # it was due two periods early
        if now - job.due < period:
            job.due += period
        else:
            late = int((now - job.due) // period)
            if job.begun:
                self.missed += late
            job.due += late * period
        job.begun = True
        self._wait(job)

    def hurry(self, jobs: Iterable[Job[T]], now: float) -> None:
        """Jobs that brought no value get one turn now instead of at the end of their period; their phase stays."""
        for job in jobs:
            if not job.hurried and now < job.due <= now + job.period:
                job.due -= job.period
                job.hurried = True
            elif job.ahead and job.due <= now:
                job.hurried = True  # its turn has come by itself: it still goes before what was hurried
        self._ready = sorted(((job.rank, job.number, job) for _, _, job in self._ready), key=_place, reverse=True)
        waiting = [job for same in self._waiting.values() for job in same]
        self._waiting, self._dues = {}, []
        for job in waiting:
            self._wait(job)

    def next_at(self, now: float) -> float:
        """When `take` may have something, if nothing else happens; infinity when only `done` can change that."""
        at = self._dues[0] if self._dues else float("inf")
        for _, _, job in self._ready:
            if not job.unit.busy:
                at = min(at, max(now, job.unit.rests_until))
        return at

    def can_spare(self, now: float, seconds: float, without: Iterable[Unit] = ()) -> bool:
        """Would every job (those of the units `without` aside) keep its deadline if the bus stood still for so long?"""
        aside = {id(unit) for unit in without}
        horizon = now + 2 * seconds
        soon = [job for job in self._jobs if job.due <= horizon and id(job.unit) not in aside]
        at = now + seconds
        for job in sorted(soon, key=lambda job: job.deadline):
            at = max(at, job.due) + _CAUTION * job.cost + job.unit.pause
            if at > job.deadline:
                return False
        return True

    def _fall_due(self, now: float) -> None:
        """Once a slot, not once a job."""
        dues = self._dues
        while dues and dues[0] <= now:
            same = self._waiting.pop(heapq.heappop(dues))
            self._ready += [(job.rank, job.number, job) for job in same]
        self._ready.sort(reverse=True)

    def _wait(self, job: Job[T]) -> None:
        same = self._waiting.get(job.due)
        if same is None:
            self._waiting[job.due] = [job]
            heapq.heappush(self._dues, job.due)
        else:
            same.append(job)


def _spread(jobs: Sequence[Job[T]], now: float) -> None:
    """All fall due at once, one period early (what goes ahead: two); from then on each at its own phase of the period, on a slot."""
    start = SLOT * ceil(now / SLOT)
    for period in {job.period for job in jobs}:
        same = [job for job in jobs if job.period == period]
        for number, job in enumerate(same, start=1):
            begins = on_grid(start + period * number / len(same), period)
            if begins > start + period:
                begins -= period
            job.due, job.begun = begins - period * (1 + job.ahead), False


def on_grid(at: float, period: float) -> float:
    """The next time, for a job of this period, at which other jobs fall due too."""
    slot = SLOT * max(1, int(min(COARSEST, period / SLOTS) / SLOT))
    return slot * ceil(at / slot)
