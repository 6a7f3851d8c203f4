"""The scheduler program: stand by until the lease is ours, lead until it is lost or we are stopped."""

import logging
import signal
import threading
from types import FrameType

from facility.domain.errors import LeaseLost, SchemaUnknown, StoreError
from facility.heartbeat import Heartbeat
from facility.ports import History, Lease, Live, Work
from facility.wiring import Program
from scheduler.absence import Absence
from scheduler.channels import open_channel
from scheduler.leader import Leader
from scheduler.lease import StandBy, holder_of_this_process
from scheduler.texts import Writer

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0  # seconds between two looks of a stand-by
TURN = 0.1  # seconds of real time between two looks at the clock

FAILPOINTS = (
    "raise.before_commit",
    "raise.after_commit",
    "send.before",
    "send.after_answer",
    "settle.before_commit",
    "settle.after_commit",
    "plan.before_commit",
    "plan.after_commit",
)


class Scheduler:
    """One process: stand-by or leader."""

    def __init__(self, program: Program) -> None:
        self._program, self._clock = program, program.clock
        self._stopping = threading.Event()
        self._away = Absence("the work database")
        self._beat = Heartbeat(program.settings.data, program.name)

    def run(self) -> None:
        """Block until SIGTERM or SIGINT; SchemaUnknown, SettingRefused."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        work, live, history = self._program.work(), self._program.live(), self._program.history()
        self._prepare(work, live)
        holder = holder_of_this_process()
        while not self._stopping.is_set():
            lease = self._stand_by(StandBy(work, self._clock, holder))
            if lease is not None:
                self._lead(work, live, history, lease)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping.set()

    def _prepare(self, work: Work, live: Live) -> None:
        """Wait for the stores; a schema that we do not know ends the program."""
        for prepare in (work.prepare, live.prepare):
            ready = False
            while not ready and not self._stopping.is_set():
                try:
                    prepare()
                    ready = True
                except SchemaUnknown:
                    raise
                except StoreError as error:
                    self._rest(error)
            self._away.back(self._clock.monotonic())

    def _stand_by(self, stand_by: StandBy) -> Lease | None:
        """Look until the lease is ours (None: we are stopped)."""
        next_look = self._clock.monotonic()
        while not self._stopping.is_set():
            self._beat()
            at = self._clock.monotonic()
            if at >= next_look and self._away.may_try(at):
                next_look = at + LOOK_EVERY
                try:
                    lease = stand_by.look()
                    self._away.back(at)
                except StoreError as error:
                    self._away.lost(error, at)
                    lease = None
                if lease is not None:
                    return lease
            self._stopping.wait(TURN)
        return None

    def _lead(self, work: Work, live: Live, history: History, lease: Lease) -> None:
        log.info("leading with epoch %d", lease.epoch)
        site, settings = self._program.site, self._program.settings
        writer = Writer(site, site.public_url or settings.public_url, settings.secret)
        leader = Leader(
            site,
            work,
            live,
            history,
            self._clock,
            lambda spec: open_channel(spec, self._clock.now, site.links),
            writer,
            lease.epoch,
        )
        try:
            leader.lead(self._stopping, self._beat)
        except LeaseLost as lost:
            log.warning("standing by: %s", lost)

    def _rest(self, error: StoreError) -> None:
        self._away.lost(error, self._clock.monotonic())
        while not self._stopping.is_set() and not self._away.may_try(self._clock.monotonic()):
            self._beat()
            self._stopping.wait(TURN)
