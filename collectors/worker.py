"""A thread that takes one step after another until it is stopped; what a step raises is reported and the thread goes on."""

import logging
import threading
from collections.abc import Callable

from facility.ports import Clock

log = logging.getLogger(__name__)

CRASHED = 1.0  # rest after a step that raised, in seconds


class Worker:
    """Runs `step` in a daemon thread; `step` returns the seconds until it wants to run again."""

    def __init__(self, name: str, clock: Clock, step: Callable[[], float]) -> None:
        self._name, self._clock, self._step = name, clock, step
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Run the next step now."""
        self._wake.set()

    def stop(self, within: float) -> bool:
        """Let the present step end, for `within` seconds at most; False when it still runs."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(within)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping:
            try:
                pause = self._step()
            except Exception:
                log.exception("%s failed; it goes on", self._name)
                pause = CRASHED
            self._rest(pause)

    def _rest(self, seconds: float) -> None:
        end = self._clock.monotonic() + seconds
        while not self._stopping:
            left = end - self._clock.monotonic()
            if left <= 0 or self._wake.wait(self._clock.nap(left)):
                break
        self._wake.clear()
