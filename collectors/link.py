"""One link: reads all blocks of the assets on one Modbus wire, each in its period, and hands them to their sinks.

One task a connection serves the agenda. A unit that keeps silent is rested by its breaker, a block that is refused is
split, a connection that is gone is made again with growing rests. Whatever happens, every due block ends in its sink:
with values, or with the reason why there are none.
"""

import asyncio
import logging
import random
from collections.abc import Mapping, Sequence

from collectors.account import Account
from collectors.agenda import Agenda, Job, Unit
from collectors.breaker import Allowance, Breaker
from collectors.chain import Chain, Line, Poll, Road
from collectors.codec import BlockCodec
from collectors.moment import Stamps
from collectors.split import WHOLE_DEVICE, Split
from collectors.wire import (
    BadAnswer,
    DeviceRefused,
    Request,
    SinkFactory,
    Timeout,
    Wire,
    WireError,
    WireLost,
)
from collectors.wires import WireFactory, wires_of
from facility.domain.asset import Asset, Link
from facility.domain.bus_time import bus_time
from facility.domain.reading import BadReason
from facility.domain.reads import Block, plan
from facility.ports import Clock

log = logging.getLogger(__name__)

LONGEST_WAIT = 1.0  # real seconds between two looks at what another connection may have hurried
GRAIN = 0.001  # seconds: timers count in these, and waking before the due time would mean waking twice
FIRST_REST, LONGEST_REST = 0.5, 30.0  # seconds between two attempts to connect
SILENT_AFTER = 3  # reads in a row without an answer, of any unit, and the connection is thought dead
AFTER_FAULT = 1.0  # seconds of rest after a fault of our own
GATEWAY_SILENT = frozenset({10, 11})  # the gateway says for the unit that it does not answer
_SORTS: Mapping[type[WireError], tuple[str, BadReason]] = {
    Timeout: ("timeout", BadReason.TIMEOUT),
    BadAnswer: ("bad_answer", BadReason.BAD_PAYLOAD),
    WireLost: ("lost", BadReason.COMM_LOST),
}


