"""Writes the present values of changed assets, and the program's own account, to Live; the newest state of each wins."""

import logging
import threading
from collections.abc import Collection

from facility.domain.errors import StoreError
from facility.domain.state import AssetState, ProgramState
from facility.ports import Live

log = logging.getLogger(__name__)

EVERY = 1.0  # seconds between two writes
BACK_OFF = (0.5, 5.0)  # first and longest wait while Live is away, in seconds


class Showing:
    """`offer` is called by the event loop, `step` runs in a thread."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._lock = threading.Lock()
        self._assets: dict[str, AssetState] = {}
        self._program: ProgramState | None = None
        self._prepared = False
        self._away = False
        self._wait = BACK_OFF[0]

    def offer(self, states: Collection[AssetState], program: ProgramState | None = None) -> None:
        """These are to be shown."""
        with self._lock:
            self._assets.update((state.asset, state) for state in states)
            self._program = program or self._program

    @property
    def waiting(self) -> int:
        """Assets that were offered and are not written; never more than there are assets."""
        return len(self._assets)

    def step(self) -> float:
        """Write what was offered; seconds until the next step."""
        with self._lock:
            assets, self._assets = self._assets, {}
            program, self._program = self._program, None
        try:
            if not self._prepared:
                self._live.prepare()
                self._prepared = True
            if assets or program:
                self._live.put(list(assets.values()), program)
        except StoreError as error:
            with self._lock:
                self._assets = {**assets, **self._assets}
                self._program = self._program or program
            return self._lost(error)
        self._back()
        return EVERY

    def _lost(self, error: StoreError) -> float:
        if not self._away:
            log.error("present values cannot be shown: %s", error)
        self._away = True
        wait, self._wait = self._wait, min(BACK_OFF[1], 2 * self._wait)
        return wait

    def _back(self) -> None:
        if self._away:
            log.info("present values are shown again")
        self._away = False
        self._wait = BACK_OFF[0]
