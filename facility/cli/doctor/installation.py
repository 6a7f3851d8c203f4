"""What the checks look at: settings, site, and what the running programs say of themselves (asked once for all)."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from facility import wiring
from facility.clock import SystemClock
from facility.domain.asset import Site
from facility.domain.errors import StoreError
from facility.domain.state import ProgramState
from facility.settings import Settings

SILENT = timedelta(seconds=30)  # a program whose account is older does not run


@dataclass(slots=True)
class Installation:
    """One installation. `site` is None when its file is refused."""

    settings: Settings
    site: Site | None
    clock: SystemClock
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _accounts: Mapping[str, ProgramState] | None = None

    def accounts(self, *, anew: bool = False) -> Mapping[str, ProgramState]:
        """What each program says of itself; StoreError."""
        with self._lock:
            if self._accounts is None or anew:
                site = self.site.id if self.site else ""
                self._accounts = wiring.accounts(self.settings, site)
            return self._accounts

    def figures(self, program: str) -> Mapping[str, float]:
        """The figures of a program that runs; empty when it does not, or nobody can say."""
        try:
            state = self.accounts().get(program)
        except StoreError:
            return {}
        return {} if state is None or self.clock.now() - state.at > SILENT else state.metrics