class ModbusLink:
    """A link and the assets on it. `run` until cancelled; `metrics` at any time."""

    def __init__(
        self,
        link: Link,
        assets: Sequence[Asset],
        sinks: SinkFactory,
        clock: Clock,
        wires: WireFactory | None = None,
        stamps: Stamps | None = None,
    ) -> None:
        self._link, self._clock, self._make_wire = link, clock, wires or wires_of(link)
        mine = [asset for asset in assets if asset.link == link.id and not asset.retired]
        self._units = {a.unit: Unit(a.unit, a.profile.modbus.pause.total_seconds()) for a in mine}
        self._split: set[Job[Poll]] = set()  # jobs whose block is read in pieces
        self._breakers = {number: Breaker() for number in self._units}
        self._owed: dict[int, set[Job[Poll]]] = {number: set() for number in self._units}  # by unit: without a value
        self._codecs: dict[
            tuple[int, ...], BlockCodec
        ] = {}  # units of one kind share theirs: they stay in the CPU's cache
        self._jobs = [self._job(block, sinks) for asset in mine for block in plan(asset)]
        self._agenda = Agenda(self._jobs, clock.monotonic())
        self._allowance = Allowance(clock.monotonic())
        self._lines = [Line() for _ in range(max(1, link.connections))]
        self._trying = 0  # lines that wait for a unit whose breaker is open
        self._account = Account(link.id)
        self._planned = round(bus_time(link.serial, mine).utilisation, 4) if link.serial else None
        self._stamps = stamps or Stamps(clock)
        self._road = self._new_road()

    async def run(self) -> None:
        """Read until cancelled."""
        self._agenda = Agenda(self._jobs, self._clock.monotonic())
        self._road = self._new_road()
        try:
            async with asyncio.TaskGroup() as group:
                for line in self._lines:
                    group.create_task(self._serve(line))
        finally:
            for line in self._lines:
                self._hang_up(line)

    def metrics(self) -> Mapping[str, float]:
        """Complete series of this link."""
        troubled = self._road.troubled  # else no breaker is open, and none of thousands need be asked
        opened = [number for number, breaker in self._breakers.items() if breaker.opened] if troubled else []
        gauges = {
            "missed_deadlines_total": float(self._agenda.missed),
            "connections": sum(line.up for line in self._lines),
            "breakers_open": len(opened),
            "refused_points": sum(job.what.split.refused for job in self._split if job.what.split is not None),
            "bus_ratio": self._account.bus_ratio(self._clock.monotonic(), len(self._lines)),
        }
        if self._planned is not None:
            gauges["bus_planned_ratio"] = self._planned
        return {**self._account.series(gauges), **self._account.units(opened)}

    def _new_road(self) -> Road:
        return Road(self._agenda, self._account, self._clock.monotonic, self._stamps, self._answered, self._fault)

    def _job(self, block: Block, sinks: SinkFactory) -> Job[Poll]:
        like = (block.request.address, *map(id, block.points))
        codec = self._codecs.get(like) or self._codecs.setdefault(like, BlockCodec(block.points, block.request))
        unit = block.asset.unit
        sink = sinks(block.asset, block.points)
        poll = Poll(block, block.request, codec, sink, self._breakers[unit], self._owed[unit])
        return Job(poll, self._units[unit], block.every.total_seconds(), block.ahead)

    async def _serve(self, line: Line) -> None:
        while True:
            try:
                await self._turn(line)
            except Exception:  # a task loop: a fault of ours is reported and must not end the reading
                self._fault()
                await asyncio.sleep(AFTER_FAULT)

    def _fault(self) -> None:
        """Report the exception that is being handled."""
        self._account.errors["fault"] += 1
        log.exception("link %s: fault while reading", self._link.id)

    async def _turn(self, line: Line) -> None:
        """Serve the next due block, or wait a little."""
        now = self._clock.monotonic()
        if not line.up:
            if now >= line.try_at:
                await self._connect(line, now)
            else:
                self._fail_due(now)
                await self._wait(min(line.try_at, self._agenda.next_at(now)) - now)
            return
        job = self._agenda.take(now)
        if job is None:
            self._road.troubled = self._road.troubled and self._is_troubled()
            await self._wait(self._agenda.next_at(now) - now)
        elif not job.what.breaker.opened:
            await self._poll(line, job, now)
        elif self._may_try(job, now):
            self._trying += 1
            try:
                await self._poll(line, job, now, alone=True)
            finally:
                self._trying -= 1
        else:
            self._skip(job, now, job.what.breaker.reason)

    async def _poll(self, line: Line, first: Job[Poll], began: float, *, alone: bool = False) -> None:
        """Read a block, and (unless `alone`) on as long as all is well; each sink is told, whatever comes."""
        wire = line.wire
        assert wire is not None
        chain = Chain(self._road, line, first, began)
        try:
            if first.what.split is not None:
                await self._poll_pieces(wire, first, first.what.split)
                self._answered(line, first)
            else:
                await chain.read(wire, first.what.request, alone=alone)
        except DeviceRefused as refused:
            assert chain.job is not None
            await self._refused(line, wire, chain.job, refused, chain.began)
        except WireError as error:
            assert chain.job is not None
            self._failed(line, chain.job, error, chain.began)
        finally:
            if chain.job is not None:
                now = self._clock.monotonic()
                self._account.polls += 1
                self._account.bus_seconds += now - chain.began
                self._agenda.done(chain.job, now, took=now - chain.began)
                if self._link.serial is not None and chain.job in self._owed[chain.job.unit.number]:
                    chain.job.unit.rests_until = now + chain.job.what.request.timeout  # its answer may still come

    async def _poll_pieces(self, wire: Wire, job: Job[Poll], split: Split) -> None:
        """Read a block that was once refused; `split` is forgotten when it has healed."""
        poll, resting = job.what, False

        async def ask(request: Request) -> bytes:
            nonlocal resting
            if resting:
                await asyncio.sleep(job.unit.pause)
            resting = job.unit.pause > 0
            return await wire.read(request)

        values, reasons = await split.read(ask, self._clock.monotonic())
        if split.healed:
            poll.split = None
            self._split.discard(job)
        poll.sink.mixed(values, reasons, self._now_ns())

    async def _refused(self, line: Line, wire: Wire, job: Job[Poll], refused: DeviceRefused, began: float) -> None:
        """An exception is an answer; one that may come from a single register has the block split at once."""
        self._road.troubled = True
        poll = job.what
        self._account.errors["refused"] += 1
        if refused.code in GATEWAY_SILENT:
            self._line_spoke(line)
            poll.sink.failed(BadReason.TIMEOUT, self._now_ns())
            self._kept_silent(job, BadReason.TIMEOUT)
            return
        self._answered(line, job)
        if refused.code in WHOLE_DEVICE or poll.split is not None:
            poll.sink.failed(BadReason.REFUSED, self._now_ns())
            return
        poll.split = split = Split(poll.block)
        self._split.add(job)
        try:
            await self._poll_pieces(wire, job, split)
        except DeviceRefused:
            poll.sink.failed(BadReason.REFUSED, self._now_ns())
        except WireError as error:
            self._failed(line, job, error, began)
        if not split.healed:
            self._account.block_split(job.unit.number, split.refused, len(poll.block.points))

    def _failed(self, line: Line, job: Job[Poll], error: WireError, began: float) -> None:
        """No usable answer."""
        self._road.troubled = True
        kind, reason = _SORTS[type(error)]
        self._account.errors[kind] += 1
        self._owed[job.unit.number].add(job)
        job.what.sink.failed(reason, self._now_ns())
        self._kept_silent(job, reason)
        now = self._clock.monotonic()
        self._allowance.spend(now - began)
        if not isinstance(error, Timeout):
            log.debug("link %s: unit %d: %s", self._link.id, job.unit.number, error)
            return
        line.silent += 1
        if line.silent >= SILENT_AFTER:
            self._hang_up(line)
            line.try_at = now
            self._note_lost("connected, but nothing answers", now)

    def _skip(self, job: Job[Poll], now: float, reason: BadReason) -> None:
        """Without a word on the bus, the block has no value this time."""
        self._road.troubled = True
        self._owed[job.unit.number].add(job)
        job.hurried = False  # nothing was asked: an early turn is still owed
        job.what.sink.failed(reason, self._now_ns())
        self._agenda.done(job, now)

    def _fail_due(self, now: float) -> None:
        if any(line.up for line in self._lines):
            return
        while (job := self._agenda.take(now)) is not None:
            self._skip(job, now, BadReason.COMM_LOST)

    def _is_troubled(self) -> bool:
        """Something before the next answer is not well."""
        return (
            self._account.lost_since is not None
            or any(line.silent or line.rest for line in self._lines)
            or any(breaker.silent or breaker.rest for breaker in self._breakers.values())
            or any(self._owed.values())
            or any(job.hurried or job.what.split is not None for job in self._jobs)
        )

    # Units

    def _may_try(self, job: Job[Poll], now: float) -> bool:
        """May a silent unit be tried now? Free when nobody is hurt by it, else out of the allowance."""
        if now < job.what.breaker.try_at:
            return False
        if self._trying < sum(line.up for line in self._lines) - 1:
            return True
        silent = [unit for number, unit in self._units.items() if self._breakers[number].opened]
        timeout = job.what.request.timeout
        return self._agenda.can_spare(now, timeout, without=silent) or self._allowance.covers(now, timeout)

    def _answered(self, line: Line, job: Job[Poll]) -> None:
        self._line_spoke(line)
        job.hurried = False
        if self._owed[job.unit.number]:
            self._catch_up(job.unit.number, job)
        breaker = job.what.breaker
        if (breaker.silent or breaker.rest) and breaker.answered():
            self._account.unit_back(job.unit.number)
            for other in self._breakers.values():
                other.hurry(self._clock.monotonic())

    def _catch_up(self, number: int, served: Job[Poll] | None = None) -> None:
        """The unit answers again: what it owes is read now, once, and not only when its period is over."""
        owed = self._owed[number]
        self._agenda.hurry(owed - {served}, self._clock.monotonic())
        owed.clear()

    def _kept_silent(self, job: Job[Poll], reason: BadReason) -> None:
        if job.what.breaker.kept_silent(self._clock.monotonic(), reason):
            self._account.unit_silent(job.unit.number)

    # The connection

    async def _connect(self, line: Line, now: float) -> None:
        """Try once. The rest before the next attempt is dropped when something comes over this one."""
        self._road.troubled = True
        line.rest = min(LONGEST_REST, max(FIRST_REST, 2 * line.rest))
        line.try_at = now + line.rest * random.uniform(0.8, 1.2)
        self._hang_up(line)
        wire = self._make_wire()
        try:
            await wire.connect()
        except WireLost as lost:
            self._note_lost(str(lost), now)
            return
        line.take(wire)
        self._account.connects += 1

    def _hang_up(self, line: Line) -> None:
        if line.wire is not None:
            self._account.errors["stray"] += line.wire.strays
            line.wire.close()
            line.wire = line.read_on = None

    def _line_spoke(self, line: Line) -> None:
        line.silent = 0
        if line.rest:
            line.rest = line.try_at = 0.0
        if self._account.lost_since is not None:
            self._account.back(self._clock.monotonic())
            for number in self._units:
                self._catch_up(number)

    def _note_lost(self, why: str, now: float) -> None:
        if not any(line.up and not line.silent for line in self._lines):
            self._account.lost(self._link.place, why, now)

    async def _wait(self, seconds: float) -> None:
        grain = GRAIN if seconds > 10 * GRAIN else 0.0
        await asyncio.sleep(max(0.0, min(LONGEST_WAIT, self._clock.nap(seconds))) + grain)

    def _now_ns(self) -> int:
        return self._stamps.at(self._clock.monotonic())
