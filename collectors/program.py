"""The collectors: every link of the site in one event loop, and the threads that carry what they find to the stores."""

import asyncio
import gc
import logging
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from collectors.births import BIRTHS, Births
from collectors.deliver import Delivery, Key
from collectors.drain import Drain
from collectors.journal import Journal
from collectors.link import ModbusLink
from collectors.monitor import Monitor
from collectors.outflow import Outflow
from collectors.ratios import with_ratios
from collectors.recorder import Recorder
from collectors.showing import Showing
from collectors.spool import Spool
from collectors.stamps import Stamps
from collectors.wires import wires_of
from collectors.worker import Worker
from facility.clock import SystemClock
from facility.domain.asset import Asset, Link, LinkKind, Site
from facility.domain.condition import Condition
from facility.domain.state import ProgramState
from facility.heartbeat import Heartbeat
from facility.ports import GzipHistory, History, Live, RowHistory, Work
from facility.process import process_figures

if TYPE_CHECKING:
    from collectors.mqtt import MqttLink

log = logging.getLogger(__name__)

NAME = "collectors"
COLLECTOR = "main"
TICK = 0.25  # seconds between two looks at holds and silences
SHOW = 1.0  # seconds between two offers to Live
REPORT = 2.0  # seconds between two accounts of the program
FLUSH_LINES = 5000  # so many lines wait for no timer
CRASHED = 1.0  # seconds before a crashed task begins again


class Wire(Protocol):
    """A link that runs."""

    async def run(self) -> None: ...
    def metrics(self) -> Mapping[str, float]: ...


