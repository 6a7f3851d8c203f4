"""Errands: calls that may take long, each in a thread of its own; what follows from a result happens in the loop."""

import logging
import queue
import threading
from collections.abc import Callable
from typing import TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")


class Errands:
    """All methods are called by the loop; only the calls run beside it."""

    def __init__(self) -> None:
        self._ended: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def send(self, name: str, call: Callable[[], T], then: Callable[[T], None], otherwise: T) -> None:
        """Begin `call`; `then` gets its result when the loop takes results, `otherwise` when the call failed."""
        threading.Thread(target=self._run, args=(name, call, then, otherwise), name=name, daemon=True).start()

    def take_results(self) -> None:
        """What ended since the last time."""
        while not self._ended.empty():
            self._ended.get()()

    def _run(self, name: str, call: Callable[[], T], then: Callable[[T], None], otherwise: T) -> None:
        result = otherwise
        try:
            result = call()
        except Exception:  # the loop waits for a result
            log.exception("%s failed", name)
        finally:
            self._ended.put(lambda: then(result))
