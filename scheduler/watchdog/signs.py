"""Signs of life, read from the stores: the leader's beat, the programs' accounts, messages that wait too long."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from facility.domain.errors import StoreError
from facility.domain.watchdog import Vigil
from facility.ports import Clock, Live, Work
from scheduler.lease import NAME

log = logging.getLogger(__name__)

WORK, LIVE, SCHEDULER, MESSAGES, COLLECTORS = "work", "live", "scheduler", "messages", "collectors"
EXPECTED = (WORK, LIVE, SCHEDULER, MESSAGES, COLLECTORS)
OURSELVES = "watchdog"
WAITING_FOR = timedelta(seconds=120)  # a level-1 message that no channel took for so long


@dataclass(slots=True)
class Lookout:
    """Looks at the stores. A store that is away hides what is read from it: that counts as silence of the store alone."""

    work: Work
    live: Live
    clock: Clock
    vigil: Vigil
    _looks: int = 0

    def look(self) -> None:
        """One look at both stores."""
        self._looks += 1
        at, look = self.clock.monotonic(), self._looks
        try:
            self._look_at_work(at, look)
        except StoreError as error:
            log.debug("no sign of the work database: %s", error)
            self.vigil.excuse((SCHEDULER, MESSAGES), at)
        try:
            self._look_at_programs(at, look)
        except StoreError as error:
            log.debug("no sign of the present values: %s", error)
            self.vigil.excuse((COLLECTORS,), at)

    def _look_at_work(self, at: float, look: int) -> None:
        now = self.clock.now()
        with self.work.reading() as unit:
            lease = unit.leases.read(NAME)
            stuck = [n for n in unit.notices.waiting() if n.level == 1 and now - n.created_at > WAITING_FOR]
        self.vigil.hear(WORK, look, at)
        self.vigil.hear(SCHEDULER, lease, at)
        if not stuck:
            self.vigil.hear(MESSAGES, look, at)

    def _look_at_programs(self, at: float, look: int) -> None:
        accounts = self.live.programs()
        self.vigil.hear(LIVE, look, at)
        for name, account in accounts.items():
            if name not in (SCHEDULER, OURSELVES):
                self.vigil.hear(name, account.at, at)
