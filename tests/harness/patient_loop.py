"""An event loop whose time stands still while anything is left to do: on a busy machine nothing times out that was answered.

Both ends of a wire must be served by this loop: what waits for an answer from elsewhere waits in real time as ever.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Patient(selectors.DefaultSelector):  # type: ignore[valid-type,misc]
    passed = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(timeout)
        if not ready:
            self.passed += timeout or 0.0
        return ready


class PatientLoop(asyncio.SelectorEventLoop):
    """Counts only the time in which it waited and nothing came."""

    def __init__(self) -> None:
        self._patient = _Patient()
        super().__init__(self._patient)

    def time(self) -> float:
        return self._patient.passed


def run_patiently(main: Coroutine[Any, Any, T]) -> T:
    """The result of `main`."""
    with asyncio.Runner(loop_factory=PatientLoop) as runner:
        return runner.run(main)
