"""The roller: rolls history up in a thread of its own, a bounded step at a time, while we lead. The leader's loop never waits for it."""

import logging
import threading
import time
from collections.abc import Mapping
from datetime import datetime, timedelta

from facility.domain.asset import Site
from facility.domain.errors import StoreError
from facility.domain.rollup import Counters, Rolled
from facility.ports import Clock, History
from scheduler.absence import Absence

log = logging.getLogger(__name__)

FAILPOINTS = ("rollup.before_commit", "rollup.after_commit")
JOIN = 1.0  # seconds that a step has to end when we stop; cut off it is done again
BEHIND = timedelta(hours=1)  # a lag that is worth a line in the log


class Roller:
    """Woken when there may be something to do; whether there is stands in history itself, so that a turn missed costs nothing."""

    def __init__(self, site: Site, history: History, clock: Clock) -> None:
        self._history, self._clock = history, clock
        self._counters = counters_of(site)
        self._away = Absence("history, for rolling up,")
        self._woken, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="roller", daemon=True)
        self._prepared = False
        self._until: datetime | None = None
        self._windows = self._late = self._failures = 0
        self._seconds = 0.0
        self._behind = False
        self._fault = ""

    def start(self) -> None:
        """Begin to work when woken."""
        self._thread.start()

    def wake(self) -> None:
        """It is time for a look."""
        self._woken.set()

    def stop(self) -> None:
        """End after the step that is being done."""
        self._stopping.set()
        self._woken.set()
        self._thread.join(JOIN)

    def figures(self) -> Mapping[str, float]:
        """Metrics: how far behind, how much was done. Called by the leader's loop."""
        figures: dict[str, float] = {
            "facility_rollup_windows_total": self._windows,
            "facility_rollup_late_windows_total": self._late,
            "facility_rollup_failures_total": self._failures,
            "facility_rollup_seconds_total": round(self._seconds, 3),
        }
        if self._until is not None:
            lag = (self._clock.now() - self._until).total_seconds()
            figures["facility_rollup_lag_seconds"] = round(max(0.0, lag), 1)
        return figures

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.wait()
            self._woken.clear()
            while not self._stopping.is_set() and self._step():
                pass

    def _step(self) -> bool:
        """One step, and a rest as long as it took, so that others get at the store; False: nothing is left."""
        began = time.monotonic()
        if not self._away.may_try(began):
            self._stopping.wait(0.1)
            return True
        try:
            rolled = self._roll_up()
        except StoreError as error:
            self._failures += 1
            self._away.lost(error, time.monotonic())
            return True
        except Exception as error:  # the thread must live on; a fault of our own is tried again at the next turn
            self._failures += 1
            self._report(error)
            return False
        self._away.back(time.monotonic())
        took = time.monotonic() - began
        self._seconds += took
        self._tell(rolled)
        self._stopping.wait(min(took, 1.0))
        return rolled.more

    def _roll_up(self) -> Rolled:
        if not self._prepared:
            self._history.prepare()
            self._prepared = True
        rolled = self._history.roll_up(self._clock.now(), self._counters)
        self._windows += rolled.windows
        self._late += rolled.late
        self._until = rolled.until
        return rolled

    def _tell(self, rolled: Rolled) -> None:
        """A line when we fall far behind, and one when we have caught up."""
        if rolled.until is None:
            return
        lag = self._clock.now() - rolled.until
        if rolled.more and lag > BEHIND and not self._behind:
            self._behind = True
            log.info("rolling history up: %s behind, from %s on", lag - lag % timedelta(minutes=1), rolled.until)
        elif not rolled.more and self._behind:
            self._behind = False
            log.info("history is rolled up until %s", rolled.until)

    def _report(self, error: Exception) -> None:
        if repr(error) != self._fault:
            self._fault = repr(error)
            log.exception("a step of rolling history up failed and will be tried again")


def counters_of(site: Site) -> Counters:
    """The counters among the site's points."""
    found = {}
    for asset in site.assets.values():
        points = {point.name: point.counter for point in asset.profile.points.values() if point.counter is not None}
        if points:
            found[asset.profile.asset_class, asset.id] = points
    return found
