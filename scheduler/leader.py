"""The leader: a steady loop that ticks once a second, sends what is due, settles what was answered, runs the calendar's jobs."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from facility.domain.asset import Site
from facility.domain.errors import LeaseLost, NotFound, StoreError
from facility.domain.notice import ChannelSpec, Notice
from facility.domain.state import LEVEL_1_WAITS, AssetState, ProgramState
from facility.failpoint import failpoint
from facility.flow.judge_site import watched
from facility.flow.memory import Memory
from facility.flow.tick import tick
from facility.ports import Channel, Clock, History, Live, Outgoing, Work, WorkUnit
from facility.process import process_figures
from scheduler import health
from scheduler.absence import Absence
from scheduler.clockwork import Clockwork
from scheduler.jobs import JOBS, Job
from scheduler.lease import BEAT_EVERY, NAME, SILENT_FOR
from scheduler.meter_reader import MeterReader
from scheduler.roller import Roller
from scheduler.sender import Sender
from scheduler.settler import Settler
from scheduler.texts import Writer
from scheduler.told import told_once_stored

log = logging.getLogger(__name__)

TICK = 1.0  # seconds
PUBLISH_EVERY = 2.0
TURN = 0.1  # seconds of real time between two looks at the clock, unless an answer comes
MARGIN = 2.0  # seconds before our lease could be taken, at which we stop sending
JOB_RESTS = 60.0  # seconds after a fault of ours in a job
LAST_ANSWERS = 3.0  # seconds that a leader that stops waits for answers on their way


@dataclass(slots=True)
class Counters:
    """What the leader did since it leads."""

    ticks: int = 0
    tick_seconds: float = 0.0
    raised: int = 0
    missed: int = 0
    unfinished: int = 0


class Leader:
    """Leads with one epoch of the lease, until told to stop or until the lease is lost."""

    def __init__(
        self,
        site: Site,
        work: Work,
        live: Live,
        history: History,
        clock: Clock,
        open_channel: Callable[[ChannelSpec], Channel],
        writer: Writer,
        epoch: int,
        jobs: Sequence[Job] = JOBS,
    ) -> None:
        self._site, self._work, self._live, self._clock = site, work, live, clock
        self._writer, self._epoch = writer, epoch
        self._sender = Sender(site.channels, open_channel, clock, self.may_send)
        self._memory = Memory()
        self._settler = Settler(site, self._sender, self._writing, clock)
        self._watched = watched(site)
        self._states: Mapping[str, AssetState] = {}
        self._jobs = {job.name: job for job in jobs}
        self._roller = Roller(site, history, clock)
        self._meter_reader = MeterReader(site, history, clock)
        self._clockwork = Clockwork(jobs)
        self._jobs_due = dict.fromkeys(self._jobs, clock.monotonic())  # by name: not before
        self._work_away, self._live_away = Absence("the work database"), Absence("the present values")
        self._next_tick = self._next_publish = self._next_beat = clock.monotonic()
        self._leads_until = clock.monotonic() + SILENT_FOR - MARGIN
        self._counters = Counters()
        self._last_fault = ""

    def may_send(self) -> bool:
        """Nobody else can have taken the lease yet. Called by the sending threads."""
        return self._clock.monotonic() < self._leads_until

    def lead(self, stopping: threading.Event, beat: Callable[[], None]) -> None:
        """Block until `stopping`; LeaseLost when another leads. `beat` is called each turn."""
        self._clockwork.start()
        self._roller.start()
        self._meter_reader.start()
        try:
            while not stopping.is_set():
                beat()
                self._turn_safely()
                self._sender.await_answer(TURN)
            self._take_last_answers()
        finally:
            self._clockwork.stop()
            self._roller.stop()
            self._meter_reader.stop()

    def _turn_safely(self) -> None:
        """One turn; a store that is away pauses us, a fault of our own is reported, and neither ends the loop."""
        at = self._clock.monotonic()
        if not self._work_away.may_try(at):
            return
        try:
            self._turn(at)
        except LeaseLost:
            raise
        except StoreError as error:
            self._memory = Memory()
            self._work_away.lost(error, at)
        except Exception as error:  # the loop must go on; each new fault is reported once
            self._memory = Memory()
            self._report(error)
        else:
            self._work_away.back(at)

    def _turn(self, at: float) -> None:
        """What waits to be sent goes first: nothing that fails below may keep it."""
        settled = self._settler.settle()
        ticks = at >= self._next_tick
        if ticks or settled:
            self._send_due()
        if ticks:
            self._tick(at)
            self._send_due()
            self._run_jobs(at)
        if at >= self._next_publish:
            self._next_publish = at + PUBLISH_EVERY
            self._publish()

    def _tick(self, at: float) -> None:
        self._next_tick = max(self._next_tick + TICK, at)
        states = self._states = self._present_values(at)
        with self._writing() as unit:
            beat = at >= self._next_beat and unit.leases.beat(NAME, self._epoch)
            ticked = tick(self._site, unit, states, self._memory, self._clock.now())
        if beat:
            self._next_beat = at + BEAT_EVERY
            self._leads_until = at + SILENT_FOR - MARGIN
        counters = self._counters
        counters.ticks += 1
        took = self._clock.monotonic() - at
        counters.tick_seconds += took
        counters.raised += ticked.raised
        counters.missed += ticked.missed
        counters.unfinished = ticked.unfinished
        if self._sender.on_their_way:  # a lane sends on only between ticks: they leave it as much time as they take
            self._next_tick = max(self._next_tick, at + took + min(took, TICK))
        if ticked.raised:
            failpoint("raise.after_commit")

    @contextmanager
    def _writing(self) -> Iterator[WorkUnit]:
        """A transaction of this leader; what the flow says in it goes into the log once it is stored."""
        with told_once_stored("facility.flow"), self._work.writing(self._epoch) as unit:
            yield unit

    def _present_values(self, at: float) -> Mapping[str, AssetState]:
        """What the site's rules look at; nothing (all is unknown) while the store is away."""
        if not self._watched or not self._live_away.may_try(at):
            return {}
        try:
            states = self._live.get(self._watched)
        except StoreError as error:
            self._live_away.lost(error, at)
            return {}
        self._live_away.back(at)
        return states

    def _run_jobs(self, at: float) -> None:
        """Each due job once; one with a fault of ours is reported and rests, and the others and the loop go on."""
        self._jobs_due |= dict.fromkeys(self._clockwork.due(), at)
        if self._meter_reader.has_news():
            self._jobs_due |= {name: at for name, job in self._jobs.items() if job.meters}
        for name in [name for name, due in self._jobs_due.items() if due <= at]:
            try:
                self._run_job(self._jobs[name])
            except (LeaseLost, StoreError):
                raise
            except Exception as error:
                self._jobs_due[name] = at + JOB_RESTS
                self._report(error)
            else:
                del self._jobs_due[name]

    def _run_job(self, job: Job) -> None:
        if not (job.run or job.values or job.meters):
            self._roller.wake()
            return
        with self._writing() as unit:
            done = job.run(self._site, unit, self._clock.now()) if job.run else None
            if job.values:
                done = job.values(self._site, unit, self._clock.now(), self._states)
            if job.meters:
                done = job.meters(self._site, unit, self._clock.now(), self._meter_reader.month)
        failpoint("plan.after_commit")
        if done:
            log.info("%s: %s", job.name, done)

    def _send_due(self) -> None:
        with self._work.reading() as unit:
            due = unit.notices.due(self._clock.now(), self._sender.most_at_once)
            if due:
                self._sender.count_month(health.used_in(unit.channels.all(), self._month()))
            self._sender.offer(due, lambda notice: self._outgoing(unit, notice))

    def _outgoing(self, unit: WorkUnit, notice: Notice) -> Outgoing | None:
        try:
            person = unit.people.get(notice.person)
        except NotFound:
            return None
        return self._writer.outgoing(notice, person, self._clock.now())

    def _month(self) -> str:
        return health.month_of(self._clock.now(), self._site.zone)

    def _take_last_answers(self) -> None:
        end = self._clock.monotonic() + LAST_ANSWERS
        while self._sender.on_their_way and self._clock.monotonic() < end:
            try:
                self._settler.settle()
            except StoreError as error:
                log.warning("answers on their way are not stored: %s", error)
                return
            self._sender.await_answer(TURN)

    def _publish(self) -> None:
        with self._work.reading() as unit:
            states = Counter(alert.state.value for alert in unit.alerts.unclosed())
            waiting = unit.notices.waiting()
            channels = unit.channels.all()
        counters = self._counters
        metrics: dict[str, float] = {
            "facility_scheduler_leader": 1,
            "facility_scheduler_lease_epoch": self._epoch,
            "facility_scheduler_ticks_total": counters.ticks,
            "facility_scheduler_tick_seconds_total": round(counters.tick_seconds, 6),
            "facility_alerts_raised_total": counters.raised,
            "facility_deadlines_missed_total": counters.missed,
            "facility_notices_waiting": len(waiting),
            LEVEL_1_WAITS: self._longest_wait(waiting),
            "facility_notices_on_their_way": self._sender.on_their_way,
            "facility_orders_unfinished": counters.unfinished,
            **health.figures(self._site.channels, channels, self._clock.now(), self._month()),
            **self._roller.figures(),
            **self._work.figures(NAME),
            **process_figures(NAME),
        }
        metrics |= {f'facility_alerts{{state="{state}"}}': count for state, count in states.items()}
        for name, count in self._settler.answers.items():
            channel, _, verdict = name.partition("/")
            metrics[f'facility_notices_total{{channel="{channel}",answer="{verdict}"}}'] = count
        try:
            self._live.put_program(ProgramState("scheduler", self._clock.now(), metrics))
        except StoreError as error:
            self._live_away.lost(error, self._clock.monotonic())

    def _longest_wait(self, waiting: list[Notice]) -> float:
        """Seconds that the oldest level-1 notice waits for a channel; 0: none does."""
        begun = [notice.created_at for notice in waiting if notice.level == 1]
        return round((self._clock.now() - min(begun)).total_seconds(), 1) if begun else 0.0

    def _report(self, error: Exception) -> None:
        fault = repr(error)
        if fault != self._last_fault:
            self._last_fault = fault
            log.exception("a turn of the leader failed and will be tried again")
