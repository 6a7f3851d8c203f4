"""Drains the spool into history: waits while history is away, parks the lines that it refuses for good, loses none."""

import logging
import sqlite3
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

from collectors.packing import DAMAGED, gzipped
from collectors.spool import Batch, Spool
from facility.domain.errors import StoreError, StoreRejected
from facility.domain.histogram import Histogram
from facility.domain.moment import nanoseconds
from facility.failpoint import failpoint
from facility.ports import Clock, GzipHistory, History, RowHistory

log = logging.getLogger(__name__)

LINES = 5000  # of one write
FEW = 250  # lines that go at once: writing them costs little
GATHER = 15.0  # seconds that more may wait for others, so that history writes once for several lines of an asset
IDLE = 0.25  # seconds between two looks at an empty spool
BACK_OFF = (0.5, 5.0)  # first and longest wait while history is away, in seconds


class Drain:
    """One step: a bite of the oldest batches to history, then out of the spool."""

    def __init__(self, spool: Spool, history: History, site: str, clock: Clock) -> None:
        self._spool, self._history, self._site, self._clock = spool, history, site, clock
        self._prepared = False
        self.latency = Histogram("facility_drain_seconds")
        self._away = False
        self._wait = BACK_OFF[0]
        self._gathers_since = clock.monotonic() - GATHER  # what an earlier run left goes at once
        self.drained = 0  # lines since the start

    def step(self) -> float:
        """Seconds until the next step."""
        began = time.monotonic()
        try:
            if not self._prepared:
                self._history.prepare()
                self._prepared = True
            batches = [] if self._gathers() else self._spool.head(LINES)
            if batches:
                self._write(batches)
                self._forget(batches)
                self.drained += sum(batch.count for batch in batches)
                self.latency.observe(time.monotonic() - began)
                self._gathered(sum(batch.count for batch in batches))
                self._back()
        except (StoreError, sqlite3.Error) as error:  # a spool that cannot be written gives its head again: known lines
            return self._lost(error)
        return 0.0 if batches and self._spool.batches else IDLE

    def _gathers(self) -> bool:
        """It is too early to write: others will come."""
        now, lines = self._clock.monotonic(), self._spool.lines
        if lines < FEW:
            self._gathers_since = now
        return FEW <= lines < LINES and now - self._gathers_since < GATHER

    def _gathered(self, lines: int) -> None:
        """Begin to gather anew, unless many small batches wait that were due with these."""
        if lines >= LINES or not self._spool.batches:
            self._gathers_since = self._clock.monotonic()

    def _forget(self, batches: list[Batch]) -> None:
        failpoint("spool.after_write")
        self._spool.delete(batches)
        failpoint("spool.after_delete")

    def _write(self, batches: Sequence[Batch]) -> None:
        if isinstance(self._history, GzipHistory):
            with suppress(StoreRejected, *DAMAGED):  # then we look at the lines
                body = b"".join(gzipped(batch.packed) for batch in batches)
                self._history.write_gzip(body, min(batch.oldest for batch in batches))
                return
        elif isinstance(self._history, RowHistory):
            with suppress(StoreRejected, *DAMAGED):
                found = [batch.rows for batch in batches]
                self._history.write_rows(
                    [row for rows, _ in found for row in rows], b"".join(text for _, text in found)
                )
                return
        lines = self._readable(batches)
        try:
            self._history.write(lines)
        except StoreRejected as refusal:
            self._history.write(self._probe())  # refused too: it is us whom history refuses, not these lines
            self._bisect(lines.splitlines(keepends=True), refusal)

    def _readable(self, batches: Sequence[Batch]) -> bytes:
        """Their lines; a batch that the disk gave back damaged is parked as it is."""
        lines = []
        for batch in batches:
            try:
                lines.append(batch.lines)
            except DAMAGED as error:
                self._spool.park([(batch.packed, f"damaged on the disk: {error}")])
                log.exception("a batch of %d lines is damaged on the disk; it is parked", batch.count)
        return b"".join(lines)

    def _bisect(self, lines: list[bytes], refusal: StoreRejected) -> None:
        """Write in ever smaller halves; lines that are refused alone are parked."""
        poison: list[tuple[bytes, str]] = []
        parts = deque([(lines, refusal)])
        while parts:
            part, refusal = parts.popleft()
            if len(part) == 1:
                poison.append((part[0], str(refusal)))
                continue
            for half in (part[: len(part) // 2], part[len(part) // 2 :]):
                try:
                    self._history.write(b"".join(half))
                except StoreRejected as error:
                    parts.append((half, error))
        if poison:
            self._spool.park(poison)
            log.error("history refused %d lines for good; they are parked. The first: %s", len(poison), poison[0][1])

    def _probe(self) -> bytes:
        """A line that is right beyond doubt."""
        return f"facility,site={self._site},asset=spool probe=1 {nanoseconds(self._clock.now())}\n".encode()

    def _lost(self, error: Exception) -> float:
        if not self._away:
            store = "the spool" if isinstance(error, sqlite3.Error) else "history"
            log.error("%s is away, readings wait in the spool: %s", store, error)
        self._away = True
        wait, self._wait = self._wait, min(BACK_OFF[1], 2 * self._wait)
        return wait

    def _back(self) -> None:
        if self._away:
            log.info("history is back; %d lines wait in the spool", self._spool.lines)
        self._away = False
        self._wait = BACK_OFF[0]