class Collectors:
    """One process: `run` until told to stop, then everything that was read is on the disk."""

    def __init__(
        self,
        site: Site,
        data: Path,
        clock: SystemClock,
        history: History,
        live: Live,
        work: Work,
        recorder: Recorder | None = None,
    ) -> None:
        self._clock, self._work, self._recorder = clock, work, recorder
        self._beat = Heartbeat(data, NAME)
        self.spool = Spool(data / "spool.db", clock)
        self.journal = Journal(data / "journal.db", COLLECTOR, clock)
        takes_rows = isinstance(history, RowHistory)
        self.outflow = Outflow(self.spool, self.journal, packed=isinstance(history, GzipHistory), rows=takes_rows)
        self.monitor = Monitor(site, clock, self.outflow)
        self._flush = Worker("flush", clock, self.outflow.step)
        self.outflow.wake = self._flush.wake
        self._drained = Drain(self.spool, history, site.id, clock)
        self._drain = Worker("drain", clock, self._drained.step)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._deliver = Worker("deliver", clock, Delivery(self.journal, work, clock, self._adopt).step)
        self.outflow.delivered = self._deliver.wake
        self._showing = Showing(live)
        self._show = Worker("show", clock, self._showing.step)
        self.monitor.take_up(self.journal.latest())
        self._births, self._stamps = Births(data / BIRTHS, clock), Stamps(data / "stamps.db", clock)
        self.outflow.first = self._stamps.write
        self._wires: dict[str, Wire] = {}
        self._buses: list[MqttLink] = []
        for link in site.links.values():
            assets = self.monitor.assets_of(link)
            if assets:
                make = self._bus if link.kind is LinkKind.MQTT else self._modbus
                self._wires[link.id] = make(link, assets, site.id)
        self._restarts = 0

    async def run(self) -> None:
        """Collect until SIGTERM or SIGINT."""
        self._loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, stop.set)
        for worker in (self._flush, self._drain, self._deliver, self._show):
            worker.start()
        gc.collect()
        gc.set_threshold(
            20_000, 10, 10
        )  # readings leave no circles; rows that wait for a flush are looked at less often
        gc.freeze()  # what was planned at start stays for ever: the collector need not look at it again
        tasks = [asyncio.create_task(self._tend("ticker", self._tick))]
        tasks += [asyncio.create_task(self._tend(name, wire.run)) for name, wire in self._wires.items()]
        log.info("collecting %d assets on %d links", len(self.monitor.tracks), len(self._wires))
        await stop.wait()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=1)
        self._finish()

    async def _tend(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Keep a task running; a crash is reported and the task begins again."""
        while True:
            try:
                await run()
            except Exception:
                log.exception("%s crashed; it begins again", name)
            self._restarts += 1
            await asyncio.sleep(CRASHED)

    async def _tick(self) -> None:
        shown = reported = self._clock.monotonic() - REPORT
        while True:
            now = self._clock.monotonic()
            self._beat()
            self.monitor.tick()
            self.outflow.bound()
            if len(self.outflow.lines) > FLUSH_LINES:
                self.outflow.wake()
            if now - shown >= SHOW:
                shown = now
                account = None
                if now - reported >= REPORT:
                    reported = now
                    account = ProgramState(NAME, self._clock.now(), self.metrics())
                self._showing.offer(self.monitor.due(), account)
            await asyncio.sleep(TICK)

    def metrics(self) -> dict[str, float]:
        """Counters and gauges of the whole process."""
        spool, journal = self.spool, self.journal
        age = self._clock.now().timestamp() - spool.oldest if spool.oldest else 0.0
        series = self.monitor.metrics() | {
            "facility_spool_lines": spool.lines,
            "facility_spool_bytes": spool.bytes,
            "facility_spool_oldest_seconds": max(0.0, round(age, 3)),
            "facility_spool_dropped_lines_total": spool.dropped,
            "facility_spool_set_aside_total": spool.set_aside,
            "facility_parked_lines_total": spool.parked,
            "facility_parked_dropped_lines_total": spool.parked_dropped,
            "facility_outflow_lines": self.outflow.waiting_lines,
            "facility_outflow_shed_lines_total": self.outflow.shed,
            "facility_outflow_edges": self.outflow.waiting_edges,
            "facility_outflow_acknowledgements": len(self.outflow.acknowledgements),
            "facility_edges_folded_total": self.outflow.folded + journal.folded,
            "facility_live_waiting_assets": self._showing.waiting,
            "facility_edges_total": journal.recorded,
            "facility_edges_undelivered": journal.undelivered,
            "facility_journal_set_aside_total": journal.set_aside,
            "facility_clock_steps_total": self._clock.steps,
            "facility_task_restarts_total": self._restarts,
            "facility_cpu_seconds_total": round(time.process_time(), 3),
            "facility_drained_lines_total": self._drained.drained,
            **self._drained.latency.series(),
            **self.outflow.latencies(),
            **self._work.figures(NAME),
            **process_figures(NAME),
        }
        for wire in self._wires.values():
            series.update(wire.metrics())
        return series

    def _bus(self, link: Link, assets: Sequence[Asset], site: str) -> Wire:
        from collectors.mqtt import MqttLink  # here: a site without a broker needs no MQTT library

        tap = self._recorder.heard(link.id, assets) if self._recorder else None
        births, stamps = self._births, self._stamps
        bus = MqttLink(link, assets, site, self.monitor, self.outflow, self._clock, births, stamps, tap)
        self._buses.append(bus)
        return bus

    def _modbus(self, link: Link, assets: Sequence[Asset], _site: str) -> Wire:
        tapped = self._recorder.wires(link.id, wires_of(link)) if self._recorder else None
        return ModbusLink(link, assets, with_ratios(self.monitor), self._clock, tapped, stamps=self.monitor.stamps)

    def _adopt(self, known: Collection[Condition], journalled: Collection[Key]) -> None:
        """From the delivery thread into the loop."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.monitor.adopt, known, journalled)

    def _finish(self) -> None:
        """Everything read to the disk, acknowledged, and the files closed; what hangs in a store is left to its spool."""
        if self._recorder is not None:
            self._recorder.close()
        flushed = self._flush.stop(2.0)
        if flushed:
            self.outflow.step()
        rest = [worker.stop(0.4) for worker in (self._deliver, self._drain, self._show)]
        closing = threading.Thread(target=self._hang_up, daemon=True)
        closing.start()
        closing.join(0.5)
        if flushed and all(rest):
            self.spool.close()
            self.journal.close()
            self._births.close()
            self._stamps.close()
        log.info(
            "stopped; %d lines wait in the spool, %d edges in the journal", self.spool.lines, self.journal.undelivered
        )

    def _hang_up(self) -> None:
        for bus in self._buses:
            bus.close()
