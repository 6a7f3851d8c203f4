"""The meter reader: what the meters counted in a month is read in a thread of its own. The leader's loop never waits for history."""

import logging
import threading
from datetime import timedelta

from facility.domain.asset import Site
from facility.domain.errors import StoreError
from facility.domain.figure import Period
from facility.domain.meter_line import MonthRead
from facility.flow.energy import energy_of, lines_of
from facility.ports import Clock, History
from scheduler.absence import Absence

log = logging.getLogger(__name__)

PATIENCE = timedelta(hours=6)  # a report of last month stands in the morning, with its meters or without
JOIN = 1.0  # seconds that a reading has to end when we stop; cut off it is done again


class MeterReader:
    """Reads the months that were asked for. Nothing is stored here: after a restart a month is asked for again."""

    def __init__(self, site: Site, history: History, clock: Clock) -> None:
        self._site, self._history, self._clock = site, history, clock
        self._away = Absence("history, for reading meters,")
        self._woken, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="meter-reader", daemon=True)
        self._lock = threading.Lock()
        self._asked: dict[Period, float] = {}  # since when, monotonic
        self._read: dict[Period, MonthRead] = {}
        self._news = False

    def start(self) -> None:
        """Begin to read when asked."""
        self._thread.start()

    def stop(self) -> None:
        """End after the meter that is being read."""
        self._stopping.set()
        self._woken.set()
        self._thread.join(JOIN)

    def month(self, period: Period) -> MonthRead | None:
        """What is known of a month, and then it is forgotten; None: it is being read, ask again."""
        with self._lock:
            known = self._read.pop(period, None)
            if known is None:
                self._asked.setdefault(period, self._clock.monotonic())
                self._woken.set()
        return known

    def has_news(self) -> bool:
        """A month was read since this was asked last."""
        with self._lock:
            news, self._news = self._news, False
        return news

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.wait()
            self._woken.clear()
            while not self._stopping.is_set() and (period := self._next()) is not None:
                self._step(period)

    def _next(self) -> Period | None:
        with self._lock:
            return min(self._asked, key=lambda period: period.first, default=None)

    def _step(self, period: Period) -> None:
        if not self._away.may_try(self._clock.monotonic()):
            self._stopping.wait(0.1)
            return
        try:
            lines = lines_of(self._site, energy_of(self._site, self._history, period, self._clock.now()))
        except StoreError as error:
            self._away.lost(error, self._clock.monotonic())
            if self._clock.monotonic() - self._asked[period] >= PATIENCE.total_seconds():
                log.warning("the meters of %s are not read: history did not answer for %s", period.first, PATIENCE)
                self._keep(period, MonthRead((), answered=False))
            return
        except Exception:  # the thread must live on, and the report must not wait for a fault of our own
            log.exception("the meters of %s cannot be read", period.first)
            self._keep(period, MonthRead((), answered=False))
            return
        self._away.back(self._clock.monotonic())
        self._keep(period, MonthRead(tuple(lines)))

    def _keep(self, period: Period, read: MonthRead) -> None:
        with self._lock:
            del self._asked[period]
            self._read[period] = read
            self._news = True
